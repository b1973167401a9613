// The one decision: a database transaction over a batch of arrivals, in their order.
//
// Lock the event row in its own statement, compare epoch and mark, look up who holds a coupon,
// decide, write the coupons, write the event. A rerun is harmless. Whichever way a request came in,
// it is settled here.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/shop_calendar.hpp"
#include "coupons/coupon_store.hpp"
#include "coupons/decide.hpp"
#include "coupons/waiting_room.hpp"

namespace rushline::coupons {

// What one arrival is told once the transaction has committed.
struct Settled {
  Outcome outcome = Outcome::sold_out;
  // Of `issued` and `already_issued`.
  CouponId coupon = {};
  std::int64_t issue_no = 0;
  Timestamp issued_at = {};
  std::optional<Timestamp> expires_at = std::nullopt;
  std::int64_t position = 0;  // of `queued`: the place in line, from 1
};

// Whether the batch was settled, or why nothing was written.
enum class Standing : std::uint8_t {
  settled,
  stale,   // the event is in another epoch, or goes the other way in
  moved,   // somebody else has settled from this mark on
  paused,  // who stands in line stays there
  early,   // a new round is due and may not be opened yet: to be settled again in a moment
};

struct Settlement {
  Standing standing = Standing::settled;
  std::vector<Settled> answers;  // one per arrival, in order; empty unless settled
  CouponEvent event;             // as it stands after the transaction
  Timestamp as_of;               // database time of the transaction
};

// Whether a raise whose time has come by the database's clock may open its round.
enum class NewRound : std::uint8_t { may_open, stays_closed };

// Settles arrivals that came in directly (the embedded default, and whenever Redis is away): the
// event's window is judged by database time, the mark stays. Stale unless the event is in direct
// mode and, if one is given, in that epoch. Early when a raise is due and `round` stays closed.
// Errc::not_found for an unknown event.
Result<Settlement> settle_direct(Transaction& transaction, CouponStore& store,
                                 const ShopCalendar& calendar, CouponEventId event,
                                 std::optional<Epoch> epoch, std::span<const UserId> arrivals,
                                 NewRound round = NewRound::may_open);

// The batch that was taken from the line behind `mark_read`, in the order of the line: everybody in
// it was admitted inside the window; only when the event was closed in a pause are they told
// closed. The mark moves to the last place in the same transaction. `places` is not empty.
// Errc::not_found for an unknown event.
Result<Settlement> settle_line(Transaction& transaction, CouponStore& store,
                               const ShopCalendar& calendar, CouponEventId event, Epoch epoch,
                               Sequence mark_read, std::span<const Place> places);

}  // namespace rushline::coupons
