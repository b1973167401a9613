// Whether a server is worth asking, and when it is tried again. Without I/O.
//
// Closed: commands go out. Open: they fail at once, so that callers fall back within milliseconds.
// Half open: one trial (a connection whose handshake ends with PING) is under way.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "adapters/redis/client.hpp"
#include "core/time.hpp"

namespace rushline::redis {

// Used by one thread.
class Circuit {
 public:
  using State = ClientState::Circuit;

  // Open; the first trial may begin at once. `seed` spreads the waits of several servers that lost
  // the same Redis.
  explicit Circuit(std::uint64_t seed) : random_(static_cast<std::uint32_t>(seed)) {}

  State state() const { return state_; }
  // Nothing while it is not closed.
  std::optional<Monotonic> healthy_since() const { return healthy_since_; }

  // True when it is open and the wait is over.
  bool is_trial_due(Monotonic now) const { return state_ == State::open && now >= trial_at_; }
  void begin_trial() { state_ = State::half_open; }
  void succeed(Monotonic now);
  // The trial failed, a command timed out, or the connection was lost. The wait until the next
  // trial doubles, from limits::redis_reconnect_wait_min to redis_reconnect_wait_max, unless it was
  // closed for that long.
  void fail(Monotonic now);
  // The next trial may begin at once: another server is meant.
  void forgive() { failures_ = 0, trial_at_ = {}; }

 private:
  State state_ = State::open;
  std::optional<Monotonic> healthy_since_;
  Monotonic trial_at_{};
  int failures_ = 0;  // since it was last closed for long
  std::minstd_rand random_;
};

}  // namespace rushline::redis
