// The promises about coupon events: S1, S2, gapless numbers, numbers in the order of the line.
//
// Fed with the rows in the order of (event, issue number); holds the users of one event at a time.
#pragma once

#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "coupons/coupon_event.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

class EventChecks {
 public:
  // `only` leaves out the coupons of every other event.
  EventChecks(const std::vector<coupons::CouponEvent>& events, std::optional<CouponEventId> only);

  void see(const coupons::Coupon& coupon);
  // After the last coupon.
  std::vector<Check> finish();

 private:
  struct EventSeen {
    const coupons::CouponEvent* event = nullptr;
    std::int64_t coupons = 0;
    std::int64_t last_number = 0;
  };

  void begin_event(CouponEventId id);
  void see_place(const coupons::Coupon& coupon);

  const std::optional<CouponEventId> only_;  // constant
  std::unordered_map<CouponEventId, EventSeen> seen_;
  std::optional<CouponEventId> current_;
  std::unordered_set<UserId> users_;             // of the current event
  std::optional<coupons::Epoch> last_epoch_;     // of the current event
  std::optional<coupons::Sequence> last_place_;  // of the current event
  Check quantity_;
  Check one_per_user_;
  Check numbers_;
  Check line_order_;
};

}  // namespace rushline::verify
