// What a discount takes off: integers only, rounded down, never more than there is.
#include "core/money.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rushline {
namespace {

constexpr Discount fixed(std::int64_t amount) { return {Discount::Kind::fixed, amount}; }
constexpr Discount rate(std::int64_t percent) { return {Discount::Kind::rate, percent}; }

TEST(AmountOff, TakesAFixedAmountButNeverMoreThanTheSubtotal) {
  EXPECT_EQ(amount_off(fixed(300), Money{1'000}), Money{300});
  EXPECT_EQ(amount_off(fixed(1'000), Money{1'000}), Money{1'000});
  EXPECT_EQ(amount_off(fixed(1'001), Money{1'000}), Money{1'000});
  EXPECT_EQ(amount_off(fixed(1), Money{0}), Money{0});
}

TEST(AmountOff, RoundsARateDown) {
  EXPECT_EQ(amount_off(rate(10), Money{1'000}), Money{100});
  EXPECT_EQ(amount_off(rate(33), Money{10}), Money{3});
  EXPECT_EQ(amount_off(rate(1), Money{99}), Money{0});
  EXPECT_EQ(amount_off(rate(99), Money{199}), Money{197});
  EXPECT_EQ(amount_off(rate(100), Money{199}), Money{199});
}

TEST(AmountOff, IsExactForTheLargestSubtotal) {
  EXPECT_EQ(amount_off(rate(100), Money{json_integer_max}), Money{json_integer_max});
  EXPECT_EQ(amount_off(rate(50), Money{json_integer_max}), Money{json_integer_max / 2});
}

RC_GTEST_PROP(AmountOff, ARateIsTheExactPercentageRoundedDown, ()) {
  const auto subtotal = *rc::gen::inRange<std::int64_t>(0, json_integer_max);
  const auto percent = *rc::gen::inRange<std::int64_t>(1, 101);
  const std::int64_t off = amount_off(rate(percent), Money{subtotal}).amount;
  // off = floor(subtotal * percent / 100), said without multiplying what may not fit.
  using Wide = long double;
  RC_ASSERT(off >= 0 && off <= subtotal);
  RC_ASSERT(static_cast<Wide>(off) * 100 <=
            static_cast<Wide>(subtotal) * static_cast<Wide>(percent));
  RC_ASSERT(static_cast<Wide>(off + 1) * 100 >
            static_cast<Wide>(subtotal) * static_cast<Wide>(percent));
}

}  // namespace
}  // namespace rushline
