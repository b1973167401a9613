// A loop is asked to set its flag; database threads are judged by their counters.
#include "app/pulse.hpp"

#include <algorithm>

#include "core/limits.hpp"

namespace rushline::app {

bool Pulse::Turn::goes_on(const ops::UnitCounts& counts, Monotonic now) {
  const std::int64_t ended_now = counts.done + counts.refused + counts.failed;
  if (counts.waiting == 0 || ended_now != ended || turned_at == Monotonic{}) turned_at = now;
  ended = ended_now;
  return now - turned_at <= limits::database_turn_time_max;
}

// A loop that has not answered is not asked again, so that nothing piles up in it.
bool Pulse::loops_turn() {
  const bool all_heard =
      !is_posted_ || std::ranges::all_of(heard_, [](const auto& heard) { return heard.load(); });
  for (std::size_t i = 0; i < heard_.size(); ++i) {
    if (is_posted_ && !heard_[i]) continue;
    heard_[i] = false;
    loops_.post(i, [&heard = heard_[i]] { heard = true; });
  }
  is_posted_ = true;
  return all_heard;
}

bool Pulse::beats(Monotonic now) {
  const ops::DatabaseCounts counts = database_();
  const bool reads = reads_.goes_on(counts.reads, now);
  const bool writes = writes_.goes_on(counts.writes, now);
  return loops_turn() && reads && writes;
}

}  // namespace rushline::app
