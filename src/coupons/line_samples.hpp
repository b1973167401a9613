// When the places of one line were given, in a few numbers however long the line is.
//
// Where nobody waits for a place here (`ack: queued`) this is all that is known of how long it
// waits. A plain table, used under the lock of its owner (coupons/line_desk.hpp).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/limits.hpp"
#include "core/time.hpp"
#include "coupons/coupon_event.hpp"

namespace rushline::coupons {

// Places that this server was given together.
struct LineSample {
  Sequence last = {};          // the highest of them
  Monotonic arrived;           // the first of their requests
  Monotonic given;             // the first of them
  std::int64_t places = 0;     // new ones: who pressed again has an older sample
  std::int64_t unwatched = 0;  // of these, those whose requests were told no more than a place
};

class LineSamples {
 public:
  // In the order of the line. What is no higher than the last sample is left out.
  void add(const LineSample& sample);
  // Takes those out whose places are all settled.
  std::vector<LineSample> take_through(Sequence mark);
  // When the first request arrived of those whose places are above the mark.
  std::optional<Monotonic> oldest_arrival(Sequence mark) const;
  void clear() { samples_.clear(); }

 private:
  void thin_out();

  std::deque<LineSample> samples_;  // rising; at most limits::line_samples_max
};

}  // namespace rushline::coupons
