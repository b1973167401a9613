// Header lines, Beast's fields, bodies with a length and bodies in chunks.
#include "http/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>
#include <optional>

#include "core/assert.hpp"
#include "http/hex_digit.hpp"

namespace rushline::http {

namespace {

namespace beast = boost::beast::http;
using boost::system::error_code;

Method method_of(beast::verb verb) {
  switch (verb) {
    case beast::verb::get:
      return Method::get;
    case beast::verb::head:
      return Method::head;
    case beast::verb::post:
      return Method::post;
    case beast::verb::put:
      return Method::put;
    case beast::verb::patch:
      return Method::patch;
    case beast::verb::delete_:
      return Method::delete_;
    case beast::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

std::optional<Header> header_of(beast::field field, std::string_view name) {
  switch (field) {
    case beast::field::accept:
      return Header::accept;
    case beast::field::access_control_request_method:
      return Header::access_control_request_method;
    case beast::field::authorization:
      return Header::authorization;
    case beast::field::content_type:
      return Header::content_type;
    case beast::field::host:
      return Header::host;
    case beast::field::if_none_match:
      return Header::if_none_match;
    case beast::field::origin:
      return Header::origin;
    case beast::field::prefer:
      return Header::prefer;
    case beast::field::unknown:
      break;
    default:
      return std::nullopt;
  }
  // Names that Beast does not know.
  if (boost::beast::iequals(name, "idempotency-key")) return Header::idempotency_key;
  if (boost::beast::iequals(name, "last-event-id")) return Header::last_event_id;
  if (boost::beast::iequals(name, "traceparent")) return Header::traceparent;
  return std::nullopt;
}

bool may_repeat(Header header) {
  return header == Header::accept || header == Header::if_none_match || header == Header::prefer ||
         header == Header::traceparent;  // then malformed, and ignored
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// "http://host/path?query" → "/path?query": a proxy's form, which every server must take.
std::string_view origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) {
      const std::size_t path = target.find_first_of("/?", scheme.size());
      if (path == std::string_view::npos) return "/";
      return target[path] == '/' ? target.substr(path) : std::string_view();
    }
  }
  return target;
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

static_assert(limits::http_request_line_bytes_max == 8 * 1024 &&
                  limits::http_header_bytes_max == 16 * 1024,
              "the sentences below say so");

// Takes what Beast reads. Told to skip the body: framing is the outer parser's.
class RequestParser::Fields final : public beast::basic_parser<true> {
 public:
  Fields(Request& request, std::list<std::string>& joined) : request_(request), joined_(joined) {
    skip(true);
    header_limit(2 * (limits::http_request_line_bytes_max + limits::http_header_bytes_max));
  }

  std::string_view wrong;  // set: a header must not be as it is
  bool is_http_1_0 = false;
  bool has_length = false;
  bool is_chunked = false;
  std::string_view expect;

 private:
  void on_request_impl(beast::verb verb, boost::beast::string_view,
                       boost::beast::string_view target, int version, error_code& error) override {
    request_.method = method_of(verb);
    is_http_1_0 = version == 10;
    const std::string_view origin = origin_form(view(target));
    const std::size_t question = std::min(origin.find('?'), origin.size());
    request_.path = origin.substr(0, question);
    request_.query = origin.substr(std::min(question + 1, origin.size()));
    const bool is_asterisk = request_.method == Method::options && origin == "*";
    if (!origin.starts_with('/') && !is_asterisk) {
      refuse("The target of the request must be a path.", error);
    }
  }

  void on_field_impl(beast::field field, boost::beast::string_view name,
                     boost::beast::string_view value, error_code& error) override {
    if (field == beast::field::content_length) {
      if (has_length || !is_digits(view(value))) {
        return refuse("Content-Length must be one number.", error);
      }
      has_length = true;
    } else if (field == beast::field::transfer_encoding) {
      if (is_http_1_0 || !boost::beast::iequals(value, "chunked")) {
        return refuse("The only Transfer-Encoding is chunked, over HTTP/1.1.", error);
      }
      is_chunked = true;
    } else if (field == beast::field::expect) {
      expect = view(value);
    } else if (const auto header = header_of(field, view(name))) {
      keep(*header, view(value), error);
    }
  }

  void keep(Header header, std::string_view value, error_code& error) {
    std::string_view& kept = request_.headers[static_cast<std::size_t>(header)];
    // An empty value is there all the same.
    if (kept.data() == nullptr) {
      kept = value.data() == nullptr ? std::string_view("") : value;
    } else if (may_repeat(header)) {
      kept = joined_.emplace_back(std::string(kept).append(", ").append(value));
    } else {
      refuse("A header that must be unique stands there twice.", error);
    }
  }

  void refuse(std::string_view what, error_code& error) {
    wrong = what;
    error = beast::error::bad_field;
  }

  void on_header_impl(error_code&) override {}
  void on_finish_impl(error_code&) override {}
  // The body is skipped: none of these is called.
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, error_code&) override {
    return 0;
  }

  Request& request_;                // constant
  std::list<std::string>& joined_;  // constant
};

void RequestParser::reset(Request& request) {
  line_begin_ = scanned_ = request_line_bytes_ = 0;
  head_end_ = head_bytes_ = body_bytes_ = 0;
  parsed_at_ = nullptr;
  is_chunked_ = expects_continue_ = false;
  chunks_ = {};
  if (!joined_.empty()) joined_.clear();
  request = {};
}

RequestParser::Status RequestParser::refuse(std::variant<Errc, Refusal> reason,
                                            std::string_view detail) {
  unreadable_ = {reason, detail};
  return Status::unreadable;
}

RequestParser::Status RequestParser::parse(char* data, std::size_t& size, Request& request) {
  if (size == 0) return Status::need_more;
  if (head_bytes_ == 0) {
    if (const Status status = find_head_end({data, size}); status != Status::whole) return status;
    if (const Status status = parse_head({data, head_end_}, request); status != Status::whole) {
      return status;
    }
  }
  const Status status = parse_body(data, size, request);
  // The bytes have moved since the header was read: its views are taken again.
  if (status == Status::whole && parsed_at_ != data) {
    const std::string_view body = request.body;
    joined_.clear();
    request.headers = {};
    const Status again = parse_head({data, head_end_}, request);
    request.body = body;
    return again;
  }
  return status;
}

// Walks over whole lines up to the empty one. What makes a request read differently by two readers
// is refused here: a bare line feed, a folded line.
RequestParser::Status RequestParser::find_head_end(std::string_view input) {
  while (true) {
    const bool is_request_line = request_line_bytes_ == 0;
    const void* found = std::memchr(input.data() + scanned_, '\n', input.size() - scanned_);
    const std::size_t end =
        found == nullptr ? input.size()
                         : static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
    if (is_request_line && end > limits::http_request_line_bytes_max) {
      return refuse(Refusal::uri_too_long, "The request line is longer than 8 KiB.");
    }
    if (!is_request_line && end - request_line_bytes_ > limits::http_header_bytes_max) {
      return refuse(Refusal::header_too_large, "The header is larger than 16 KiB.");
    }
    if (found == nullptr) {
      scanned_ = input.size();
      return Status::need_more;
    }
    const bool ends_with_crlf = end > line_begin_ && input[end - 1] == '\r';
    if (!ends_with_crlf) return refuse(Errc::unreadable, "A header line does not end with CRLF.");
    const bool is_empty = end - line_begin_ == 1;
    const char first = input[line_begin_];
    if (!is_request_line && (first == ' ' || first == '\t')) {
      return refuse(Errc::unreadable, "A header line is folded.");
    }
    line_begin_ = scanned_ = end + 1;
    if (is_request_line) {
      request_line_bytes_ = end + 1;
    } else if (is_empty) {
      head_end_ = end + 1;
      return Status::whole;
    }
  }
}

RequestParser::Status RequestParser::parse_head(std::string_view head, Request& request) {
  Fields fields(request, joined_);
  error_code error;
  fields.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (!fields.wrong.empty()) return refuse(Errc::unreadable, fields.wrong);
  if (error || !fields.is_done()) {
    return refuse(Errc::unreadable, "This is not a request of HTTP/1.1 or HTTP/1.0.");
  }
  is_http_1_0_ = fields.is_http_1_0;
  keep_alive_ = fields.keep_alive();
  if (!is_http_1_0_ && !request.has(Header::host)) {
    return refuse(Errc::unreadable, "The Host header is missing.");
  }
  is_chunked_ = fields.is_chunked;
  if (fields.has_length) {
    const std::uint64_t length = *fields.content_length();
    if (length > body_bytes_max_) {
      return refuse(Refusal::payload_too_large, "The body is larger than the server takes.");
    }
    body_bytes_ = static_cast<std::size_t>(length);
  }
  if (!fields.expect.empty() && !is_http_1_0_) {
    if (!boost::beast::iequals(fields.expect, "100-continue")) {
      return refuse(Refusal::expectation_failed, "The only expectation is 100-continue.");
    }
    expects_continue_ = true;
  }
  head_bytes_ = head.size();
  parsed_at_ = head.data();
  return Status::whole;
}

RequestParser::Status RequestParser::parse_body(char* data, std::size_t& size, Request& request) {
  if (is_chunked_) {
    std::size_t rest = size - head_bytes_;
    const ChunkDecoder::Step step = chunks_.decode(data + head_bytes_, rest, body_bytes_max_);
    size = head_bytes_ + rest;
    switch (step) {
      case ChunkDecoder::Step::need_more:
        return Status::need_more;
      case ChunkDecoder::Step::broken:
        return refuse(Errc::unreadable, "The chunks of the body cannot be read.");
      case ChunkDecoder::Step::too_large:
        return refuse(Refusal::payload_too_large, "The body is larger than the server takes.");
      case ChunkDecoder::Step::done:
        body_bytes_ = chunks_.decoded();
        break;
    }
  } else if (size < head_bytes_ + body_bytes_) {
    return Status::need_more;
  }
  request.body = {data + head_bytes_, body_bytes_};
  return Status::whole;
}

std::string_view ChunkDecoder::line_at(std::string_view rest, std::size_t length_max,
                                       bool& broken) {
  const std::size_t end = rest.substr(0, length_max).find('\n');
  if (end == std::string_view::npos) {
    broken = rest.size() >= length_max;
    return {};
  }
  broken = end == 0 || rest[end - 1] != '\r';
  return broken ? std::string_view() : rest.substr(0, end - 1);
}

ChunkDecoder::Step ChunkDecoder::decode(char* data, std::size_t& size, std::size_t decoded_max) {
  std::size_t read = decoded_;  // everything before it is decoded
  Step step = Step::need_more;
  bool broken = false;
  const auto rest = [&] { return std::string_view(data + read, size - read); };
  while (step == Step::need_more) {
    if (expect_ == Expect::content) {
      const std::size_t count = std::min(remaining_, size - read);
      std::memmove(data + decoded_, data + read, count);
      decoded_ += count;
      read += count;
      remaining_ -= count;
      if (remaining_ > 0) break;
      expect_ = Expect::line_end;
    } else if (expect_ == Expect::line_end) {
      if (rest().size() < 2) break;
      if (!rest().starts_with("\r\n")) step = Step::broken;
      read += 2;
      expect_ = Expect::size_line;
    } else if (expect_ == Expect::size_line) {
      const std::string_view line = line_at(rest(), limits::http_chunk_line_bytes_max, broken);
      if (line.data() == nullptr) break;
      std::size_t digits = 0;
      for (remaining_ = 0; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits) {
        remaining_ = remaining_ * 16 + static_cast<std::size_t>(hex_digit(line[digits]));
        if (digits > 15 || remaining_ > decoded_max - decoded_) step = Step::too_large;
        if (step == Step::too_large) break;
      }
      // Extensions are taken and ignored.
      if (step != Step::too_large && (digits == 0 || (digits < line.size() && line[digits] != ';')))
        step = Step::broken;
      read += line.size() + 2;
      expect_ = remaining_ > 0 ? Expect::content : Expect::trailer;
    } else {
      const std::string_view line = line_at(rest(), limits::http_header_bytes_max, broken);
      if (line.data() == nullptr) break;
      read += line.size() + 2;
      trailer_bytes_ += line.size();
      if (trailer_bytes_ > limits::http_header_bytes_max) step = Step::broken;
      if (line.empty()) step = Step::done;
    }
  }
  std::memmove(data + decoded_, data + read, size - read);
  size -= read - decoded_;
  return broken ? Step::broken : step;
}

}  // namespace rushline::http
