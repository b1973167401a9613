// Calls of the HTTP API from the command line; see remote.hpp.
#include "app/remote.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>

#include "app/failure.hpp"
#include "app/values.hpp"
#include "core/limits.hpp"
#include "http/access.hpp"
#include "runtime/environment.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

std::string text_field(const json::value& problem, std::string_view name) {
  if (!problem.is_object()) return {};
  const json::value* value = problem.get_object().if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

// Which field was wrong, when the server says it.
std::string fields_text(const json::value& problem) {
  const json::value* errors =
      problem.is_object() ? problem.get_object().if_contains("errors") : nullptr;
  if (errors == nullptr || !errors->is_array()) return {};
  std::string text;
  for (const json::value& error : errors->get_array()) {
    text += fmt::format("{}{}: {}", text.empty() ? " (" : "; ", text_field(error, "field"),
                        text_field(error, "message"));
  }
  return text.empty() ? text : text + ")";
}

[[noreturn]] void fail_refused(const http::ClientReply& reply, const json::value& problem) {
  std::string code = text_field(problem, "code");
  std::string detail = text_field(problem, "detail");
  if (detail.empty()) detail = text_field(problem, "title");
  if (detail.empty()) detail = fmt::format("the server answered with status {}", reply.status);
  detail += fields_text(problem);
  if (code.empty()) code = fmt::format("status_{}", reply.status);

  std::string next;
  if (reply.status == 401 || reply.status == 403) {
    next = "name a key with --key FILE or RUSHLINE_KEY; `rushline key create` makes one";
  } else if (!reply.retry_after.empty()) {
    next = fmt::format("try again in {} s", reply.retry_after);
  } else {
    next = fmt::format("docs/errors.md explains '{}'", code);
  }
  const bool is_broken = reply.status >= 500 && reply.status != 503;
  throw VerbFailure(is_broken ? ExitCode::internal : ExitCode::refused, code, detail, next);
}

}  // namespace

std::vector<Option> remote_options() {
  return {{.name = "--target",
           .value = "URL",
           .help = "address of the server",
           .usual = "http://127.0.0.1:8080",
           .choices = {}},
          {.name = "--key",
           .value = "FILE",
           .help = "file with the API key (otherwise RUSHLINE_KEY holds the key itself)",
           .usual = {},
           .choices = {}},
          {.name = "--timeout",
           .value = "DURATION",
           .help = "how long to wait for an answer",
           .usual = "10s",
           .choices = {}}};
}

std::string bearer_of(const Arguments& arguments) {
  const auto path = arguments.value("--key");
  if (!path) return runtime::environment_variable("RUSHLINE_KEY").value_or("");
  std::ifstream file(*path);
  std::string key;
  if (!file || !std::getline(file, key) || key.empty()) {
    throw VerbFailure(ExitCode::configuration, "configuration",
                      fmt::format("the API key cannot be read from the file {}", *path),
                      "--key names a file with the key in its first line");
  }
  return key;
}

http::TargetUrl target_of(const Arguments& arguments) {
  Result<http::TargetUrl> target = http::parse_target(text_of(arguments, "--target"));
  if (target.has_error()) {
    throw usage_failure(target.error().detail, "write --target http://HOST:PORT");
  }
  return std::move(*target);
}

Remote::Remote(const Arguments& arguments)
    : Remote(target_of(arguments), bearer_of(arguments), duration_of(arguments, "--timeout")) {}

Remote::Remote(http::TargetUrl target, std::string bearer, std::chrono::milliseconds deadline)
    : client_(std::move(target), std::move(bearer), deadline) {}

json::value Remote::get(const std::string& path) {
  return answer_of({.method = "GET",
                    .path = path,
                    .body = {},
                    .idempotency_key = {},
                    .prefer = {},
                    .deadline = {},
                    .repeatable = true});
}

json::value Remote::post(const std::string& path, const json::value& body) {
  return answer_of({.method = "POST",
                    .path = path,
                    .body = json::serialize(body),
                    // An API key is as good a random word as any.
                    .idempotency_key = value_or_fail(http::generate_key()),
                    .prefer = {},
                    .deadline = {},
                    .repeatable = true});
}

json::value Remote::press(const std::string& path, const json::value& body,
                          std::chrono::seconds wait, std::chrono::milliseconds deadline) {
  return answer_of({.method = "POST",
                    .path = path,
                    .body = json::serialize(body),
                    .idempotency_key = {},
                    .prefer = fmt::format("wait={}", wait.count()),
                    .deadline = deadline,
                    .repeatable = true});
}

std::string Remote::text(const std::string& path) {
  const http::ClientReply reply = reply_of({.method = "GET",
                                            .path = path,
                                            .body = {},
                                            .idempotency_key = {},
                                            .prefer = {},
                                            .deadline = {},
                                            .repeatable = true});
  if (reply.status >= 400) fail_refused(reply, {});
  return reply.body;
}

http::ClientReply Remote::reply_of(const http::ClientRequest& request) {
  Result<http::ClientReply> reply = client_.send(request);
  if (reply.has_error()) {
    const Error& error = reply.error();
    throw VerbFailure(exit_code_of(error.code) == ExitCode::timed_out ? ExitCode::timed_out
                                                                      : ExitCode::unreachable,
                      std::string(to_word(error.code)), error.detail,
                      "start a server with `rushline serve`, or name another with --target");
  }
  return std::move(*reply);
}

json::value Remote::answer_of(const http::ClientRequest& request) {
  const http::ClientReply reply = reply_of(request);
  json::error_code error;
  json::value value = reply.body.empty() ? json::value{} : json::parse(reply.body, error);
  if (reply.status >= 400) fail_refused(reply, error ? json::value{} : value);
  if (error || reply.status >= 300) {
    throw VerbFailure(ExitCode::unreachable, "unreadable",
                      fmt::format("what answers at http://{} is not a Rushline server",
                                  client_.target().authority()),
                      "name the server with --target");
  }
  return value;
}

}  // namespace rushline::app
