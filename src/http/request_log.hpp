// A line for each request that failed through our fault, or was slow; none for any other.
//
// It names the route by its pattern, never by the path, in which users are named.
#pragma once

#include <atomic>
#include <chrono>
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

  // Called with each answer; `route` is null when the path has none. Cheap unless there is
  // something to say. At most limits::request_lines_per_second lines, after a burst.
  void answered(const Request& request, const Route* route, int status, Monotonic now) {
    if (status >= 500 || now - request.arrived > slow_time_) consider(request, route, status, now);
  }

  // Says how many lines were left out since it was last said, if there were any.
  void tell_left_out();

 private:
  void consider(const Request& request, const Route* route, int status, Monotonic now);
  void say(const Request& request, std::string_view pattern, int status,
           std::chrono::microseconds took);

  runtime::BackgroundLog& log_;                // constant
  const std::chrono::milliseconds slow_time_;  // constant
  RateMeter rate_;                             // guards itself
  std::atomic<std::int64_t> left_out_ = 0;
};

}  // namespace rushline::http
