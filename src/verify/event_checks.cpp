// Holds the coupons of each event against S1, S2 and the rules of their numbers.
#include "verify/event_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rushline::verify {

using coupons::Coupon;
using coupons::CouponEvent;

EventChecks::EventChecks(const std::vector<CouponEvent>& events, std::optional<CouponEventId> only)
    : only_(only),
      quantity_{.promise = "S1",
                .states = "coupons issued never exceed the quantity, and are as many as counted"},
      one_per_user_{.promise = "S2", .states = "a user gets at most one coupon per event"},
      numbers_{.promise = "numbers",
               .states = "coupons are numbered 1, 2, 3 without gap or double"},
      line_order_{.promise = "line order",
                  .states = "numbers follow the order of the line: (epoch, sequence)"} {
  for (const CouponEvent& event : events) {
    if (!only_ || event.id == *only_) seen_[event.id].event = &event;
  }
}

void EventChecks::begin_event(CouponEventId id) {
  current_ = id;
  users_.clear();
  last_epoch_.reset();
  last_place_.reset();
}

void EventChecks::see(const Coupon& coupon) {
  if (only_ && coupon.event != *only_) return;
  if (current_ != coupon.event) begin_event(coupon.event);
  EventSeen& event = seen_[coupon.event];
  ++event.coupons;

  ++one_per_user_.rows;
  if (!users_.insert(coupon.user).second) {
    one_per_user_.find(fmt::format("event {}: user {} holds a second coupon, {}",
                                   coupon.event.value, coupon.user.view(), coupon.id.value));
  }

  ++numbers_.rows;
  if (coupon.issue_no != event.last_number + 1) {
    numbers_.find(fmt::format("event {}: coupon {} has number {} after number {}",
                              coupon.event.value, coupon.id.value, coupon.issue_no,
                              event.last_number));
  }
  event.last_number = coupon.issue_no;
  see_place(coupon);
}

// Sequences rise over all epochs; a coupon that came in directly has none.
void EventChecks::see_place(const Coupon& coupon) {
  ++line_order_.rows;
  if (last_epoch_ && coupon.epoch < *last_epoch_) {
    line_order_.find(fmt::format("event {}: number {} is of epoch {}, the one before of epoch {}",
                                 coupon.event.value, coupon.issue_no, coupon.epoch.value,
                                 last_epoch_->value));
  }
  last_epoch_ = coupon.epoch;
  if (!coupon.seq) return;
  if (last_place_ && *coupon.seq <= *last_place_) {
    line_order_.find(fmt::format("event {}: number {} came from place {}, an earlier one from {}",
                                 coupon.event.value, coupon.issue_no, coupon.seq->value,
                                 last_place_->value));
  }
  last_place_ = coupon.seq;
}

std::vector<Check> EventChecks::finish() {
  std::vector<std::pair<CouponEventId, EventSeen>> events(seen_.begin(), seen_.end());
  std::sort(events.begin(), events.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [id, seen] : events) {
    ++quantity_.rows;
    if (seen.event == nullptr) {
      quantity_.find(
          fmt::format("event {} does not exist and has {} coupons", id.value, seen.coupons));
      continue;
    }
    // A raise that is not effective yet allows nothing.
    const std::int64_t allowed = seen.event->quantity;
    if (seen.event->issued > allowed || seen.coupons > allowed) {
      quantity_.find(fmt::format("event {}: {} coupons, counted as {}, of a quantity of {}",
                                 id.value, seen.coupons, seen.event->issued, allowed));
    } else if (seen.event->issued != seen.coupons) {
      quantity_.find(fmt::format("event {} counts {} coupons, but {} are stored", id.value,
                                 seen.event->issued, seen.coupons));
    }
  }
  return {std::move(quantity_), std::move(one_per_user_), std::move(numbers_),
          std::move(line_order_)};
}

}  // namespace rushline::verify
