// Short names for what tests of coupons need again and again.
#pragma once

#include <string>
#include <vector>

#include "coupons/coupon_event.hpp"
#include "tests/support/fake_coupon_store.hpp"

namespace rushline::tests {

inline UserId user(int number) { return *UserId::parse("user-" + std::to_string(number)); }

// The users `first` to `last`.
inline std::vector<UserId> users(int first, int last) {
  std::vector<UserId> made;
  for (int number = first; number <= last; ++number) made.push_back(user(number));
  return made;
}

inline coupons::CouponEvent sample_event(std::int64_t quantity) {
  coupons::CouponEvent event;
  event.name = "Friday drop";
  event.quantity = quantity;
  event.discount = {Discount::Kind::rate, 10};
  return event;
}

// Puts an event into the store; its id.
inline CouponEventId add_event(FakeCouponStore& store, const coupons::CouponEvent& event) {
  const CouponEventId id{static_cast<std::int64_t>(store.record.events.size()) + 1};
  store.record.events.emplace(id, event).first->second.id = id;
  return id;
}

}  // namespace rushline::tests
