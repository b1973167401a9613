// A small blocking HTTP/1.1 client for the command line and the demo: one connection, kept alive,
// a deadline on everything.
//
// Not for event loops: every call blocks its thread. The load generator has its own, faster one.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "http/target_url.hpp"

namespace rushline::http {

struct ClientRequest {
  std::string method = "GET";
  std::string path;                                   // with the query, percent-encoded
  std::string body;                                   // JSON; empty = none
  std::string idempotency_key;                        // empty = none
  std::string prefer;                                 // of RFC 7240; empty = none
  std::optional<std::chrono::milliseconds> deadline;  // nothing = the client's
  // Whether sending it twice does no harm. GET, HEAD and a request with an idempotency key are
  // repeatable anyway.
  bool repeatable = false;
};

struct ClientReply {
  int status = 0;
  std::string content_type;
  std::string location;
  std::string etag;
  std::string retry_after;
  std::string body;
};

// `text` as one segment of a path or one value of a query: everything but unreserved characters is
// percent-encoded.
std::string percent_encoded(std::string_view text);

// Used by one thread at a time.
class Client {
 public:
  // `bearer` is the API key, empty for none. Nothing is connected yet.
  Client(TargetUrl target, std::string bearer, std::chrono::milliseconds deadline);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Sends the request and waits for the whole answer; any status is an answer. A repeatable request
  // is sent once more when a kept-alive connection turns out to be closed.
  // Errc::unavailable: nobody listens, or the connection broke; then whether a request that is not
  // repeatable took effect is unknown. Errc::timed_out: the deadline passed; unknown too.
  // Errc::unreadable: what answers is not HTTP.
  Result<ClientReply> send(const ClientRequest& request);

  Result<ClientReply> get(std::string path);
  Result<ClientReply> post(std::string path, std::string body);

  const TargetUrl& target() const;

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace rushline::http
