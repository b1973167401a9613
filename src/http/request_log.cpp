// Decides on the loop, copies what is to be said, and leaves the saying to the log's thread.
#include "http/request_log.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "http/prefer.hpp"
#include "http/query.hpp"
#include "http/trace_context.hpp"

namespace rushline::http {
namespace {

using std::chrono::seconds;

constexpr RateLimit rate{.per_second = limits::request_lines_per_second,
                         .burst = limits::request_lines_burst};
constexpr std::size_t path_said_max = 200;

// By `Prefer: wait=N` or `?wait=N`, whatever the route makes of it.
seconds asked_to_wait(const Request& request) {
  if (const auto wait = parse_prefer(request.header(Header::prefer)).wait) return *wait;
  const auto query = Query::parse(request.query);
  if (query.has_error()) return seconds(0);
  const std::string_view text = query->find("wait").value_or("");
  std::int64_t wait = 0;
  std::from_chars(text.data(), text.data() + text.size(), wait);
  return seconds(std::clamp<std::int64_t>(wait, 0, seconds(limits::verdict_wait_max).count()));
}

// Their 503 is an answer, not a failure.
bool is_probe(std::string_view pattern) { return pattern == "/readyz" || pattern == "/startupz"; }

std::string_view pattern_of(const Route* route) {
  return route == nullptr ? std::string_view("-") : route->pattern;
}

double milliseconds_between(Monotonic from, Monotonic to) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(to - from);
  return static_cast<double>(took.count() / 100) / 10;
}

// Empty when it cannot be known any more.
std::string address_of_peer(int socket) {
  boost::asio::ip::tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  if (::getpeername(socket, peer.data(), &size) != 0) return {};
  return peer.address().to_string();
}

// The name of a key. A token's names its user, which is nothing for a log.
std::string key_of(const Request& request) {
  const Caller* const caller = request.caller;
  return caller == nullptr || caller->user ? std::string() : caller->name;
}

// What a line says of its request, whichever line it is: copies. Of a request that was not read
// there is no path, and then no method either.
class Fields {
 public:
  Fields(const Request& request, int status)
      : id_(request.id.text()),
        method_(request.path.empty() ? std::string_view() : to_word(request.method)),
        status_(status) {
    const TraceContext trace = trace_context_of(request.header(Header::traceparent));
    trace_ = trace.trace_id;
    parent_ = trace.parent_id;
  }

  // `more` comes after the request's id and method; empty ones are left out. The fields live as
  // long as this and what they name.
  std::vector<runtime::LogField> with(
      std::initializer_list<std::pair<std::string_view, std::string_view>> more) const {
    std::vector<runtime::LogField> fields = {{"request_id", std::string_view(id_)}};
    if (!method_.empty()) fields.emplace_back("method", method_);
    for (const auto& [name, text] : more) {
      if (!text.empty()) fields.emplace_back(name, text);
    }
    fields.emplace_back("status", status_);
    if (!trace_.empty()) {
      fields.emplace_back("trace_id", std::string_view(trace_));
      fields.emplace_back("parent_id", std::string_view(parent_));
    }
    return fields;
  }

 private:
  std::string id_;
  std::string_view method_;
  int status_;
  std::string trace_;
  std::string parent_;
};

}  // namespace

bool RequestLog::may_say(Kind kind, Monotonic now) {
  if (rates_[static_cast<std::size_t>(kind)].take_one(rate, now).is_let_in) return true;
  ++left_out_;
  return false;
}

void RequestLog::submit(runtime::BackgroundLog::Line line) {
  if (!log_.submit(std::move(line))) ++left_out_;
}

void RequestLog::consider(const Request& request, const Route* route, int status, Monotonic now) {
  const std::string_view pattern = pattern_of(route);
  const bool is_slow = now - request.arrived > slow_time_ + asked_to_wait(request);
  if (!is_slow && (status < 500 || is_probe(pattern))) return;
  if (!may_say(Kind::failed, now)) return;
  submit([about = Fields(request, status), route = std::string(pattern), status,
          ms = milliseconds_between(request.arrived, now)](runtime::Log& log) {
    auto fields = about.with({{"route", route}});
    fields.emplace_back("ms", ms);
    log.write(status == 500 ? runtime::LogLevel::error : runtime::LogLevel::warning,
              status >= 500 ? "a request failed" : "a request was slow", fields);
  });
}

void RequestLog::deny(const Request& request, const Route* route, int status, Monotonic now,
                      int socket) {
  if (!may_say(Kind::denied, now)) return;
  submit([about = Fields(request, status), route = std::string(pattern_of(route)),
          key = key_of(request), client = address_of_peer(socket)](runtime::Log& log) {
    log.write(runtime::LogLevel::warning, "a request was denied",
              about.with({{"route", route}, {"key", key}, {"client", client}}));
  });
}

void RequestLog::change(const Request& request, int status, Monotonic now) {
  if (!may_say(Kind::changed, now)) return;
  submit([about = Fields(request, status),
          path = std::string(request.path.substr(0, path_said_max)), key = key_of(request),
          ms = milliseconds_between(request.arrived, now)](runtime::Log& log) {
    auto fields = about.with({{"path", path}, {"key", key}});
    fields.emplace_back("ms", ms);
    log.write(runtime::LogLevel::info, "an operator asked for a change", fields);
  });
}

void RequestLog::tell_left_out() {
  const std::int64_t count = left_out_.exchange(0);
  if (count == 0) return;
  const bool is_written = log_.submit([count](runtime::Log& log) {
    log.warning("lines about requests were left out", {{"count", count}});
  });
  if (!is_written) left_out_ += count;
}

}  // namespace rushline::http
