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
  // Of those who were told: from arrival until the place in line, or until the batch went to the
  // database; of those who were told a verdict: from there on, and the whole way.
  DurationTally admit;
  DurationTally settle;
  DurationTally verdict;

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
  std::int64_t waiting = 0;  // requests not answered, over all events
  std::chrono::microseconds oldest_wait{
      0};                    // of them, and of the first in a line that stands still
  std::int64_t events = 0;   // with something in memory
  std::int64_t holders = 0;  // remembered, over all events
};

}  // namespace rushline::coupons
