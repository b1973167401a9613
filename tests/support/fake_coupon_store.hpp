// Events and coupons in maps, with the guards of the real schema: what it would refuse is
// Errc::unavailable here too.
//
// The state is a value that can be copied, so that a test can undo a failed unit
// (FakeDatabase::undoes).
#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "coupons/coupon_store.hpp"

namespace rushline::tests {

struct CouponRecord {
  std::map<CouponEventId, coupons::CouponEvent> events;
  std::map<CouponId, coupons::Coupon> coupons;
  std::map<std::pair<CouponEventId, UserId>, CouponId> by_user;
  std::map<std::pair<CouponEventId, std::int64_t>, CouponId> by_number;
};

// Called by one thread at a time.
class FakeCouponStore final : public coupons::CouponStore {
 public:
  CouponRecord record;
  int updates = 0;           // calls of update_event
  int pages_of_coupons = 0;  // calls of coupons_after

  Result<CouponEventId> insert_event(Transaction&, const coupons::CouponEvent& event) override {
    const CouponEventId id{static_cast<std::int64_t>(record.events.size()) + 1};
    record.events.emplace(id, event).first->second.id = id;
    return id;
  }

  Result<std::optional<coupons::CouponEvent>> find_event(Transaction&, CouponEventId id) override {
    return find(record.events, id);
  }
  Result<std::optional<coupons::CouponEvent>> lock_event(Transaction&, CouponEventId id) override {
    return find(record.events, id);
  }

  Result<Page<coupons::CouponEvent, CouponEventId>> list_events(Transaction&,
                                                                std::optional<CouponEventId> before,
                                                                std::int64_t limit) override {
    return newest_first<CouponEventId>(record.events, before, limit,
                                       [](const coupons::CouponEvent&) { return true; });
  }

  Result<std::vector<coupons::CouponEvent>> undecided_events(Transaction&, Timestamp closed_after,
                                                             std::int64_t limit) override {
    std::vector<coupons::CouponEvent> found;
    for (auto at = record.events.rbegin(); at != record.events.rend(); ++at) {
      const coupons::CouponEvent& event = at->second;
      const bool is_over = (event.closed_at && *event.closed_at < closed_after) ||
                           (event.closes_at && *event.closes_at < closed_after);
      if (event.sold_out_at || is_over) continue;
      if (static_cast<std::int64_t>(found.size()) < limit) found.push_back(event);
    }
    return found;
  }

  Result<void> update_event(Transaction&, const coupons::CouponEvent& event) override {
    ++updates;
    if (event.issued < 0 || event.issued > event.quantity) return refuse("issued");
    record.events.at(event.id) = event;
    return {};
  }

  Result<std::vector<coupons::Holder>> holders(Transaction&, CouponEventId event,
                                               std::span<const UserId> users) override {
    std::map<UserId, coupons::Holder> found;
    for (const UserId& user : users) {
      const auto at = record.by_user.find({event, user});
      if (at == record.by_user.end()) continue;
      const coupons::Coupon& coupon = record.coupons.at(at->second);
      found.emplace(user, coupons::Holder{user, coupon.id, coupon.issue_no, coupon.issued_at,
                                          coupon.expires_at, coupon.seq});
    }
    std::vector<coupons::Holder> listed;
    for (const auto& each : found) listed.push_back(each.second);
    return listed;
  }

  Result<std::vector<CouponId>> insert_coupons(Transaction&,
                                               std::span<const coupons::Coupon> coupons) override {
    std::vector<CouponId> ids;
    for (const coupons::Coupon& coupon : coupons) {
      // Not the issue number, so that a test notices when the two are mixed up.
      const CouponId id{static_cast<std::int64_t>(record.coupons.size()) + 1001};
      if (coupon.issue_no < 1) return refuse("issue_no");
      if (!record.by_user.emplace(std::pair(coupon.event, coupon.user), id).second) {
        return refuse("(event, user)");
      }
      if (!record.by_number.emplace(std::pair(coupon.event, coupon.issue_no), id).second) {
        return refuse("(event, issue_no)");
      }
      record.coupons.emplace(id, coupon).first->second.id = id;
      ids.push_back(id);
    }
    return ids;
  }

  Result<std::vector<coupons::Coupon>> coupons_after(Transaction&, CouponEventId event,
                                                     std::int64_t after,
                                                     std::int64_t limit) override {
    ++pages_of_coupons;
    std::vector<coupons::Coupon> found;
    for (auto at = record.by_number.upper_bound({event, after});
         at != record.by_number.end() && at->first.first == event &&
         static_cast<std::int64_t>(found.size()) < limit;
         ++at) {
      found.push_back(record.coupons.at(at->second));
    }
    return found;
  }

  Result<Page<coupons::Coupon, CouponId>> coupons_of_user(Transaction&, const UserId& user,
                                                          std::optional<CouponId> before,
                                                          std::int64_t limit) override {
    return newest_first<CouponId>(record.coupons, before, limit,
                                  [&](const coupons::Coupon& each) { return each.user == user; });
  }

  Result<std::optional<coupons::Coupon>> find_coupon(Transaction&, CouponId id) override {
    return find(record.coupons, id);
  }
  Result<std::optional<coupons::Coupon>> lock_coupon(Transaction&, CouponId id) override {
    return find(record.coupons, id);
  }
  Result<void> set_order(Transaction&, CouponId id, std::optional<OrderId> order) override {
    record.coupons.at(id).order_id = order;
    return {};
  }

 private:
  static Error refuse(const char* what) {
    return fail(Errc::unavailable, std::string("The fake schema refuses: ") + what);
  }

  template <class Key, class Value>
  static std::optional<Value> find(const std::map<Key, Value>& map, Key key) {
    const auto at = map.find(key);
    return at == map.end() ? std::nullopt : std::optional(at->second);
  }

  template <class Key, class Value, class Wanted>
  static Page<Value, Key> newest_first(const std::map<Key, Value>& map, std::optional<Key> before,
                                       std::int64_t limit, Wanted wanted) {
    Page<Value, Key> page;
    for (auto at = before ? map.lower_bound(*before) : map.end(); at != map.begin();) {
      --at;
      if (!wanted(at->second)) continue;
      if (static_cast<std::int64_t>(page.items.size()) == limit) {
        page.next = page.items.back().id;
        break;
      }
      page.items.push_back(at->second);
    }
    return page;
  }
};

}  // namespace rushline::tests
