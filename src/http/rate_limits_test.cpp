// Keys and users are told their rates in the words of the draft, and keep them.
#include "http/rate_limits.hpp"

#include <gtest/gtest.h>

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
  RateLimits rates({.per_second = 100, .burst = 200}, {.per_second = 2, .burst = 5});
  RatesTold told;
  EXPECT_EQ(lines(rates, told), "");
  EXPECT_TRUE(rates.take_one(*rates.meter_of("web"), start, told));
  EXPECT_EQ(lines(rates, told),
            "RateLimit-Policy: \"key\";q=200;w=2\r\nRateLimit: \"key\";r=199;t=1\r\n");
  EXPECT_TRUE(rates.take_one(ann, start, told));
  EXPECT_EQ(lines(rates, told),
            "RateLimit-Policy: \"key\";q=200;w=2, \"user\";q=5;w=3\r\n"
            "RateLimit: \"key\";r=199;t=1, \"user\";r=4;t=1\r\n");
  told.key.reset();
  EXPECT_EQ(lines(rates, told),
            "RateLimit-Policy: \"user\";q=5;w=3\r\nRateLimit: \"user\";r=4;t=1\r\n");
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
