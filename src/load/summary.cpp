// Figures derived from what a run saw; see summary.hpp.
#include "load/summary.hpp"

namespace rushline::load {

std::int64_t Summary::answered() const {
  std::int64_t count = 0;
  for (const Outcome outcome : all_outcomes) {
    if (outcome != Outcome::error && outcome != Outcome::timeout) {
      count += outcomes[to_index(outcome)];
    }
  }
  return count;
}

double Summary::answers_per_second() const {
  const double seconds_taken = std::chrono::duration<double>(elapsed).count();
  return seconds_taken > 0 ? static_cast<double>(answered()) / seconds_taken : 0;
}

}  // namespace rushline::load
