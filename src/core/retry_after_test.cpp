// Who is refused is told when to come back: not too early, and not all at once.
#include "core/retry_after.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace rushline {
namespace {

using namespace std::chrono_literals;

RC_GTEST_PROP(RetryAfter, IsNeverEarlierThanTheWait, ()) {
  const std::chrono::milliseconds wait{*rc::gen::inRange(0, 3'600'000)};
  const auto told = std::chrono::seconds{retry_after_s(wait, *rc::gen::arbitrary<std::uint64_t>())};
  RC_ASSERT(told >= wait);
  RC_ASSERT(told <= wait * 3 / 2 + 3s);
}

TEST(RetryAfter, IsAtLeastASecondAlsoForAnInstant) {
  EXPECT_GE(retry_after_s(0ns, 7), 1U);
  EXPECT_GE(retry_after_s(1ns, 7), 1U);
  EXPECT_GE(retry_after_s(1s + 1ns, 7), 2U);
}

TEST(RetryAfter, SpreadsThoseWhoWereRefusedTogether) {
  std::map<std::uint32_t, int> told;
  for (std::uint64_t id = 1; id <= 6'000; ++id) ++told[retry_after_s(8s, id)];

  EXPECT_EQ(told.size(), 6U);  // 8 to 13
  for (const auto& [seconds, count] : told) EXPECT_NEAR(count, 1'000, 150) << seconds;
}

}  // namespace
}  // namespace rushline
