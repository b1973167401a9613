// The blocking client over Asio: each step is asynchronous underneath, so that the deadline of
// beast::tcp_stream can end it.
#include "http/client.hpp"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/version.hpp>

#include "core/limits.hpp"

namespace rushline::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Request = beast::http::request<beast::http::string_body>;
using ReplyParser = beast::http::response_parser<beast::http::string_body>;
using ErrorCode = boost::system::error_code;

std::string to_text(const ReplyParser& parser, beast::http::field field) {
  const auto found = parser.get().find(field);
  return found == parser.get().end() ? std::string{} : std::string{found->value()};
}

ClientReply to_reply(ReplyParser&& parser) {
  using beast::http::field;
  ClientReply reply{.status = static_cast<int>(parser.get().result_int()),
                    .content_type = to_text(parser, field::content_type),
                    .location = to_text(parser, field::location),
                    .etag = to_text(parser, field::etag),
                    .retry_after = to_text(parser, field::retry_after),
                    .body = {}};
  reply.body = std::move(parser.get().body());
  return reply;
}

bool is_repeatable(const ClientRequest& request) {
  return request.repeatable || request.method == "GET" || request.method == "HEAD" ||
         !request.idempotency_key.empty();
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                               (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                               c == '~';
    if (is_unreserved) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

// The connection and what is left in its buffer.
class Client::Connection {
 public:
  Connection(TargetUrl target, std::string bearer, std::chrono::milliseconds deadline)
      : target_(std::move(target)), bearer_(std::move(bearer)), deadline_(deadline) {}

  const TargetUrl& target() const { return target_; }

  Result<ClientReply> send(const ClientRequest& request) {
    const bool was_kept = stream_.has_value();
    Attempt attempt = exchange(request);
    // A server may close an idle connection at any time; that is no failure of this request.
    if (attempt.error && was_kept && is_repeatable(request) &&
        attempt.error != beast::error::timeout) {
      attempt = exchange(request);
    }
    if (!attempt.error) return std::move(attempt.reply);
    stream_.reset();
    return explained(attempt);
  }

 private:
  struct Attempt {
    ErrorCode error;
    std::string_view doing;  // what failed
    ClientReply reply;
  };

  // Runs what was started until it is done; the stream's own deadline ends it.
  void run() {
    io_.restart();
    io_.run();
  }

  Attempt exchange(const ClientRequest& request) {
    const auto deadline = request.deadline.value_or(deadline_);
    if (!stream_) {
      if (const ErrorCode error = connect(deadline)) return {error, "connecting to", {}};
    }
    stream_->expires_after(deadline);
    const Request message = to_message(request);
    ErrorCode error;
    beast::http::async_write(*stream_, message, [&](ErrorCode e, std::size_t) { error = e; });
    run();
    if (error) return broken(error, "sending to");

    ReplyParser parser;
    parser.body_limit(limits::client_body_bytes_max);
    if (request.method == "HEAD") parser.skip(true);
    beast::http::async_read(*stream_, buffer_, parser,
                            [&](ErrorCode e, std::size_t) { error = e; });
    run();
    if (error) return broken(error, "reading from");
    if (!parser.get().keep_alive()) stream_.reset();
    return {{}, {}, to_reply(std::move(parser))};
  }

  Attempt broken(ErrorCode error, std::string_view doing) {
    stream_.reset();
    return {error, doing, {}};
  }

  ErrorCode connect(std::chrono::milliseconds deadline) {
    asio::ip::tcp::resolver resolver(io_);
    ErrorCode error;
    const auto found = resolver.resolve(target_.host, std::to_string(target_.port), error);
    if (error) return error;
    stream_.emplace(io_);
    buffer_.clear();
    stream_->expires_after(deadline);
    stream_->async_connect(found, [&](ErrorCode e, const auto&) { error = e; });
    run();
    if (error) {
      stream_.reset();
    } else {
      ErrorCode ignored;
      stream_->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    }
    return error;
  }

  Request to_message(const ClientRequest& request) const {
    using beast::http::field;
    Request message;
    message.version(11);
    message.method_string(request.method);
    message.target(request.path);
    message.set(field::host, target_.authority());
    message.set(field::accept, "application/json");
    if (!bearer_.empty()) message.set(field::authorization, "Bearer " + bearer_);
    if (!request.idempotency_key.empty()) message.set("Idempotency-Key", request.idempotency_key);
    if (!request.prefer.empty()) message.set("Prefer", request.prefer);
    if (!request.body.empty()) {
      message.set(field::content_type, "application/json");
      message.body() = request.body;
    }
    message.prepare_payload();
    return message;
  }

  Error explained(const Attempt& attempt) const {
    const std::string where = fmt::format("http://{}", target_.authority());
    if (attempt.error == beast::error::timeout) {
      return fail(Errc::timed_out,
                  fmt::format("no answer in time while {} {}", attempt.doing, where));
    }
    if (attempt.error.category() ==
            beast::http::make_error_code(beast::http::error::end_of_stream).category() &&
        attempt.error != beast::http::error::end_of_stream &&
        attempt.error != beast::http::error::partial_message) {
      return fail(Errc::unreadable,
                  fmt::format("{} does not answer in HTTP ({})", where, attempt.error.message()));
    }
    return fail(Errc::unavailable,
                fmt::format("{} {} failed: {}", attempt.doing, where, attempt.error.message()));
  }

  const TargetUrl target_;                    // constant
  const std::string bearer_;                  // constant, a secret
  const std::chrono::milliseconds deadline_;  // constant
  asio::io_context io_{1};
  std::optional<beast::tcp_stream> stream_;  // nothing = not connected
  beast::flat_buffer buffer_;
};

Client::Client(TargetUrl target, std::string bearer, std::chrono::milliseconds deadline)
    : connection_(std::make_unique<Connection>(std::move(target), std::move(bearer), deadline)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<ClientReply> Client::send(const ClientRequest& request) {
  return connection_->send(request);
}

Result<ClientReply> Client::get(std::string path) {
  return send({.method = "GET",
               .path = std::move(path),
               .body = {},
               .idempotency_key = {},
               .prefer = {},
               .deadline = {},
               .repeatable = true});
}

Result<ClientReply> Client::post(std::string path, std::string body) {
  return send({.method = "POST",
               .path = std::move(path),
               .body = std::move(body),
               .idempotency_key = {},
               .prefer = {},
               .deadline = {},
               .repeatable = false});
}

const TargetUrl& Client::target() const { return connection_->target(); }

}  // namespace rushline::http
