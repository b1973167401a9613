// The schedule is fixed by rate and seed.
#include "load/schedule.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace rushline::load {
namespace {

using namespace std::chrono_literals;

std::vector<std::chrono::nanoseconds> all_of(Schedule schedule) {
  std::vector<std::chrono::nanoseconds> times;
  while (const auto next = schedule.next()) times.push_back(*next);
  return times;
}

TEST(Schedule, SpacesConstantArrivalsEvenly) {
  const auto times = all_of(Schedule(1000, 5ms, Spacing::constant, 1));
  EXPECT_EQ(times, (std::vector<std::chrono::nanoseconds>{0ms, 1ms, 2ms, 3ms, 4ms}));
}

TEST(Schedule, DoesNotDriftWhenTheGapIsNoWholeNumberOfNanoseconds) {
  const auto times = all_of(Schedule(3, 1000s, Spacing::constant, 1));
  ASSERT_EQ(times.size(), 3000U);
  EXPECT_EQ(times[2997], 999s);
}

TEST(Schedule, GivesPoissonArrivalsTheSameMeanAndOtherGaps) {
  const auto times = all_of(Schedule(1000, 10s, Spacing::poisson, 7));
  EXPECT_NEAR(static_cast<double>(times.size()), 10'000, 400);
  std::set<std::int64_t> gaps;
  for (std::size_t i = 1; i < 100; ++i) gaps.insert((times[i] - times[i - 1]).count());
  EXPECT_GT(gaps.size(), 90U);
}

TEST(Schedule, RepeatsWithTheSameSeedAndDiffersWithAnother) {
  EXPECT_EQ(all_of(Schedule(100, 1s, Spacing::poisson, 3)),
            all_of(Schedule(100, 1s, Spacing::poisson, 3)));
  EXPECT_NE(all_of(Schedule(100, 1s, Spacing::poisson, 3)),
            all_of(Schedule(100, 1s, Spacing::poisson, 4)));
}

RC_GTEST_PROP(ShopperOrder, GivesEverybodyATurnBeforeAnybodyHasASecond, (std::uint64_t seed)) {
  const auto shoppers = *rc::gen::inRange<std::uint32_t>(1, 200);
  ShopperOrder order(shoppers, seed);
  std::vector<std::uint32_t> first;
  for (std::uint32_t i = 0; i < shoppers; ++i) first.push_back(order.next());
  RC_ASSERT(std::set(first.begin(), first.end()).size() == shoppers);
  for (std::uint32_t i = 0; i < shoppers; ++i) RC_ASSERT(order.next() == first[i]);
}

}  // namespace
}  // namespace rushline::load
