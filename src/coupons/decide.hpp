// The pure heart of settle: who of a batch gets a coupon, and what everybody is told.
//
// No I/O, no clock. Run by coupons/settle.cpp inside the transaction that holds the event's row; it
// is the only place that gives out issue numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rushline::coupons {

// How one request of a batch ends.
enum class Outcome : std::uint8_t {
  issued,          // gets a coupon now
  already_issued,  // holds one, from before or from earlier in this batch
  sold_out,        // the whole quantity is given to others
  closed,          // the event is over; not a verdict
  not_open,        // not a verdict
  paused,          // not a verdict

  // Never of decide: what a request is told that the line keeps, or does not take.
  queued,     // has a place in line; not decided yet
  line_full,  // has no place
};
inline constexpr std::size_t outcome_count = 8;

// What decide needs to know of the event, at database time.
struct EventTally {
  std::int64_t quantity = 0;
  std::int64_t issued = 0;
  bool paused = false;
  bool open_yet = true;
  bool closed = false;
};

struct Arrival {
  bool holds_coupon = false;
  // Index of an earlier arrival of the same user in this batch; nothing (-1) if there is none.
  std::int32_t same_user_as = -1;
};

struct Ruling {
  Outcome outcome = Outcome::sold_out;
  std::int64_t issue_no = 0;  // of an `issued` one
};

struct Decision {
  std::vector<Ruling> rulings;  // one per arrival, in order
  std::int64_t issued = 0;      // of the event afterwards
};

// In order, never more than the quantity; those who do not get one never undo those before them.
// A second arrival of a user shares the fate of the first: already_issued if that one was issued or
// holds a coupon, else the same outcome.
Decision decide(const EventTally& event, std::span<const Arrival> arrivals);

}  // namespace rushline::coupons
