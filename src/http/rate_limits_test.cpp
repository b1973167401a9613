// Keys and users are told their rates in the words of the draft, and keep them.
#include "http/rate_limits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rushline::http {
namespace {

using namespace std::chrono_literals;

constexpr Monotonic start{1h};
const UserId ann = *UserId::parse("ann");

std::string lines(const RateLimits& rates, const RatesTold& told) {
  std::string text;
  rates.append_lines(text, told);
  return text;
}

TEST(RateLimits, TellsTheLimitsThatARequestWasCountedBy) {
  RateLimits rates({.per_second = 100, .burst = 200}, {.per_second = 2, .burst = 6});
  RatesTold told;
  EXPECT_EQ(lines(rates, told), "");
  EXPECT_TRUE(rates.take_one(*rates.meter_of("web"), start, told));
  EXPECT_EQ(lines(rates, told),
            "RateLimit-Policy: \"key\";q=200;w=2\r\nRateLimit: \"key\";r=199;t=1\r\n");
  EXPECT_TRUE(rates.take_one(ann, start, told));
  EXPECT_EQ(lines(rates, told),
            "RateLimit-Policy: \"key\";q=200;w=2, \"user\";q=6;w=3\r\n"
            "RateLimit: \"key\";r=199;t=1, \"user\";r=5;t=1\r\n");
  told.key.reset();
  EXPECT_EQ(lines(rates, told),
            "RateLimit-Policy: \"user\";q=6;w=3\r\nRateLimit: \"user\";r=5;t=1\r\n");
}

TEST(RateLimits, TellsARefusedCallerThatNothingIsLeft) {
  RateLimits rates({.per_second = 1, .burst = 1}, {});
  RatesTold told;
  EXPECT_TRUE(rates.take_one(*rates.meter_of("web"), start, told));
  EXPECT_FALSE(rates.take_one(*rates.meter_of("web"), start, told));
  EXPECT_EQ(lines(rates, told),
            "RateLimit-Policy: \"key\";q=1;w=1\r\nRateLimit: \"key\";r=0;t=1\r\n");
  EXPECT_EQ(rates.counts().keys, 1);
  EXPECT_EQ(rates.counts().users, 0);
}

TEST(RateLimits, EveryKeyHasARateOfItsOwn) {
  RateLimits rates({.per_second = 1, .burst = 1}, {});
  RatesTold told;
  EXPECT_TRUE(rates.take_one(*rates.meter_of("web"), start, told));
  EXPECT_TRUE(rates.take_one(*rates.meter_of("app"), start, told));
  EXPECT_FALSE(rates.take_one(*rates.meter_of("web"), start, told));
}

TEST(RateLimits, TellsTheRateAndTheBurstWhereNoWindowHoldsBoth) {
  RateLimits rates({.per_second = 100, .burst = 20}, {.per_second = 2, .burst = 5});
  RatesTold told;
  EXPECT_TRUE(rates.take_one(*rates.meter_of("web"), start, told));
  EXPECT_TRUE(rates.take_one(ann, start, told));
  EXPECT_EQ(lines(rates, told),
            "RateLimit-Policy: \"key\";q=100;w=1;burst=20, \"user\";q=2;w=1;burst=5\r\n"
            "RateLimit: \"key\";r=19;t=1, \"user\";r=4;t=1\r\n");
}

TEST(RateLimits, LetsInAllThatThePolicyTellsWithABurstBelowTheRate) {
  RateLimits rates({.per_second = 100, .burst = 20}, {});
  RatesTold told;
  int let_in = 0;
  for (auto now = start + 10ms; now <= start + 1s; now += 10ms) {
    let_in += rates.take_one(*rates.meter_of("web"), now, told) ? 1 : 0;
  }
  EXPECT_EQ(let_in, 100);
}

TEST(RateLimits, ForgetsRemovedKeysAndKeepsTheRatesOfOthers) {
  RateLimits rates({.per_second = 1, .burst = 1}, {});
  RatesTold told;
  const auto held = rates.meter_of("old");
  EXPECT_TRUE(rates.take_one(*held, start, told));
  EXPECT_TRUE(rates.take_one(*rates.meter_of("web"), start, told));
  const std::vector<std::string> names = {"web", "new"};
  rates.forget_all_but(names);
  EXPECT_FALSE(rates.take_one(*rates.meter_of("web"), start, told));
  EXPECT_FALSE(rates.take_one(*held, start, told)) << "who holds it may still ask it";
  EXPECT_NE(rates.meter_of("old"), held);
  EXPECT_TRUE(rates.take_one(*rates.meter_of("old"), start, told));
}

TEST(RateLimits, WhatIsOffLimitsNobody) {
  RateLimits off({}, {});
  EXPECT_FALSE(off.is_on());
  EXPECT_EQ(off.meter_of("web"), nullptr);
  RatesTold told;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(off.take_one(ann, start, told));
  EXPECT_FALSE(told.user.has_value());
}

}  // namespace
}  // namespace rushline::http
