// An order takes all or nothing, and gives back exactly what it took, once.
#include "orders/order_service.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/fake_order_ports.hpp"
#include "tests/support/fake_transaction.hpp"

namespace rushline::orders {
namespace {

using namespace std::chrono_literals;

ProductId product(std::string_view id) { return *ProductId::parse(id); }
UserId user(std::string_view id) { return *UserId::parse(id); }

const Timestamp noon = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 14} + 12h};

// A shop with tea (10 pieces for 1500) and cups (3 for 900), and a coupon of ana's.
struct Shop {
  tests::ShopState state{.products = {{product("tea"), {{1500}, 10}}, {product("cup"), {{900}, 3}}},
                         .coupons = {{CouponId{1}, {user("ana"), {Discount::Kind::rate, 10}}}},
                         .orders = {}};
  tests::FakeOrderStore orders{state};
  tests::FakeStock stock{state};
  tests::FakeCouponRedemption coupons{state};
  CompleteOrder complete_handler{orders};
  CancelOrder cancel_handler{orders, stock, coupons};
  OrderService service{orders, stock, coupons, complete_handler, cancel_handler};

  template <class Work>
  auto at(Timestamp now, Work work) {
    return tests::run_unit(state, now, work);
  }
  Result<Order> place(const PlaceOrder& command, Timestamp now = noon) {
    return at(now, [&](Transaction& t) { return service.place(t, command); });
  }
  Result<Order> complete(OrderId id, Timestamp now) {
    return at(now, [&](Transaction& t) { return service.complete(t, id); });
  }
  Result<Order> cancel(OrderId id, Timestamp now) {
    return at(now, [&](Transaction& t) { return service.cancel(t, id); });
  }
  Result<std::int64_t> expire(Timestamp now, std::int64_t limit = 100) {
    return at(now, [&](Transaction& t) { return service.expire_unpaid(t, limit); });
  }
  std::int64_t stock_of(std::string_view id) const { return state.products.at(product(id)).stock; }
  bool coupon_is_used() const { return state.coupons.at(CouponId{1}).used_by.has_value(); }
};

PlaceOrder two_teas_one_cup() {
  return {.user = user("ana"),
          .lines = {{product("tea"), 2}, {product("cup"), 1}},
          .coupon_id = CouponId{1}};
}

TEST(PlaceOrder, TakesStockAndCouponAtTodaysPrices) {
  Shop shop;
  const auto order = shop.place(two_teas_one_cup());
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(order->status, OrderStatus::placed);
  EXPECT_EQ(order->subtotal, Money{3900});
  EXPECT_EQ(order->discount, Money{390});
  EXPECT_EQ(order->total, Money{3510});
  EXPECT_EQ(order->created_at, noon);
  EXPECT_EQ(order->expires_at, noon + 30min);
  const std::vector<OrderLine> lines{{product("tea"), 2, {1500}}, {product("cup"), 1, {900}}};
  EXPECT_EQ(order->lines, lines);
  EXPECT_EQ(shop.stock_of("tea"), 8);
  EXPECT_EQ(shop.stock_of("cup"), 2);
  EXPECT_EQ(shop.state.coupons.at(CouponId{1}).used_by, order->id);
}

TEST(PlaceOrder, TakesNothingWhenOneLineIsOutOfStock) {
  Shop shop;
  PlaceOrder command = two_teas_one_cup();
  command.lines[1].quantity = 4;
  const auto refused = shop.place(command);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::out_of_stock);
  EXPECT_EQ(shop.stock_of("tea"), 10);
  EXPECT_EQ(shop.stock_of("cup"), 3);
  EXPECT_FALSE(shop.coupon_is_used());
  EXPECT_TRUE(shop.state.orders.empty());
}

TEST(PlaceOrder, TakesNothingWhenTheCouponIsNotThisUsers) {
  Shop shop;
  PlaceOrder command = two_teas_one_cup();
  command.user = user("bob");
  const auto refused = shop.place(command);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::coupon_not_usable);
  EXPECT_EQ(shop.stock_of("tea"), 10);
}

TEST(PlaceOrder, TakesACouponOnlyOnce) {
  Shop shop;
  ASSERT_TRUE(shop.place(two_teas_one_cup()).has_value());
  const auto again = shop.place(two_teas_one_cup());
  ASSERT_TRUE(again.has_error());
  EXPECT_EQ(again.error().code, Errc::coupon_not_usable);
  EXPECT_EQ(shop.stock_of("tea"), 8);
}

TEST(PlaceOrder, RefusesAnUnknownProduct) {
  Shop shop;
  const auto refused =
      shop.place({.user = user("ana"), .lines = {{product("gin"), 1}}, .coupon_id = {}});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::not_found);
}

TEST(PlaceOrder, PointsAtTheLineThatNamesAProductAgain) {
  Shop shop;
  const auto refused =
      shop.place({.user = user("ana"),
                  .lines = {{product("tea"), 1}, {product("cup"), 1}, {product("tea"), 2}},
                  .coupon_id = {}});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::invalid_input);
  EXPECT_EQ(refused.error().fields.at(0).field, "lines[2].product_id");
}

TEST(PlaceOrder, RefusesQuantitiesAndLineCountsOutOfBounds) {
  Shop shop;
  const auto code_of = [&](std::vector<PlaceOrder::Line> lines) {
    const auto refused = shop.place({user("ana"), std::move(lines), {}});
    return refused.has_error() ? refused.error().code : Errc::corrupt;
  };
  EXPECT_EQ(code_of({}), Errc::invalid_input);
  EXPECT_EQ(code_of({{product("tea"), 0}}), Errc::invalid_input);
  EXPECT_EQ(code_of({{product("tea"), -1}}), Errc::invalid_input);
  EXPECT_EQ(code_of({{product("tea"), limits::line_quantity_max + 1}}), Errc::invalid_input);
  std::vector<PlaceOrder::Line> many;
  for (std::size_t i = 0; i <= limits::order_lines_max; ++i) {
    many.push_back({product("p" + std::to_string(i)), 1});
  }
  EXPECT_EQ(code_of(many), Errc::invalid_input);
  EXPECT_EQ(shop.stock_of("tea"), 10);
}

TEST(PlaceOrder, RefusesASumThatNoClientCouldReadAndTakesNothing) {
  Shop shop;
  shop.state.products.at(product("tea")) = {{limits::price_max}, limits::stock_max};
  const auto refused =
      shop.place({.user = user("ana"), .lines = {{product("tea"), 1'000'000}}, .coupon_id = {}});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::invalid_input);
  EXPECT_EQ(shop.stock_of("tea"), limits::stock_max);
}

TEST(PlaceOrder, GivesAsLongToPayAsItIsTold) {
  Shop shop;
  OrderService strict{shop.orders,           shop.stock,          shop.coupons,
                      shop.complete_handler, shop.cancel_handler, 5min};
  const auto order =
      shop.at(noon, [&](Transaction& t) { return strict.place(t, two_teas_one_cup()); });
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(order->expires_at, noon + 5min);
}

TEST(CompleteOrder, SellsTheLinesAtThatMoment) {
  Shop shop;
  const OrderId id = shop.place(two_teas_one_cup())->id;
  const auto change =
      shop.at(noon + 10min, [&](Transaction& t) { return shop.complete_handler(t, id); });
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->order.status, OrderStatus::completed);
  EXPECT_EQ(change->order.completed_at, noon + 10min);
  EXPECT_EQ(change->ranking_targets(), change->order.lines);
  EXPECT_EQ(change->ranked_at(), noon + 10min);
  EXPECT_EQ(change->ranking_source(), "order:1");
}

TEST(CompleteOrder, SellsNothingWhenRepeated) {
  Shop shop;
  const OrderId id = shop.place(two_teas_one_cup())->id;
  ASSERT_TRUE(shop.complete(id, noon).has_value());
  const auto again =
      shop.at(noon + 2h, [&](Transaction& t) { return shop.complete_handler(t, id); });
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->order.status, OrderStatus::completed);
  EXPECT_EQ(again->order.completed_at, noon);
  EXPECT_TRUE(again->ranking_targets().empty());
}

TEST(CompleteOrder, IsTooLateFromTheMomentOfExpiryOnAlsoBeforeTheExpiryJobCame) {
  Shop shop;
  const OrderId id = shop.place(two_teas_one_cup())->id;
  const auto late = shop.complete(id, noon + 30min);
  ASSERT_TRUE(late.has_error());
  EXPECT_EQ(late.error().code, Errc::order_expired);
  EXPECT_TRUE(shop.complete(id, noon + 30min - 1us).has_value());
}

TEST(CompleteOrder, SaysWhyItRefuses) {
  Shop shop;
  const OrderId cancelled = shop.place(two_teas_one_cup())->id;
  ASSERT_TRUE(shop.cancel(cancelled, noon).has_value());
  EXPECT_EQ(shop.complete(cancelled, noon).error().code, Errc::order_cancelled);

  const OrderId expired = shop.place(two_teas_one_cup())->id;
  ASSERT_EQ(*shop.expire(noon + 30min), 1);
  EXPECT_EQ(shop.complete(expired, noon + 31min).error().code, Errc::order_expired);

  EXPECT_EQ(shop.complete(OrderId{99}, noon).error().code, Errc::not_found);
}

TEST(CancelOrder, GivesBackStockAndCouponOfAPlacedOrderAndTakesNoSaleBack) {
  Shop shop;
  const OrderId id = shop.place(two_teas_one_cup())->id;
  const auto change = shop.at(noon, [&](Transaction& t) { return shop.cancel_handler(t, id); });
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->order.status, OrderStatus::cancelled);
  EXPECT_TRUE(change->ranking_targets().empty());
  EXPECT_EQ(shop.stock_of("tea"), 10);
  EXPECT_EQ(shop.stock_of("cup"), 3);
  EXPECT_FALSE(shop.coupon_is_used());
}

TEST(CancelOrder, TakesASaleBackFromTheDayOnWhichItWasMade) {
  Shop shop;
  const OrderId id = shop.place(two_teas_one_cup())->id;
  ASSERT_TRUE(shop.complete(id, noon + 1min).has_value());
  const auto change =
      shop.at(noon + 48h, [&](Transaction& t) { return shop.cancel_handler(t, id); });
  ASSERT_TRUE(change.has_value());
  const std::vector<OrderLine> taken_back{{product("tea"), -2, {1500}},
                                          {product("cup"), -1, {900}}};
  EXPECT_EQ(change->ranking_targets(), taken_back);
  EXPECT_EQ(change->ranked_at(), noon + 1min);
  EXPECT_EQ(change->order.lines[0].quantity, 2);
  EXPECT_EQ(shop.state.orders.at(id).completed_at, noon + 1min);
  EXPECT_EQ(shop.stock_of("tea"), 10);
  EXPECT_FALSE(shop.coupon_is_used());
}

TEST(CancelOrder, GivesNothingBackTwice) {
  Shop shop;
  const OrderId id = shop.place(two_teas_one_cup())->id;
  ASSERT_TRUE(shop.complete(id, noon).has_value());
  ASSERT_TRUE(shop.cancel(id, noon).has_value());
  const auto again = shop.at(noon, [&](Transaction& t) { return shop.cancel_handler(t, id); });
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->ranking_targets().empty());
  EXPECT_EQ(shop.stock_of("tea"), 10);
}

TEST(CancelOrder, LeavesTheCouponToTheOrderThatUsesItMeanwhile) {
  Shop shop;
  const OrderId first = shop.place(two_teas_one_cup())->id;
  ASSERT_TRUE(shop.cancel(first, noon).has_value());
  const OrderId second = shop.place(two_teas_one_cup())->id;
  ASSERT_TRUE(shop.cancel(first, noon).has_value());
  EXPECT_EQ(shop.state.coupons.at(CouponId{1}).used_by, second);
}

TEST(CancelOrder, LeavesAnExpiredOrderExpired) {
  Shop shop;
  const OrderId id = shop.place(two_teas_one_cup())->id;
  ASSERT_EQ(*shop.expire(noon + 30min), 1);
  const auto cancelled = shop.cancel(id, noon + 31min);
  ASSERT_TRUE(cancelled.has_value());
  EXPECT_EQ(cancelled->status, OrderStatus::expired);
  EXPECT_EQ(shop.stock_of("tea"), 10);
}

TEST(ExpireUnpaid, GivesBackOnlyWhatIsUnpaidTooLong) {
  Shop shop;
  const OrderId old = shop.place(two_teas_one_cup())->id;
  const OrderId young = shop.place({user("bob"), {{product("tea"), 3}}, {}}, noon + 10min)->id;
  EXPECT_EQ(*shop.expire(noon + 30min - 1us), 0);
  EXPECT_EQ(*shop.expire(noon + 30min), 1);
  EXPECT_EQ(shop.state.orders.at(old).status, OrderStatus::expired);
  EXPECT_EQ(shop.state.orders.at(young).status, OrderStatus::placed);
  EXPECT_EQ(shop.stock_of("tea"), 7);
  EXPECT_FALSE(shop.coupon_is_used());
  EXPECT_EQ(*shop.expire(noon + 30min), 0);
}

TEST(ExpireUnpaid, DoesNotMoreThanItIsAskedFor) {
  Shop shop;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(shop.place({user("bob"), {{product("tea"), 1}}, {}}).has_value());
  }
  EXPECT_EQ(*shop.expire(noon + 1h, 2), 2);
  EXPECT_EQ(shop.stock_of("tea"), 7);
  EXPECT_EQ(*shop.expire(noon + 1h, 100), 3);
  EXPECT_EQ(shop.stock_of("tea"), 10);
}

TEST(ExpireUnpaid, NeverTouchesWhatWasPaid) {
  Shop shop;
  const OrderId id = shop.place(two_teas_one_cup())->id;
  ASSERT_TRUE(shop.complete(id, noon).has_value());
  EXPECT_EQ(*shop.expire(noon + 48h), 0);
  EXPECT_EQ(shop.state.orders.at(id).status, OrderStatus::completed);
}

// Whatever is done in whatever order: stock in the shop plus stock in living orders is what there
// was, the coupon is used by a living order or by none, and sales add up.
RC_GTEST_PROP(Orders, LoseAndDoubleNothing, ()) {
  Shop shop;
  Timestamp now = noon;
  std::map<OrderId, std::int64_t> sold;
  const auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    now += std::chrono::minutes(*rc::gen::inRange(0, 12));
    const OrderId id{*rc::gen::inRange<std::int64_t>(1, 8)};
    const auto note = [&](Result<OrderChange> change) -> Result<Order> {
      if (change.has_error()) return change.error();
      for (const OrderLine& line : change->ranking_targets()) sold[id] += line.quantity;
      return change->order;
    };
    switch (*rc::gen::inRange(0, 4)) {
      case 0: {
        const auto coupon = *rc::gen::arbitrary<bool>() ? std::optional(CouponId{1}) : std::nullopt;
        const auto quantity = *rc::gen::inRange<std::int64_t>(1, 6);
        (void)shop.place({user("ana"), {{product("tea"), quantity}, {product("cup"), 1}}, coupon},
                         now);
        break;
      }
      case 1:
        (void)shop.at(now, [&](auto& t) { return note(shop.complete_handler(t, id)); });
        break;
      case 2:
        (void)shop.at(now, [&](auto& t) { return note(shop.cancel_handler(t, id)); });
        break;
      default:
        (void)shop.expire(now, 3);
        break;
    }

    std::int64_t teas = shop.stock_of("tea");
    for (const auto& [order_id, order] : shop.state.orders) {
      const bool is_sold = order.status == OrderStatus::completed;
      const bool lives = is_sold || order.status == OrderStatus::placed;
      if (lives) teas += order.lines[0].quantity;
      const std::int64_t quantity = order.lines[0].quantity + order.lines[1].quantity;
      RC_ASSERT(sold[order_id] == (is_sold ? quantity : 0));
      if (shop.state.coupons.at(CouponId{1}).used_by == order_id) RC_ASSERT(lives);
    }
    RC_ASSERT(teas == 10);
    RC_ASSERT(shop.stock_of("tea") >= 0 && shop.stock_of("cup") >= 0);
  }
}

}  // namespace
}  // namespace rushline::orders
