// Status lines and headers, copied together without formatting machinery.
#include "http/reply_writer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace rushline::http {

namespace {

// Whole status lines of what Rushline answers.
std::string_view status_line(std::uint16_t status) {
  switch (status) {
    case 200:
      return "HTTP/1.1 200 OK\r\n";
    case 201:
      return "HTTP/1.1 201 Created\r\n";
    case 202:
      return "HTTP/1.1 202 Accepted\r\n";
    case 204:
      return "HTTP/1.1 204 No Content\r\n";
    case 304:
      return "HTTP/1.1 304 Not Modified\r\n";
    case 400:
      return "HTTP/1.1 400 Bad Request\r\n";
    case 401:
      return "HTTP/1.1 401 Unauthorized\r\n";
    case 403:
      return "HTTP/1.1 403 Forbidden\r\n";
    case 404:
      return "HTTP/1.1 404 Not Found\r\n";
    case 405:
      return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 408:
      return "HTTP/1.1 408 Request Timeout\r\n";
    case 409:
      return "HTTP/1.1 409 Conflict\r\n";
    case 413:
      return "HTTP/1.1 413 Content Too Large\r\n";
    case 414:
      return "HTTP/1.1 414 URI Too Long\r\n";
    case 415:
      return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 417:
      return "HTTP/1.1 417 Expectation Failed\r\n";
    case 422:
      return "HTTP/1.1 422 Unprocessable Content\r\n";
    case 429:
      return "HTTP/1.1 429 Too Many Requests\r\n";
    case 431:
      return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 500:
      return "HTTP/1.1 500 Internal Server Error\r\n";
    case 503:
      return "HTTP/1.1 503 Service Unavailable\r\n";
    default:
      return {};
  }
}

// Writes into room that is known to suffice.
class Pen {
 public:
  explicit Pen(char* at) : at_(at) {}

  Pen& text(std::string_view text) {
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());  // empty may be null
    at_ += text.size();
    return *this;
  }
  Pen& number(std::uint64_t number) {
    at_ = std::to_chars(at_, at_ + 20, number).ptr;
    return *this;
  }
  Pen& id(RequestId request) {
    text("X-Request-Id: ");
    request.write(at_);
    at_ += RequestId::digits;
    return text("\r\n");
  }
  // A header, unless its value is empty.
  Pen& header(std::string_view name_and_colon, std::string_view value) {
    return value.empty() ? *this : text(name_and_colon).text(value).text("\r\n");
  }

  char* at() const { return at_; }

 private:
  char* at_;
};

constexpr std::size_t fixed_bytes_max = 384;  // names, numbers, status line and date

void write_status(Pen& pen, std::uint16_t status) {
  const std::string_view line = status_line(status);
  if (!line.empty()) {
    pen.text(line);
  } else {
    pen.text("HTTP/1.1 ").number(status).text(" \r\n");
  }
}

}  // namespace

void write_reply(OutputBuffer& out, const ReplyView& reply, const ReplyFrame& frame) {
  const bool has_body = reply.status >= 200 && reply.status != 204 && reply.status != 304;
  char* const begin =
      out.room(fixed_bytes_max + reply.content_type.size() + reply.location.size() +
               reply.etag.size() + reply.headers.size() + frame.lines.size() + reply.body.size());
  Pen pen(begin);
  write_status(pen, reply.status);
  pen.text(frame.date).id(frame.request);
  if (has_body) {
    if (!reply.body.empty()) pen.header("Content-Type: ", reply.content_type);
    pen.text("Content-Length: ").number(reply.body.size()).text("\r\n");
  }
  if (!frame.keep_alive) {
    pen.text("Connection: close\r\n");
  } else if (frame.is_http_1_0) {
    pen.text("Connection: keep-alive\r\n");
  }
  pen.header("Location: ", reply.location).header("ETag: ", reply.etag);
  if (reply.retry_after_s > 0) {
    pen.text("Retry-After: ").number(reply.retry_after_s).text("\r\n");
  }
  pen.text(reply.headers).text(frame.lines).text("\r\n");
  if (has_body && !frame.is_head) pen.text(reply.body);
  out.commit(static_cast<std::size_t>(pen.at() - begin));
}

void write_stream_head(OutputBuffer& out, std::string_view content_type, const ReplyFrame& frame) {
  char* const begin = out.room(fixed_bytes_max + content_type.size() + frame.lines.size());
  Pen pen(begin);
  write_status(pen, 200);
  pen.text(frame.date).id(frame.request).header("Content-Type: ", content_type);
  pen.text("Cache-Control: no-store\r\nConnection: close\r\n");
  if (!frame.is_http_1_0) pen.text("Transfer-Encoding: chunked\r\n");
  pen.text(frame.lines).text("\r\n");
  out.commit(static_cast<std::size_t>(pen.at() - begin));
}

std::string date_header(Timestamp now) {
  using namespace std::chrono;
  static constexpr std::string_view days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<std::chrono::days>(now);
  const year_month_day date{day};
  const hh_mm_ss time{floor<seconds>(now - day)};
  return fmt::format("Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n",
                     days[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace rushline::http
