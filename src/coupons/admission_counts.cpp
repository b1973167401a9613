// Reads the counters, and looks at each desk for what waits now.
#include "coupons/admission_counts.hpp"

#include <algorithm>

#include "coupons/admission_state.hpp"

namespace rushline::coupons {
namespace {

// Since when the first of those who wait at this desk waits; nothing when nobody does.
std::optional<Monotonic> waiting_since(const EventDesk& desk) {
  const auto here = desk.oldest_arrival();
  const auto in_line = desk.line.waiting_since();
  if (here && in_line) return std::min(*here, *in_line);
  return here ? here : in_line;
}

// Since when nobody of those who wait at this desk was decided; nothing when nobody waits.
std::optional<Monotonic> still_since(const EventDesk& desk) {
  const auto here = desk.still_since();
  const auto in_line = desk.line.still_since();
  if (here && in_line) return std::min(*here, *in_line);
  return here ? here : in_line;
}

// Keeps the desk that has used up more of its room than those before.
void note_fullest(const EventDesk& desk, AdmissionCounts& counts) {
  const std::int64_t waiting = desk.waiting();
  if (waiting == 0) return;
  const std::int64_t room = desk.room();
  if (counts.direct_room != 0 && waiting * counts.direct_room <= counts.direct_waiting * room) {
    return;
  }
  counts.direct_waiting = waiting;
  counts.direct_room = room;
}

LineCounts read_line(const LineCounters& line) {
  LineCounts counts;
  counts.admits = line.admits.read();
  counts.drains = line.drains.read();
  counts.moved = line.moved;
  counts.entered_again = line.entered_again;
  counts.lines_left = line.lines_left;
  counts.lines_opened = line.lines_opened;
  counts.looked_at = line.looked_at;
  counts.undecided_in_line = line.undecided_in_line;
  counts.undecided_direct = line.undecided_direct;
  counts.epoch_max = line.epoch_max;
  return counts;
}

}  // namespace

AdmissionCounts Admission::State::counts() const {
  AdmissionCounts counts;
  counts.answers = answers.read();
  counts.direct_batches = direct_batches.read();
  counts.retries = retries;
  counts.shed = requests_shed;
  counts.issued = issued;
  counts.holders_from_memory = told_from_memory.read(holders_told);
  counts.sold_out_from_memory = told_from_memory.read(sold_out_told);
  counts.line = read_line(line);
  counts.waiting = requests_waiting;
  counts.events = static_cast<std::int64_t>(desks.size());
  counts.holders = static_cast<std::int64_t>(desks.holders());
  const Monotonic now = clock.monotonic();
  Monotonic oldest = now;
  Monotonic stillest = now;
  desks.visit_all([&](const Desk& desk) {
    counts.line.waiting += static_cast<std::int64_t>(desk->line.waiting());
    const std::int64_t places = desk->line.line_size();
    counts.line.places += places;
    counts.line.longest = std::max(counts.line.longest, places);
    const LineDesk::Way way = desk->line.way();
    if (way.is_known && way.mode == Mode::redis) ++counts.line.lines;
    if (goes_directly(*desk)) note_fullest(*desk, counts);
    oldest = std::min(oldest, waiting_since(*desk).value_or(now));
    stillest = std::min(stillest, still_since(*desk).value_or(now));
  });
  counts.oldest_wait = std::chrono::duration_cast<std::chrono::microseconds>(now - oldest);
  counts.still = std::chrono::duration_cast<std::chrono::microseconds>(now - stillest);
  return counts;
}

}  // namespace rushline::coupons
