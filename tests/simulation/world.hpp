// What every simulated world stands on: its dice, its clock, its story.
//
// Everything in a world runs on the calling thread, and nothing in it asks the machine for time or
// chance, so a seed is a world. Every happening has a microsecond of its own: what ended before
// something else began can be told by the clock alone.
#pragma once

#include "tests/simulation/dice.hpp"
#include "tests/simulation/story.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::tests {

struct World {
  World(std::uint64_t seed, Telling telling, Timestamp start)
      : dice(seed), clock(start), story(clock, telling) {}

  void tick() { clock.advance(std::chrono::microseconds{1}); }
  // Microseconds of the one clock, as histories have them.
  std::int64_t now_us() const { return clock.now().time_since_epoch().count(); }

  Dice dice;
  ManualClock clock;
  Story story;
};

// The clock of one server's machine, which is wrong by a fixed time. Its monotonic clock is not.
class ServerClock final : public Clock {
 public:
  ServerClock(const Clock& clock, std::chrono::microseconds error) : clock_(clock), error_(error) {}

  Timestamp now() const override { return clock_.now() + error_; }
  Monotonic monotonic() const override { return clock_.monotonic(); }

 private:
  const Clock& clock_;                     // constant
  const std::chrono::microseconds error_;  // constant
};

}  // namespace rushline::tests
