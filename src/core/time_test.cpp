// Times are written as RFC 3339 in UTC and read with any offset; what is no time is refused.
#include "core/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rushline {
namespace {

using std::chrono::microseconds;

Timestamp at(std::int64_t micros) { return Timestamp{microseconds{micros}}; }

TEST(Rfc3339, WritesOnlyAsManyDigitsOfASecondAsNeeded) {
  EXPECT_EQ(to_rfc3339(at(1'767'323'045'000'000)), "2026-01-02T03:04:05Z");
  EXPECT_EQ(to_rfc3339(at(1'767'323'045'250'000)), "2026-01-02T03:04:05.25Z");
  EXPECT_EQ(to_rfc3339(at(1'767'323'045'000'001)), "2026-01-02T03:04:05.000001Z");
  EXPECT_EQ(to_rfc3339(at(0)), "1970-01-01T00:00:00Z");
}

TEST(Rfc3339, ReadsAnOffsetAsTheSameMomentInUtc) {
  const auto utc = parse_rfc3339("2026-01-02T03:04:05Z");
  ASSERT_TRUE(utc);
  EXPECT_EQ(utc, at(1'767'323'045'000'000));
  EXPECT_EQ(parse_rfc3339("2026-01-02T12:04:05+09:00"), utc);
  EXPECT_EQ(parse_rfc3339("2026-01-01T23:34:05-03:30"), utc);
  EXPECT_EQ(parse_rfc3339("2026-01-02t03:04:05z"), utc);
  EXPECT_EQ(parse_rfc3339("2026-01-02 03:04:05-00:00"), utc);
}

TEST(Rfc3339, ReadsFractionsAndDropsWhatIsFinerThanAMicrosecond) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.5Z"), at(500'000));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.0000019Z"), at(1));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.123456789123456789+00:00"), at(123'456));
}

TEST(Rfc3339, KnowsLeapDays) {
  EXPECT_EQ(parse_rfc3339("2028-02-29T00:00:00Z"), at(1'835'395'200'000'000));
  EXPECT_FALSE(parse_rfc3339("2027-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2100-02-29T00:00:00Z"));
}

TEST(Rfc3339, TakesALeapSecondAtTheEndOfAnUtcDayOnly) {
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("2017-01-01T08:59:60+09:00"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2016-12-31T22:59:60Z"));
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "now",
                           "2026-01-02",
                           "2026-01-02T03:04Z",
                           "2026-01-02T03:04:05",
                           "2026-1-2T03:04:05Z",
                           "2026-13-02T03:04:05Z",
                           "2026-00-02T03:04:05Z",
                           "2026-04-31T03:04:05Z",
                           "2026-01-00T03:04:05Z",
                           "2026-01-02T24:00:00Z",
                           "2026-01-02T03:60:05Z",
                           "2026-01-02T03:04:61Z",
                           "2026-01-02T03:04:05.Z",
                           "2026-01-02T03:04:05+9:00",
                           "2026-01-02T03:04:05+0900",
                           "2026-01-02T03:04:05+24:00",
                           "2026-01-02T03:04:05+09:60",
                           "2026-01-02T03:04:05Zz",
                           " 2026-01-02T03:04:05Z",
                           "+026-01-02T03:04:05Z",
                           "2026-01-02T03:04:05,5Z",
                           "2026/01/02T03:04:05Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, RefusesTimesOutsideTheYears1970To9999) {
  EXPECT_FALSE(parse_rfc3339("1969-12-31T23:59:59Z"));
  EXPECT_FALSE(parse_rfc3339("1970-01-01T00:00:00+00:01"));
  EXPECT_TRUE(parse_rfc3339("1969-12-31T23:59:00-00:01"));
  EXPECT_TRUE(parse_rfc3339("9999-12-31T23:59:59.999999Z"));
  EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:59-00:01"));
}

RC_GTEST_PROP(Rfc3339, EveryTimeIsReadBackAsItWasWritten, ()) {
  constexpr std::int64_t end_micros = 253'402'300'800'000'000;
  const Timestamp time = at(*rc::gen::inRange<std::int64_t>(0, end_micros));
  RC_ASSERT(parse_rfc3339(to_rfc3339(time)) == time);
}

RC_GTEST_PROP(Rfc3339, NoTextBreaksTheReader, (const std::string& text)) {
  if (const auto time = parse_rfc3339(text)) RC_ASSERT(time->time_since_epoch().count() >= 0);
}

}  // namespace
}  // namespace rushline
