// Thresholds say what they mean, and say so when they cannot be read.
#include "load/threshold.hpp"

#include <gtest/gtest.h>

namespace rushline::load {
namespace {

Summary summary_of_thousand() {
  Summary summary;
  summary.requests = 1000;
  summary.elapsed = std::chrono::seconds(2);
  summary.outcomes[to_index(Outcome::issued)] = 990;
  summary.outcomes[to_index(Outcome::error)] = 10;
  for (int i = 1; i <= 990; ++i) summary.latency.record(i * 100);  // up to 99 ms
  return summary;
}

bool is_met(std::string_view text) {
  const Result<Threshold> threshold = Threshold::parse(text);
  EXPECT_TRUE(threshold.has_value()) << text;
  return threshold.has_value() && threshold->is_met(summary_of_thousand());
}

TEST(Threshold, BoundsPercentilesInAnyUnit) {
  EXPECT_TRUE(is_met("p99<99ms"));
  EXPECT_FALSE(is_met("p99<50ms"));
  EXPECT_TRUE(is_met("p50 <= 50ms"));
  EXPECT_TRUE(is_met("p99.9<1s"));
  EXPECT_FALSE(is_met("max<98999us"));
  EXPECT_TRUE(is_met("max==99ms"));
  EXPECT_TRUE(is_met("mean>1ms"));
}

TEST(Threshold, BoundsCountsAndShares) {
  EXPECT_TRUE(is_met("errors<=1%"));
  EXPECT_FALSE(is_met("error<1%"));
  EXPECT_TRUE(is_met("errors==10"));
  EXPECT_TRUE(is_met("issued>=990"));
  EXPECT_FALSE(is_met("issued>990"));
  EXPECT_TRUE(is_met("timeout==0"));
  EXPECT_TRUE(is_met("requests==1000"));
  EXPECT_TRUE(is_met("rate>=495/s"));
  EXPECT_FALSE(is_met("rate>495"));
}

TEST(Threshold, OnALatencyIsMissedWhenNothingWasAnswered) {
  const Result<Threshold> threshold = Threshold::parse("p99<50ms");
  ASSERT_TRUE(threshold.has_value());
  EXPECT_FALSE(threshold->is_met(Summary{}));
  EXPECT_EQ(threshold->measured_text(Summary{}), "no answer");
}

TEST(Threshold, SaysWhatItMeasured) {
  EXPECT_EQ(Threshold::parse("max<1s")->measured_text(summary_of_thousand()), "99.00 ms");
  EXPECT_EQ(Threshold::parse("errors<1%")->measured_text(summary_of_thousand()), "1 %");
  EXPECT_EQ(Threshold::parse("rate>1")->measured_text(summary_of_thousand()), "495/s");
}

TEST(Threshold, ThatCannotBeReadSaysWhy) {
  for (const std::string_view text :
       {"", "p99", "p99<", "<50ms", "p99<50", "p99<50min", "p101<1ms", "pxx<1ms", "p99=<1ms",
        "p99=1ms", "speed<3", "errors<5ms", "errors<-1", "p99<1.2.3ms", "rate>5%"}) {
    const Result<Threshold> threshold = Threshold::parse(text);
    ASSERT_TRUE(threshold.has_error()) << text;
    EXPECT_EQ(threshold.error().code, Errc::invalid_input);
    EXPECT_NE(threshold.error().detail.find("p99<50ms"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace rushline::load
