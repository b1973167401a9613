// Prices are exact, and an order never leaves an end it has reached.
#include "orders/order.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rushline::orders {
namespace {

OrderLine line(std::int64_t quantity, std::int64_t price) {
  return {*ProductId::parse("p"), quantity, {price}};
}

TEST(PriceOf, AddsQuantityTimesPrice) {
  const auto price = price_of({line(2, 1500), line(1, 999)}, std::nullopt);
  ASSERT_TRUE(price.has_value());
  EXPECT_EQ(price->subtotal, Money{3999});
  EXPECT_EQ(price->discount, Money{0});
  EXPECT_EQ(price->total, Money{3999});
}

TEST(PriceOf, RoundsARateDown) {
  const auto price = price_of({line(1, 999)}, Discount{Discount::Kind::rate, 10});
  ASSERT_TRUE(price.has_value());
  EXPECT_EQ(price->discount, Money{99});
  EXPECT_EQ(price->total, Money{900});
}

TEST(PriceOf, NeverTakesOffMoreThanTheSubtotal) {
  const auto price = price_of({line(1, 999)}, Discount{Discount::Kind::fixed, 5000});
  ASSERT_TRUE(price.has_value());
  EXPECT_EQ(price->discount, Money{999});
  EXPECT_EQ(price->total, Money{0});
}

TEST(PriceOf, TakesASumThatJsonCanStillCarryAndRefusesOneMore) {
  EXPECT_TRUE(price_of({line(1, json_integer_max - 1), line(1, 1)}, std::nullopt).has_value());
  const auto refused = price_of({line(1, json_integer_max), line(1, 1)}, std::nullopt);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::invalid_input);
  EXPECT_EQ(refused.error().fields.at(0).field, "lines");
}

TEST(PriceOf, RefusesAProductThatDoesNotFitAnInteger) {
  EXPECT_TRUE(price_of({line(1'000'000, 1'000'000'000'000'000)}, std::nullopt).has_error());
}

RC_GTEST_PROP(PriceOf, IsWhatPeopleWouldCalculate, ()) {
  const auto count = *rc::gen::inRange(1, 20);
  std::vector<OrderLine> lines;
  std::int64_t sum = 0;
  for (int i = 0; i < count; ++i) {
    const auto quantity = *rc::gen::inRange<std::int64_t>(1, 1000);
    const auto unit = *rc::gen::inRange<std::int64_t>(0, 100'000'000);
    lines.push_back(line(quantity, unit));
    sum += quantity * unit;
  }
  const bool is_rate = *rc::gen::arbitrary<bool>();
  const auto value = is_rate ? *rc::gen::inRange<std::int64_t>(1, 101)
                             : *rc::gen::inRange<std::int64_t>(1, 10'000'000'000);
  const Discount discount{is_rate ? Discount::Kind::rate : Discount::Kind::fixed, value};

  const auto price = price_of(lines, discount);
  RC_ASSERT(price.has_value());
  const std::int64_t off = is_rate ? sum * value / 100 : std::min(sum, value);
  RC_ASSERT(price->subtotal.amount == sum);
  RC_ASSERT(price->discount.amount == off);
  RC_ASSERT(price->total.amount == sum - off);
}

TEST(Steps, CompleteAPlacedOrderOnlyInTime) {
  EXPECT_EQ(complete_step(OrderStatus::placed, false), Step::take);
  EXPECT_EQ(complete_step(OrderStatus::placed, true), Step::refuse);
}

TEST(Steps, RepeatACompletionHarmlesslyAlsoLongAfter) {
  EXPECT_EQ(complete_step(OrderStatus::completed, false), Step::nothing);
  EXPECT_EQ(complete_step(OrderStatus::completed, true), Step::nothing);
}

TEST(Steps, NeverCompleteWhatHasEnded) {
  for (const bool late : {false, true}) {
    EXPECT_EQ(complete_step(OrderStatus::cancelled, late), Step::refuse);
    EXPECT_EQ(complete_step(OrderStatus::expired, late), Step::refuse);
  }
}

TEST(Steps, CancelOnceAndOnlyWhatHoldsSomething) {
  EXPECT_EQ(cancel_step(OrderStatus::placed), Step::take);
  EXPECT_EQ(cancel_step(OrderStatus::completed), Step::take);
  EXPECT_EQ(cancel_step(OrderStatus::cancelled), Step::nothing);
  EXPECT_EQ(cancel_step(OrderStatus::expired), Step::nothing);
}

TEST(OrderStatus, HasTheWordsThatClientsSee) {
  EXPECT_EQ(to_word(OrderStatus::placed), "placed");
  EXPECT_EQ(to_word(OrderStatus::completed), "completed");
  EXPECT_EQ(to_word(OrderStatus::cancelled), "cancelled");
  EXPECT_EQ(to_word(OrderStatus::expired), "expired");
}

}  // namespace
}  // namespace rushline::orders
