// Jobs run at once, again at their interval, and early when woken; never beside themselves.
#include "runtime/housekeeping.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "tests/support/eventually.hpp"

namespace rushline::runtime {
namespace {

using namespace std::chrono_literals;
using tests::eventually;

constexpr auto never = 24h;

TEST(Housekeeping, RunsEveryJobOnceAtOnce) {
  std::atomic<int> first = 0;
  std::atomic<int> second = 0;
  Housekeeping housekeeping;
  housekeeping.add({.name = "first", .interval = never, .work = [&] { ++first; }});
  housekeeping.add({.name = "second", .interval = never, .work = [&] { ++second; }});
  housekeeping.start("jobs");
  EXPECT_TRUE(eventually([&] { return first == 1 && second == 1; }));
  housekeeping.stop();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
}

TEST(Housekeeping, RunsAJobAgainAtItsInterval) {
  std::atomic<int> runs = 0;
  Housekeeping housekeeping;
  housekeeping.add({.name = "often", .interval = 1ms, .work = [&] { ++runs; }});
  housekeeping.start("jobs");
  EXPECT_TRUE(eventually([&] { return runs >= 5; }));
}

TEST(Housekeeping, RunsOnlyTheJobThatIsWoken) {
  std::atomic<int> woken = 0;
  std::atomic<int> asleep = 0;
  Housekeeping housekeeping;
  const auto wake = housekeeping.add({.name = "a", .interval = never, .work = [&] { ++woken; }});
  housekeeping.add({.name = "b", .interval = never, .work = [&] { ++asleep; }});
  housekeeping.start("jobs");
  ASSERT_TRUE(eventually([&] { return woken == 1 && asleep == 1; }));
  wake();
  EXPECT_TRUE(eventually([&] { return woken == 2; }));
  housekeeping.stop();
  EXPECT_EQ(asleep, 1);
}

TEST(Housekeeping, LosesNoWakeThatComesWhileTheJobRuns) {
  std::atomic<int> runs = 0;
  std::latch inside(1);
  std::latch go_on(1);
  Housekeeping housekeeping;
  const auto wake = housekeeping.add({.name = "slow", .interval = never, .work = [&] {
                                        if (++runs == 1) {
                                          inside.count_down();
                                          go_on.wait();
                                        }
                                      }});
  housekeeping.start("jobs");
  inside.wait();
  wake();
  go_on.count_down();
  EXPECT_TRUE(eventually([&] { return runs == 2; }));
}

TEST(Housekeeping, TurnsManyWakesIntoFewRunsWhenAPauseIsAsked) {
  std::atomic<int> runs = 0;
  Housekeeping housekeeping;
  const auto wake = housekeeping.add(
      {.name = "paused", .interval = never, .pause_min = never, .work = [&] { ++runs; }});
  std::atomic<int> others = 0;
  const auto wake_other =
      housekeeping.add({.name = "other", .interval = never, .work = [&] { ++others; }});
  housekeeping.start("jobs");
  ASSERT_TRUE(eventually([&] { return runs == 1 && others == 1; }));
  for (int i = 0; i < 1000; ++i) wake();
  wake_other();
  EXPECT_TRUE(eventually([&] { return others == 2; }));
  housekeeping.stop();
  EXPECT_EQ(runs, 1);
}

TEST(Housekeeping, LetsAJobThatIsAlwaysReadyStarveNobody) {
  std::atomic<int> other = 0;
  Housekeeping housekeeping;
  housekeeping.add({.name = "greedy", .interval = 0ms, .work = [] {}});
  housekeeping.add({.name = "other", .interval = 0ms, .work = [&] { ++other; }});
  housekeeping.start("jobs");
  EXPECT_TRUE(eventually([&] { return other >= 10; }));
}

TEST(Housekeeping, NeverRunsTwoJobsAtOnce) {
  std::atomic<int> inside = 0;
  std::atomic<int> runs = 0;
  std::atomic<bool> overlapped = false;
  const auto work = [&] {
    if (++inside != 1) overlapped = true;
    ++runs;
    --inside;
  };
  Housekeeping housekeeping;
  const auto wake = housekeeping.add({.name = "a", .interval = 0ms, .work = work});
  housekeeping.add({.name = "b", .interval = 0ms, .work = work});
  housekeeping.start("jobs");
  Threads wakers;
  for (int i = 0; i < 2; ++i) {
    wakers.start("waker", [&] {
      for (int j = 0; j < 1000; ++j) wake();
    });
  }
  wakers.join();
  EXPECT_TRUE(eventually([&] { return runs >= 100; }));
  housekeeping.stop();
  EXPECT_FALSE(overlapped);
}

TEST(Housekeeping, MayBeWokenBeforeItStartsAndAfterItHasGone) {
  std::atomic<int> runs = 0;
  auto housekeeping = std::make_unique<Housekeeping>();
  const auto wake = housekeeping->add({.name = "a", .interval = never, .work = [&] { ++runs; }});
  wake();
  housekeeping->start("jobs");
  ASSERT_TRUE(eventually([&] { return runs >= 1; }));
  housekeeping->stop();
  housekeeping->stop();
  const int before = runs;
  housekeeping.reset();
  wake();
  EXPECT_EQ(runs, before);
}

}  // namespace
}  // namespace rushline::runtime
