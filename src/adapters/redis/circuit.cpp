// Waits that double, each a random part shorter.
#include "adapters/redis/circuit.hpp"

#include <algorithm>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

using std::chrono::milliseconds;

constexpr int doublings_max = 16;

}  // namespace

void Circuit::succeed(Monotonic now) {
  state_ = State::closed;
  healthy_since_ = now;
}

void Circuit::fail(Monotonic now) {
  if (healthy_since_ && now - *healthy_since_ >= limits::redis_reconnect_wait_max) failures_ = 0;
  const milliseconds wait = std::min<milliseconds>(
      limits::redis_reconnect_wait_min * (1 << failures_), limits::redis_reconnect_wait_max);
  failures_ = std::min(failures_ + 1, doublings_max);
  const auto shorter = std::uniform_int_distribution<std::int64_t>(0, wait.count() / 2)(random_);
  trial_at_ = now + wait - milliseconds(shorter);
  state_ = State::open;
  healthy_since_.reset();
}

}  // namespace rushline::redis
