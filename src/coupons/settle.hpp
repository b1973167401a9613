// The one decision: a database transaction over a batch of arrivals, in their order.
//
// Steps as in protocol.md: lock the event row in its own statement, look up who holds a coupon,
// decide, write the coupons, write the event. A rerun is harmless.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/shop_calendar.hpp"
#include "coupons/coupon_store.hpp"
#include "coupons/decide.hpp"

namespace rushline::coupons {

// What one arrival is told once the transaction has committed.
struct Settled {
  Outcome outcome = Outcome::sold_out;
  // Of `issued` and `already_issued`.
  CouponId coupon;
  std::int64_t issue_no = 0;
  Timestamp issued_at;
  std::optional<Timestamp> expires_at;
};

struct Settlement {
  std::vector<Settled> answers;  // one per arrival, in order
  CouponEvent event;             // as it stands after the transaction
};

// Settles arrivals that came in directly (the embedded default, and whenever Redis is away): the
// event's window is judged by database time, the mark stays.
// Errc::not_found for an unknown event.
Result<Settlement> settle_direct(Transaction& transaction, CouponStore& store,
                                 const ShopCalendar& calendar, CouponEventId event,
                                 std::span<const UserId> arrivals);

}  // namespace rushline::coupons
