// The arithmetic of one virtual time, and the same with several threads at it.
#include "core/rate_limit.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace rushline {

RateDecision take_one(const RateLimit& limit, Monotonic& full_at, Monotonic now) {
  RUSHLINE_ASSERT(limit.is_on() && limit.burst > 0);
  const std::chrono::nanoseconds interval = limit.interval();
  const Monotonic begin = std::max(full_at, now);
  const Monotonic after = begin + interval;
  const std::chrono::nanoseconds ahead = after - now;
  if (ahead > limit.window()) {
    return {.is_let_in = false,
            .remaining = 0,
            .wait = ahead - limit.window(),
            .until_full = begin - now};
  }
  full_at = after;
  return {.is_let_in = true,
          .remaining = (limit.window() - ahead) / interval,
          .wait = {},
          .until_full = ahead};
}

RateDecision RateMeter::take_one(const RateLimit& limit, Monotonic now) {
  Monotonic seen = full_at_.load(std::memory_order_relaxed);
  for (;;) {
    Monotonic next = seen;
    const RateDecision decision = rushline::take_one(limit, next, now);
    if (!decision.is_let_in ||
        full_at_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) {
      return decision;
    }
  }
}

}  // namespace rushline
