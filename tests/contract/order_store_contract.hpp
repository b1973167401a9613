// What every OrderStore must do: give orders back as they were placed, find the unpaid ones, and
// refuse what must never be stored.
#pragma once

#include <vector>

#include "tests/contract/store_adapter.hpp"

namespace rushline::contract {

class OrderStoreContract : public StoreContract {
 protected:
  using OrderStatus = rushline::orders::OrderStatus;
  using Order = rushline::orders::Order;

  static Order order_of(std::string_view user, Timestamp created_at) {
    return {.id = {},
            .user = user_id(user),
            .status = OrderStatus::placed,
            .lines = {{product_id("z"), 2, {150}}, {product_id("a"), 1, {700}}},
            .subtotal = {1000},
            .discount = {100},
            .total = {900},
            .coupon_id = std::nullopt,
            .created_at = created_at,
            .expires_at = created_at + std::chrono::minutes(30),
            .completed_at = std::nullopt};
  }
  Result<OrderId> insert(const Order& order) {
    return write([&](Transaction& tx) { return orders().insert(tx, order); });
  }
  std::optional<Order> find(OrderId id) {
    return must(read([&](Transaction& tx) { return orders().find(tx, id); }));
  }
  Result<void> set_status(OrderId id, OrderStatus status, std::optional<Timestamp> completed_at) {
    return write(
        [&](Transaction& tx) { return orders().set_status(tx, id, status, completed_at); });
  }
  std::vector<OrderId> unpaid_until(Timestamp time, std::int64_t limit) {
    return must(read([&](Transaction& tx) { return orders().unpaid_until(tx, time, limit); }));
  }
  // A coupon that orders may name.
  CouponId issue_coupon() {
    return must(write([&](Transaction& tx) -> Result<CouponId> {
      coupons::CouponEvent event;
      event.name = "Drop";
      event.quantity = 1;
      event.discount = {Discount::Kind::fixed, 100};
      event.created_at = tx.now();
      const auto event_id = must(coupons().insert_event(tx, event));
      const coupons::Coupon coupon{.id = {},
                                   .event = event_id,
                                   .user = user_id("u"),
                                   .issue_no = 1,
                                   .seq = std::nullopt,
                                   .epoch = {1},
                                   .discount = event.discount,
                                   .issued_at = tx.now(),
                                   .expires_at = std::nullopt,
                                   .order_id = std::nullopt};
      return must(coupons().insert_coupons(tx, std::span(&coupon, 1))).front();
    }));
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OrderStoreContract);

TEST_P(OrderStoreContract, GivesBackAnOrderWithItsLinesInTheirOrder) {
  Order order = order_of("ann", now());
  order.coupon_id = issue_coupon();
  const OrderId id = must(insert(order));
  EXPECT_GE(id.value, 1);
  for (const bool locked : {false, true}) {
    const auto found = must(write(
        [&](Transaction& tx) { return locked ? orders().lock(tx, id) : orders().find(tx, id); }));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->id, id);
    EXPECT_EQ(found->user, order.user);
    EXPECT_EQ(found->status, OrderStatus::placed);
    EXPECT_EQ(found->lines, order.lines);
    EXPECT_EQ(found->subtotal.amount, 1000);
    EXPECT_EQ(found->discount.amount, 100);
    EXPECT_EQ(found->total.amount, 900);
    EXPECT_EQ(found->coupon_id, order.coupon_id);
    EXPECT_EQ(found->created_at, order.created_at);
    EXPECT_EQ(found->expires_at, order.expires_at);
    EXPECT_EQ(found->completed_at, std::nullopt);
  }
  EXPECT_FALSE(find({id.value + 1}).has_value());
}

TEST_P(OrderStoreContract, EveryOrderGetsAnIdOfItsOwn) {
  const OrderId first = must(insert(order_of("ann", now())));
  const OrderId second = must(insert(order_of("ann", now())));
  EXPECT_NE(first, second);
}

TEST_P(OrderStoreContract, KeepsStatusAndMomentOfCompletion) {
  const OrderId id = must(insert(order_of("ann", now())));
  const Timestamp completed_at = now() + std::chrono::microseconds(1);
  must(set_status(id, OrderStatus::completed, completed_at));
  EXPECT_EQ(find(id)->status, OrderStatus::completed);
  EXPECT_EQ(find(id)->completed_at, completed_at);
  must(set_status(id, OrderStatus::cancelled, completed_at));
  EXPECT_EQ(find(id)->status, OrderStatus::cancelled);
  EXPECT_EQ(find(id)->completed_at, completed_at);
  const OrderId unpaid = must(insert(order_of("ann", now())));
  must(set_status(unpaid, OrderStatus::expired, std::nullopt));
  EXPECT_EQ(find(unpaid)->status, OrderStatus::expired);
}

TEST_P(OrderStoreContract, FindsTheUnpaidOnesTheOldestFirst) {
  using namespace std::chrono_literals;
  const Timestamp start = now();
  const OrderId young = must(insert(order_of("ann", start + 3s)));
  const OrderId old = must(insert(order_of("ann", start)));
  const OrderId middle = must(insert(order_of("ann", start + 1s)));
  const OrderId paid = must(insert(order_of("ann", start)));
  must(set_status(paid, OrderStatus::completed, start));
  const Timestamp expiry = start + 30min;
  EXPECT_EQ(unpaid_until(expiry + 3s, 10), (std::vector{old, middle, young}));
  EXPECT_EQ(unpaid_until(expiry + 3s, 2), (std::vector{old, middle}));
  EXPECT_EQ(unpaid_until(expiry, 10), std::vector{old});
  EXPECT_EQ(unpaid_until(expiry - 1us, 10), std::vector<OrderId>{});
}

TEST_P(OrderStoreContract, TheSchemaRefusesSumsThatDoNotFit) {
  Order order = order_of("ann", now());
  order.total = {901};
  EXPECT_TRUE(insert(order).has_error());
  order.total = {-100};
  order.discount = {1100};
  EXPECT_TRUE(insert(order).has_error());
  EXPECT_TRUE(insert(order_of("ann", now())).has_value());
}

TEST_P(OrderStoreContract, TheSchemaRefusesAnEmptyLine) {
  Order order = order_of("ann", now());
  order.lines[1].quantity = 0;
  EXPECT_TRUE(insert(order).has_error());
  EXPECT_EQ(unpaid_until(order.expires_at, 10), std::vector<OrderId>{});
}

TEST_P(OrderStoreContract, TheSchemaRefusesACouponInTwoLiveOrders) {
  Order order = order_of("ann", now());
  order.coupon_id = issue_coupon();
  const OrderId first = must(insert(order));
  EXPECT_TRUE(insert(order).has_error());
  must(set_status(first, OrderStatus::cancelled, std::nullopt));
  const OrderId second = must(insert(order));
  must(set_status(second, OrderStatus::completed, now()));
  EXPECT_TRUE(insert(order).has_error());
}

TEST_P(OrderStoreContract, TheSchemaRefusesACouponThatDoesNotExist) {
  Order order = order_of("ann", now());
  order.coupon_id = CouponId{12345};
  EXPECT_TRUE(insert(order).has_error());
}

}  // namespace rushline::contract
