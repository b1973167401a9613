// What every CouponStore must do: keep events and coupons as given, find them in their orders, and
// be the last guard against a coupon too many.
#pragma once

#include <string>
#include <vector>

#include "core/limits.hpp"
#include "tests/contract/store_adapter.hpp"

namespace rushline::contract {

class CouponStoreContract : public StoreContract {
 protected:
  using Coupon = rushline::coupons::Coupon;
  using CouponEvent = rushline::coupons::CouponEvent;

  static CouponEvent event_of(std::int64_t quantity, Timestamp created_at) {
    CouponEvent event;
    event.name = "Drop";
    event.quantity = quantity;
    event.discount = {Discount::Kind::rate, 20};
    event.created_at = created_at;
    return event;
  }
  CouponEventId add_event(std::int64_t quantity = 1'000) {
    return must(write(
        [&](Transaction& tx) { return coupons().insert_event(tx, event_of(quantity, tx.now())); }));
  }
  std::optional<CouponEvent> find(CouponEventId id) {
    return must(read([&](Transaction& tx) { return coupons().find_event(tx, id); }));
  }
  Result<void> update(const CouponEvent& event) {
    return write([&](Transaction& tx) { return coupons().update_event(tx, event); });
  }

  static Coupon coupon_of(CouponEventId event, std::int64_t issue_no, std::string_view user,
                          Timestamp issued_at = Timestamp{std::chrono::seconds(1'700'000'000)}) {
    return {.id = {},
            .event = event,
            .user = user_id(user),
            .issue_no = issue_no,
            .seq = std::nullopt,
            .epoch = {1},
            .discount = {Discount::Kind::rate, 20},
            .issued_at = issued_at,
            .expires_at = std::nullopt,
            .order_id = std::nullopt};
  }
  Result<std::vector<CouponId>> insert(const std::vector<Coupon>& batch) {
    return write([&](Transaction& tx) { return coupons().insert_coupons(tx, batch); });
  }
  std::vector<Coupon> coupons_after(CouponEventId event, std::int64_t after, std::int64_t limit) {
    return must(
        read([&](Transaction& tx) { return coupons().coupons_after(tx, event, after, limit); }));
  }
  static std::vector<std::int64_t> numbers(const std::vector<Coupon>& found) {
    std::vector<std::int64_t> numbers;
    for (const Coupon& coupon : found) numbers.push_back(coupon.issue_no);
    return numbers;
  }
  std::optional<Coupon> find(CouponId id) {
    return must(read([&](Transaction& tx) { return coupons().find_coupon(tx, id); }));
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CouponStoreContract);

inline void expect_same(const coupons::CouponEvent& a, const coupons::CouponEvent& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.quantity, b.quantity);
  EXPECT_EQ(a.issued, b.issued);
  EXPECT_EQ(a.discount, b.discount);
  EXPECT_EQ(a.ack, b.ack);
  EXPECT_EQ(a.coupon_valid_days, b.coupon_valid_days);
  EXPECT_EQ(a.opens_at, b.opens_at);
  EXPECT_EQ(a.closes_at, b.closes_at);
  EXPECT_EQ(a.closed_at, b.closed_at);
  EXPECT_EQ(a.sold_out_at, b.sold_out_at);
  EXPECT_EQ(a.paused, b.paused);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.mode, b.mode);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.replid, b.replid);
  EXPECT_EQ(a.mark, b.mark);
  EXPECT_EQ(a.raise, b.raise);
}

TEST_P(CouponStoreContract, GivesBackAnEventWithNothingSet) {
  const CouponEvent event = event_of(7, now());
  const auto id = must(write([&](Transaction& tx) { return coupons().insert_event(tx, event); }));
  const auto found = find(id);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, id);
  expect_same(*found, event);
  EXPECT_FALSE(find(CouponEventId{id.value + 1}).has_value());
}

TEST_P(CouponStoreContract, GivesBackAnEventWithEverythingSet) {
  using namespace std::chrono_literals;
  const Timestamp start = now();
  CouponEvent event = event_of(limits::event_quantity_max, start);
  event.discount = {Discount::Kind::fixed, 2'500};
  event.ack = coupons::Ack::queued;
  event.coupon_valid_days = 30;
  event.opens_at = start + 1us;
  const auto id = must(write([&](Transaction& tx) { return coupons().insert_event(tx, event); }));
  expect_same(*find(id), event);

  event.id = id;
  event.issued = 12;
  event.closes_at = start + 1h;
  event.closed_at = start + 2h;
  event.sold_out_at = start + 3h;
  event.paused = true;
  event.reason = "stock cöunt";
  event.mode = coupons::Mode::redis;
  event.epoch = {4};
  event.replid = "0123456789abcdef";
  event.mark = {(std::int64_t{4} << 32) + 17};
  event.raise = {limits::event_quantity_max, start + 4h};
  must(update(event));
  expect_same(*find(id), event);
  const auto locked = must(write([&](Transaction& tx) { return coupons().lock_event(tx, id); }));
  expect_same(*locked, event);

  event.raise.reset();
  event.closed_at.reset();
  must(update(event));
  expect_same(*find(id), event);
}

TEST_P(CouponStoreContract, ListsTheNewestEventsFirstPageByPage) {
  std::vector<CouponEventId> ids;
  for (int i = 0; i < 5; ++i) ids.insert(ids.begin(), add_event());
  std::vector<CouponEventId> listed;
  std::optional<CouponEventId> before;
  int pages = 0;
  do {
    const auto page =
        must(read([&](Transaction& tx) { return coupons().list_events(tx, before, 2); }));
    for (const CouponEvent& event : page.items) listed.push_back(event.id);
    before = page.next;
    ++pages;
  } while (before);
  EXPECT_EQ(listed, ids);
  EXPECT_EQ(pages, 3);
}

TEST_P(CouponStoreContract, GivesBackACouponWithEverythingSet) {
  const CouponEventId event = add_event();
  Coupon coupon = coupon_of(event, 3, "ann");
  coupon.seq = coupons::Sequence{(std::int64_t{2} << 32) + 5};
  coupon.epoch = {2};
  coupon.discount = {Discount::Kind::fixed, 700};
  coupon.expires_at = coupon.issued_at + std::chrono::hours(24);
  const CouponId id = must(insert({coupon})).front();
  EXPECT_GE(id.value, 1);
  EXPECT_LE(id.value, json_integer_max);
  for (const bool locked : {false, true}) {
    const auto found = must(write([&](Transaction& tx) {
      return locked ? coupons().lock_coupon(tx, id) : coupons().find_coupon(tx, id);
    }));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->id, id);
    EXPECT_EQ(found->event, event);
    EXPECT_EQ(found->user, coupon.user);
    EXPECT_EQ(found->issue_no, 3);
    EXPECT_EQ(found->seq, coupon.seq);
    EXPECT_EQ(found->epoch, coupon.epoch);
    EXPECT_EQ(found->discount, coupon.discount);
    EXPECT_EQ(found->issued_at, coupon.issued_at);
    EXPECT_EQ(found->expires_at, coupon.expires_at);
    EXPECT_EQ(found->order_id, std::nullopt);
  }
  EXPECT_FALSE(find(CouponId{id.value + 1}).has_value());
}

TEST_P(CouponStoreContract, EveryCouponOfEveryEventGetsAnIdOfItsOwn) {
  std::vector<CouponId> ids;
  for (int i = 0; i < 3; ++i) {
    const CouponEventId event = add_event();
    for (const CouponId id :
         must(insert({coupon_of(event, 1, "ann"), coupon_of(event, 2, "bob")}))) {
      ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids.size(), 6U);
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST_P(CouponStoreContract, TellsWhoOfABatchHoldsACouponOfThisEvent) {
  const CouponEventId event = add_event();
  const CouponEventId other = add_event();
  const auto ids = must(insert({coupon_of(event, 1, "ann"), coupon_of(event, 2, "bob")}));
  must(insert({coupon_of(other, 1, "cid")}));
  const std::vector<UserId> batch{user_id("dan"), user_id("bob"), user_id("cid"), user_id("Ann")};
  const auto found =
      must(read([&](Transaction& tx) { return coupons().holders(tx, event, batch); }));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].user, user_id("bob"));
  EXPECT_EQ(found[0].coupon, ids[1]);
  EXPECT_EQ(found[0].issue_no, 2);
  EXPECT_EQ(found[0].issued_at, coupon_of(event, 2, "bob").issued_at);
  EXPECT_EQ(found[0].expires_at, std::nullopt);
  EXPECT_TRUE(
      must(read([&](Transaction& tx) { return coupons().holders(tx, event, {}); })).empty());
}

TEST_P(CouponStoreContract, TheFeedOfAnEventIsInTheOrderOfItsNumbers) {
  const CouponEventId before = add_event();
  const CouponEventId event = add_event();
  const CouponEventId after = add_event();
  must(insert({coupon_of(after, 1, "x"), coupon_of(before, 1, "x"), coupon_of(before, 900, "y")}));
  must(insert({coupon_of(event, 2, "b"), coupon_of(event, 1, "c"), coupon_of(event, 4, "a"),
               coupon_of(event, 3, "d")}));
  using Numbers = std::vector<std::int64_t>;
  EXPECT_EQ(numbers(coupons_after(event, 0, 10)), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(numbers(coupons_after(event, 1, 2)), (Numbers{2, 3}));
  EXPECT_EQ(numbers(coupons_after(event, 4, 10)), Numbers{});
  EXPECT_EQ(numbers(coupons_after(event, -5, 1)), Numbers{1});
  EXPECT_EQ(numbers(coupons_after(event, json_integer_max, 1)), Numbers{});
  EXPECT_EQ(numbers(coupons_after({json_integer_max}, 0, 1)), Numbers{});
}

TEST_P(CouponStoreContract, CouponsOfAUserComeTheNewestFirstPageByPage) {
  using namespace std::chrono_literals;
  const Timestamp start = now();
  const CouponEventId old_event = add_event();
  const CouponEventId new_event = add_event();
  const CouponEventId third = add_event();
  must(insert({coupon_of(new_event, 5, "ann", start), coupon_of(old_event, 9, "ann", start + 1s),
               coupon_of(third, 1, "ann", start), coupon_of(third, 2, "bob", start)}));
  std::vector<CouponEventId> listed;
  std::optional<CouponId> before;
  do {
    const auto page = must(read(
        [&](Transaction& tx) { return coupons().coupons_of_user(tx, user_id("ann"), before, 1); }));
    ASSERT_EQ(page.items.size(), 1U);
    listed.push_back(page.items[0].event);
    before = page.next;
  } while (before);
  EXPECT_EQ(listed, (std::vector{old_event, third, new_event}));
}

TEST_P(CouponStoreContract, ACouponIsUsedByAnOrderAndGivenBack) {
  const CouponId id = must(insert({coupon_of(add_event(), 1, "ann")})).front();
  const OrderId order = must(write([&](Transaction& tx) {
    return orders().insert(tx, {.id = {},
                                .user = user_id("ann"),
                                .lines = {},
                                .subtotal = {},
                                .discount = {},
                                .total = {},
                                .coupon_id = id,
                                .created_at = tx.now(),
                                .expires_at = tx.now(),
                                .completed_at = std::nullopt});
  }));
  must(write([&](Transaction& tx) { return coupons().set_order(tx, id, order); }));
  EXPECT_EQ(find(id)->order_id, order);
  must(write([&](Transaction& tx) { return coupons().set_order(tx, id, std::nullopt); }));
  EXPECT_EQ(find(id)->order_id, std::nullopt);
}

TEST_P(CouponStoreContract, StoresTheLargestBatchAtOnce) {
  const CouponEventId event = add_event();
  std::vector<Coupon> batch;
  for (std::size_t i = 1; i <= limits::settle_batch_max; ++i) {
    batch.push_back(coupon_of(event, static_cast<std::int64_t>(i), "user-" + std::to_string(i)));
  }
  EXPECT_EQ(must(insert(batch)).size(), limits::settle_batch_max);
  const auto last = static_cast<std::int64_t>(limits::settle_batch_max);
  EXPECT_EQ(numbers(coupons_after(event, last - 1, 10)), std::vector{last});
}

// The last guards, whatever the code does.

TEST_P(CouponStoreContract, TheSchemaRefusesASecondCouponOfAUserAndItsWholeBatch) {
  const CouponEventId event = add_event();
  must(insert({coupon_of(event, 1, "ann")}));
  EXPECT_TRUE(insert({coupon_of(event, 2, "bob"), coupon_of(event, 3, "ann")}).has_error());
  EXPECT_EQ(numbers(coupons_after(event, 0, 10)), std::vector<std::int64_t>{1});
  EXPECT_TRUE(insert({coupon_of(add_event(), 1, "ann")}).has_value());
}

TEST_P(CouponStoreContract, TheSchemaRefusesANumberThatWasGiven) {
  const CouponEventId event = add_event();
  must(insert({coupon_of(event, 1, "ann")}));
  EXPECT_TRUE(insert({coupon_of(event, 1, "bob")}).has_error());
  EXPECT_EQ(coupons_after(event, 0, 10).front().user, user_id("ann"));
}

TEST_P(CouponStoreContract, TheSchemaRefusesANumberBelowOne) {
  const CouponEventId event = add_event();
  EXPECT_TRUE(insert({coupon_of(event, 0, "ann")}).has_error());
  EXPECT_TRUE(coupons_after(event, -1, 10).empty());
}

TEST_P(CouponStoreContract, TheSchemaRefusesMoreIssuedThanThereAre) {
  CouponEvent event = *find(add_event(7));
  event.issued = 8;
  EXPECT_TRUE(update(event).has_error());
  event.issued = -1;
  EXPECT_TRUE(update(event).has_error());
  event.issued = 7;
  EXPECT_TRUE(update(event).has_value());
  event.quantity = 6;
  EXPECT_TRUE(update(event).has_error());
  EXPECT_EQ(find(event.id)->quantity, 7);
  EXPECT_EQ(find(event.id)->issued, 7);
}

TEST_P(CouponStoreContract, TheSchemaRefusesACouponOfNoEvent) {
  const CouponEventId event = add_event();
  EXPECT_TRUE(insert({coupon_of({event.value + 1}, 1, "ann")}).has_error());
}

TEST_P(CouponStoreContract, TheSchemaRefusesACouponUsedByAnOrderThatDoesNotExist) {
  const CouponId id = must(insert({coupon_of(add_event(), 1, "ann")})).front();
  EXPECT_TRUE(write([&](Transaction& tx) {
                return coupons().set_order(tx, id, OrderId{999});
              }).has_error());
  EXPECT_EQ(find(id)->order_id, std::nullopt);
}

}  // namespace rushline::contract
