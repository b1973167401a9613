// What an Admission has done since the start, and what waits in it now, as plain numbers.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "core/histogram.hpp"
#include "coupons/decide.hpp"

namespace rushline::coupons {

// What requests were told after a look at the database; verdicts told from memory are not in here.
struct AnswerCounts {
  std::array<std::int64_t, outcome_count> outcomes = {};  // by Outcome
  std::int64_t failures = 0;                              // told an error
  // The stages of the way, and the whole of it (docs/metrics.md):
  DurationTally admit;    // of those who were told: to the place in line, or to the database
  DurationTally settle;   // from there until it was decided, whether or not anybody waits
  DurationTally tell;     // of those who were told a verdict: from there until they were
  DurationTally verdict;  // from arrival until told; of those told `queued`, until decided

  std::int64_t of(Outcome outcome) const { return outcomes[static_cast<std::size_t>(outcome)]; }
};

struct LineCounts {
  SizeTally admits;                // calls that asked for places, by how many users they had
  SizeTally drains;                // transactions that settled places, by how many
  std::int64_t moved = 0;          // settlings that another server had done
  std::int64_t entered_again = 0;  // requests whose place was lost or of an older epoch
  std::int64_t lines_left = 0;     // events taken out of the line by this server
  std::int64_t lines_opened = 0;   // events brought (back) to the line by this server
  // Now:
  std::int64_t waiting = 0;  // places in line that are waited for here
  std::int64_t lines = 0;    // events in the line, of those in memory
  std::int64_t places = 0;   // in all lines together, as the waiting room last told
  std::int64_t longest = 0;  // places in the longest of them
  // By the last look at the rows (limits::line_look_interval), the same on every server:
  std::int64_t looked_at = 0;          // events of that look
  std::int64_t undecided_in_line = 0;  // events that are neither sold out nor closed
  std::int64_t undecided_direct = 0;
  std::int64_t epoch_max = 0;  // of these
};

struct AdmissionCounts {
  AnswerCounts answers;
  SizeTally direct_batches;               // transactions of the direct way, by their requests
  std::int64_t retries = 0;               // batches settled again because the database had failed
  std::int64_t shed = 0;                  // requests refused: too many waited
  std::int64_t issued = 0;                // coupons, by transactions of this server
  std::int64_t holders_from_memory = 0;   // told their coupon without a look at the database
  std::int64_t sold_out_from_memory = 0;  // told so without
  LineCounts line;
  // Now:
  std::int64_t waiting = 0;                  // requests not answered, over all events
  std::chrono::microseconds oldest_wait{0};  // of them, and of the first in a line
  std::chrono::microseconds still{0};  // for which an event decided nobody though somebody waits
  std::int64_t direct_waiting = 0;  // requests of the event of the direct way with the least room
  std::int64_t direct_room = 0;     // that may wait for it; 0 when nobody waits directly
  std::int64_t events = 0;          // with something in memory
  std::int64_t holders = 0;         // remembered, over all events
};

}  // namespace rushline::coupons
