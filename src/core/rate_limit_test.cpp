// A rate limit lets in what it says, and no more, whatever the times of the requests are.
#include "core/rate_limit.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>
#include <vector>

namespace rushline {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr Monotonic start{1h};

RateLimit any_limit() {
  return {.per_second = *rc::gen::inRange<std::int64_t>(1, 2'000),
          .burst = *rc::gen::inRange<std::int64_t>(1, 50)};
}

RC_GTEST_PROP(RateLimit, NeverLetsInMoreThanTheBurstAndTheRate, ()) {
  const RateLimit limit = any_limit();
  const auto pauses = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3'000));
  Monotonic full_at{};
  Monotonic now = start;
  std::vector<Monotonic> let_in;
  for (const int pause : pauses) {
    now += pause * limit.interval() / 1'000;
    if (take_one(limit, full_at, now).is_let_in) let_in.push_back(now);
  }
  for (std::size_t i = 0; i < let_in.size(); ++i) {
    for (std::size_t j = i; j < let_in.size(); ++j) {
      const auto count = static_cast<std::int64_t>(j - i + 1);
      RC_ASSERT(count <= limit.burst + (let_in[j] - let_in[i]) / limit.interval());
    }
  }
}

RC_GTEST_PROP(RateLimit, NeverRefusesWhoKeepsToTheRate, ()) {
  const RateLimit limit = any_limit();
  const auto extra = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3));
  Monotonic full_at{};
  Monotonic now = start;
  for (const int more : extra) {
    RC_ASSERT(take_one(limit, full_at, now).is_let_in);
    now += limit.interval() + nanoseconds{more};
  }
}

RC_GTEST_PROP(RateLimit, LetsInAfterTheWaitThatItToldAndNotBefore, ()) {
  const RateLimit limit = any_limit();
  Monotonic full_at{};
  const Monotonic now = start;
  for (std::int64_t i = 0; i < limit.burst; ++i) {
    RC_ASSERT(take_one(limit, full_at, now).is_let_in);
  }
  const RateDecision refused = take_one(limit, full_at, now);
  RC_ASSERT(!refused.is_let_in);
  RC_ASSERT(!take_one(limit, full_at, now + refused.wait - 1ns).is_let_in);
  RC_ASSERT(take_one(limit, full_at, now + refused.wait).is_let_in);
}

TEST(RateLimit, TellsWhatRemains) {
  const RateLimit limit{.per_second = 10, .burst = 3};
  Monotonic full_at{};

  const RateDecision first = take_one(limit, full_at, start);
  EXPECT_EQ(first.remaining, 2);
  EXPECT_EQ(first.until_full, 100ms);
  EXPECT_EQ(take_one(limit, full_at, start).remaining, 1);
  EXPECT_EQ(take_one(limit, full_at, start).remaining, 0);
  const RateDecision refused = take_one(limit, full_at, start);
  EXPECT_FALSE(refused.is_let_in);
  EXPECT_EQ(refused.wait, 100ms);
  EXPECT_EQ(refused.until_full, 300ms);
}

TEST(RateLimit, ARefusedRequestCostsNothing) {
  const RateLimit limit{.per_second = 10, .burst = 1};
  Monotonic full_at{};
  EXPECT_TRUE(take_one(limit, full_at, start).is_let_in);
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(take_one(limit, full_at, start + 50ms).is_let_in);
  EXPECT_TRUE(take_one(limit, full_at, start + 100ms).is_let_in);
}

TEST(RateMeter, LetsInTheBurstOnceAlsoWhenThreadsAskTogether) {
  constexpr int threads = 4;
  constexpr int asked_by_each = 5'000;
  const RateLimit limit{.per_second = 1, .burst = 7'000};
  RateMeter meter;
  std::atomic<int> let_in = 0;
  std::vector<std::jthread> askers;
  for (int i = 0; i < threads; ++i) {
    askers.emplace_back([&] {
      for (int n = 0; n < asked_by_each; ++n) {
        if (meter.take_one(limit, start).is_let_in) ++let_in;
      }
    });
  }
  askers.clear();
  EXPECT_EQ(let_in, 7'000);
}

}  // namespace
}  // namespace rushline
