// A line for each request that failed through our fault or was slow, for each by which an operator
// changed something, and for each that was denied (401, 403); none for any other.
//
// Of failures and denials it names the route by its pattern, never the path, in which users are
// named; of changes the path, which names an event or a product.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/rate_limit.hpp"
#include "core/time.hpp"
#include "http/request.hpp"
#include "http/router.hpp"
#include "runtime/background_log.hpp"

namespace rushline::http {

// Safe to call from any thread; never waits for the log.
class RequestLog {
 public:
  // `log` must outlive it. Slow is what takes longer than `slow_time` beyond what it asked to wait.
  RequestLog(runtime::BackgroundLog& log, std::chrono::milliseconds slow_time)
      : log_(log), slow_time_(slow_time) {}

  // Called with each answer; `route` is null when the path has none or the request went no further,
  // `socket` is where it came from. Cheap unless there is something to say. At most
  // limits::request_lines_per_second lines of each kind, after a burst.
  void answered(const Request& request, const Route* route, int status, Monotonic now, int socket) {
    if (status >= 500 || now - request.arrived > slow_time_) consider(request, route, status, now);
    if (status == 401 || status == 403) deny(request, route, status, now, socket);
    if (route != nullptr && route->scope == Scope::admin) change(request, status, now);
  }

  // Says how many lines were left out since it was last said, if there were any.
  void tell_left_out();

 private:
  // So that a flood of one leaves no other out.
  enum class Kind : std::uint8_t { failed, denied, changed };

  void consider(const Request& request, const Route* route, int status, Monotonic now);
  void deny(const Request& request, const Route* route, int status, Monotonic now, int socket);
  void change(const Request& request, int status, Monotonic now);
  bool may_say(Kind kind, Monotonic now);
  void submit(runtime::BackgroundLog::Line line);

  runtime::BackgroundLog& log_;                // constant
  const std::chrono::milliseconds slow_time_;  // constant
  std::array<RateMeter, 3> rates_;             // by Kind; guard themselves
  std::atomic<std::int64_t> left_out_ = 0;
};

}  // namespace rushline::http
