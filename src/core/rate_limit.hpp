// How fast one caller may ask: a bucket that refills steadily, kept as a single number.
//
// The number is a virtual time (GCRA): when the caller's bucket will be full again. Each request
// moves it on by the interval of the rate; one that would move it further ahead than the burst
// allows is refused and moves nothing. Who has a virtual time in the past has a full bucket, just
// as somebody who was never seen: nothing has to be cleaned up.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/time.hpp"

namespace rushline {

struct RateLimit {
  std::int64_t per_second = 0;  // 0: everybody may ask as fast as they like
  std::int64_t burst = 1;       // requests that may come at once after a pause

  bool is_on() const { return per_second > 0; }
  // In whole nanoseconds, rounded down: in favour of the caller.
  std::chrono::nanoseconds interval() const {
    return std::chrono::nanoseconds{std::chrono::seconds{1}} / per_second;
  }
  // In which an empty bucket fills up.
  std::chrono::nanoseconds window() const { return interval() * burst; }
};

struct RateDecision {
  bool is_let_in = true;
  std::int64_t remaining = 0;                // requests that would be let in at once after it
  std::chrono::nanoseconds wait = {};        // until one is let in again, when it was refused
  std::chrono::nanoseconds until_full = {};  // until the whole burst is there again
};

// Decides on one request at `now`, and moves `full_at`, the caller's virtual time, when it is let
// in. `limit` must be on. In any stretch of time t at most burst + t / interval are let in; who
// leaves an interval between requests never is refused.
RateDecision take_one(const RateLimit& limit, Monotonic& full_at, Monotonic now);

// The virtual time of one caller. Safe to call from any thread.
class RateMeter {
 public:
  RateDecision take_one(const RateLimit& limit, Monotonic now);

 private:
  std::atomic<Monotonic> full_at_{Monotonic{}};
  static_assert(std::atomic<Monotonic>::is_always_lock_free);
};

}  // namespace rushline
