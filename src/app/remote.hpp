// A Rushline server as a verb sees it: JSON in, JSON out, a refusal as a failure with its exit
// code.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "http/client.hpp"

namespace rushline::app {

// --target, --key and --timeout.
std::vector<Option> remote_options();

// The API key of --key FILE or of RUSHLINE_KEY; empty when there is none. Throws VerbFailure.
std::string bearer_of(const Arguments& arguments);
// Throws VerbFailure.
http::TargetUrl target_of(const Arguments& arguments);

// Used by one thread. Every call throws VerbFailure: ExitCode::unreachable, timed_out, refused
// (with the server's own code and detail), internal.
class Remote {
 public:
  explicit Remote(const Arguments& arguments);
  Remote(http::TargetUrl target, std::string bearer, std::chrono::milliseconds deadline);

  boost::json::value get(const std::string& path);
  // What is no JSON, as it came.
  std::string text(const std::string& path);
  // With an idempotency key of its own, so that it can be sent again.
  boost::json::value post(const std::string& path, const boost::json::value& body);
  // A request for a coupon: may be repeated without a key. The server waits `wait` for the verdict.
  boost::json::value press(const std::string& path, const boost::json::value& body,
                           std::chrono::seconds wait, std::chrono::milliseconds deadline);

 private:
  http::ClientReply reply_of(const http::ClientRequest& request);
  boost::json::value answer_of(const http::ClientRequest& request);

  http::Client client_;
};

}  // namespace rushline::app
