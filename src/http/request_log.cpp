// Decides on the loop, copies what is to be said, and leaves the saying to the log's thread.
#include "http/request_log.hpp"

#include <algorithm>
#include <charconv>
#include <string>
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

}  // namespace

void RequestLog::consider(const Request& request, const Route* route, int status, Monotonic now) {
  const std::string_view pattern = route == nullptr ? std::string_view("-") : route->pattern;
  const auto took = now - request.arrived;
  const bool is_slow = took > slow_time_ + asked_to_wait(request);
  if (!is_slow && (status < 500 || is_probe(pattern))) return;
  if (!rate_.take_one(rate, now).is_let_in) {
    ++left_out_;
    return;
  }
  say(request, pattern, status, std::chrono::duration_cast<std::chrono::microseconds>(took));
}

void RequestLog::say(const Request& request, std::string_view pattern, int status,
                     std::chrono::microseconds took) {
  const bool is_written = log_.submit(
      [id = request.id.text(), method = to_word(request.method), route = std::string(pattern),
       trace = std::string(trace_id_of(request.header(Header::traceparent))), status,
       took](runtime::Log& log) {
        const double took_ms = static_cast<double>(took.count() / 100) / 10;
        std::vector<runtime::LogField> fields = {{"request_id", std::string_view(id)},
                                                 {"method", method},
                                                 {"route", std::string_view(route)},
                                                 {"status", status},
                                                 {"ms", took_ms}};
        if (!trace.empty()) fields.emplace_back("trace_id", std::string_view(trace));
        log.write(status == 500 ? runtime::LogLevel::error : runtime::LogLevel::warning,
                  status >= 500 ? "a request failed" : "a request was slow", fields);
      });
  if (!is_written) ++left_out_;
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
