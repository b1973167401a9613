// Who waits for a verdict: L1, the part of S6 that speaks of those who wait at rest, and that a
// place in line is kept.
#pragma once

#include <vector>

#include "verify/drop.hpp"
#include "verify/grace.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

struct WaitingBounds {
  std::int64_t decided_within_us = 0;
  std::int64_t decided_after_fault_us = 0;
  std::int64_t raise_delay_us = 0;
  std::int64_t line_length_max = 0;  // places behind that are not held to the bound
};

class WaitingChecks {
 public:
  // `rest_us`: when everything had come to rest.
  WaitingChecks(const std::vector<Fault>& faults, const WaitingBounds& bounds,
                std::int64_t rest_us);

  void see(const Drop& drop);
  // L1, S6 at rest, line order.
  std::vector<Check> finish();

 private:
  // When what must happen to one event need not happen.
  struct Weather {
    Grace deadlines;                 // faults and pauses
    Grace rounds;                    // raises: a new round has a new line
    bool is_at_work_at_rest = true;  // neither paused nor closed
    std::int64_t first_close_us = never_us;
  };

  Weather weather_of(const Drop& drop) const;
  void check_answer(const SeenPress& seen, const Weather& weather);
  void check_asker(const Drop& drop, const Asker& asker, const Weather& weather);
  void check_rest(const Drop& drop, const Asker& asker, const Weather& weather);
  void check_positions(const Drop& drop, const Weather& weather);
  void check_overtaking(const Drop& drop, const Weather& weather);
  static bool is_placed_before(const Asker& a, const Asker& b);
  void find_overtaken(const Drop& drop, const std::vector<const Asker*>& placed);

  WaitingBounds bounds_;
  std::int64_t rest_us_;
  std::vector<Excuse> faults_;
  Grace fault_weather_;
  Check decided_{.promise = "L1", .states = "every request is decided within its time"};
  Check at_rest_{.promise = "S6", .states = "nobody who stands in line is left while coupons are"};
  Check places_{.promise = "line order", .states = "who has a place in line keeps it"};
};

}  // namespace rushline::verify
