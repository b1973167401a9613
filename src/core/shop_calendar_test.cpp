// Which day a moment belongs to, in zones that shift, skip and repeat midnight.
#include "core/shop_calendar.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rushline {
namespace {

ShopCalendar calendar_of(std::string_view zone) {
  auto calendar = ShopCalendar::in_zone(zone);
  EXPECT_TRUE(calendar.has_value());
  return *calendar;
}

Timestamp time_of(std::string_view text) {
  const auto time = parse_rfc3339(text);
  EXPECT_TRUE(time.has_value()) << text;
  return time.value_or(Timestamp{});
}

std::string day_at(std::string_view zone, std::string_view text) {
  return to_iso_date(calendar_of(zone).day_of(time_of(text)));
}

Day day_named(std::string_view iso_date) {
  return calendar_of("UTC").day_of(time_of(std::string(iso_date) + "T00:00:00Z"));
}

std::string start_at(std::string_view zone, std::string_view iso_date) {
  return to_rfc3339(calendar_of(zone).start_of(day_named(iso_date)));
}

TEST(ShopCalendar, SpellsDays) {
  EXPECT_EQ(to_iso_date(Day{0}), "1970-01-01");
  EXPECT_EQ(to_iso_date(Day{20'455}), "2026-01-02");
  EXPECT_EQ(to_compact_date(Day{20'455}), "20260102");
  EXPECT_EQ(to_iso_date(day_named("2028-02-28") + 1), "2028-02-29");
}

TEST(ShopCalendar, RefusesAZoneThatDoesNotExist) {
  for (const char* name : {"", "Asia/Soul", "../../etc/passwd", "KST"}) {
    const auto calendar = ShopCalendar::in_zone(name);
    ASSERT_TRUE(calendar.has_error()) << name;
    EXPECT_EQ(calendar.error().code, Errc::configuration);
  }
}

TEST(ShopCalendar, ChangesTheDayAtMidnightInSeoul) {
  EXPECT_EQ(day_at("Asia/Seoul", "2026-01-01T14:59:59.999999Z"), "2026-01-01");
  EXPECT_EQ(day_at("Asia/Seoul", "2026-01-01T15:00:00Z"), "2026-01-02");
  EXPECT_EQ(start_at("Asia/Seoul", "2026-01-02"), "2026-01-01T15:00:00Z");
}

TEST(ShopCalendar, HasALeapDay) {
  EXPECT_EQ(day_at("Asia/Seoul", "2028-02-28T15:00:00Z"), "2028-02-29");
  EXPECT_EQ(day_at("Asia/Seoul", "2028-02-29T15:00:00Z"), "2028-03-01");
}

TEST(ShopCalendar, BeginsADayWhereTheGapEndsWhenMidnightIsSkipped) {
  EXPECT_EQ(start_at("Asia/Beirut", "2024-03-31"), "2024-03-30T22:00:00Z");
  EXPECT_EQ(day_at("Asia/Beirut", "2024-03-30T21:59:59Z"), "2024-03-30");
  EXPECT_EQ(start_at("America/Santiago", "2024-09-08"), "2024-09-08T04:00:00Z");
  EXPECT_EQ(day_at("America/Santiago", "2024-09-08T03:59:59Z"), "2024-09-07");
  EXPECT_EQ(day_at("America/Santiago", "2024-09-08T04:00:00Z"), "2024-09-08");
  EXPECT_EQ(start_at("America/Santiago", "2024-09-09"), "2024-09-09T03:00:00Z");
}

TEST(ShopCalendar, KeepsTheOldDayWhenTheHourBeforeMidnightIsRepeated) {
  // Santiago repeats 23:00 to 24:00 of 6 April 2024.
  EXPECT_EQ(day_at("America/Santiago", "2024-04-07T03:30:00Z"), "2024-04-06");
  EXPECT_EQ(start_at("America/Santiago", "2024-04-07"), "2024-04-07T04:00:00Z");
}

TEST(ShopCalendar, NeverGoesBackToTheOldDayWhenClocksAreTurnedBackOverMidnight) {
  // St. John's turned its clocks from 00:01 of 7 November 2010 back to 23:01 of the 6th.
  const char* zone = "America/St_Johns";
  EXPECT_EQ(start_at(zone, "2010-11-07"), "2010-11-07T02:30:00Z");
  EXPECT_EQ(day_at(zone, "2010-11-07T02:29:59Z"), "2010-11-06");
  EXPECT_EQ(day_at(zone, "2010-11-07T02:30:30Z"), "2010-11-07");
  EXPECT_EQ(day_at(zone, "2010-11-07T03:00:00Z"), "2010-11-07");
}

TEST(ShopCalendar, GivesADayThatAZoneSkippedNoTimeAtAll) {
  // Samoa had no 30 December 2011.
  EXPECT_EQ(start_at("Pacific/Apia", "2011-12-30"), start_at("Pacific/Apia", "2011-12-31"));
  EXPECT_EQ(day_at("Pacific/Apia", "2011-12-30T09:59:59Z"), "2011-12-29");
  EXPECT_EQ(day_at("Pacific/Apia", "2011-12-30T10:00:00Z"), "2011-12-31");
}

TEST(ShopCalendar, LetsACouponBeUsedUntilTheLastOfItsDaysIsOver) {
  const ShopCalendar seoul = calendar_of("Asia/Seoul");
  const Timestamp issued_at = time_of("2026-01-02T08:00:00+09:00");
  EXPECT_EQ(seoul.expiry(issued_at, std::nullopt), std::nullopt);
  EXPECT_EQ(seoul.expiry(issued_at, 0), time_of("2026-01-03T00:00:00+09:00"));
  EXPECT_EQ(seoul.expiry(issued_at, 1), time_of("2026-01-04T00:00:00+09:00"));
  EXPECT_EQ(seoul.expiry(issued_at, 30), time_of("2026-02-02T00:00:00+09:00"));
}

TEST(DayWindow, HoldsItsDaysAndNoOthers) {
  const DayWindow window{Day{100}, 3};
  EXPECT_EQ(window.first(), Day{98});
  EXPECT_FALSE(window.holds(Day{97}));
  EXPECT_TRUE(window.holds(Day{98}));
  EXPECT_TRUE(window.holds(Day{100}));
  EXPECT_FALSE(window.holds(Day{101}));
}

RC_GTEST_PROP(ShopCalendar, EveryMomentLiesInsideItsDay, ()) {
  const std::string zone = *rc::gen::element<std::string>(
      "Asia/Seoul", "Asia/Beirut", "America/Santiago", "America/St_Johns", "Pacific/Apia",
      "Africa/Cairo", "Europe/Berlin", "UTC", "Asia/Kathmandu");
  const ShopCalendar calendar = calendar_of(zone);
  const Timestamp time{std::chrono::minutes{*rc::gen::inRange<std::int64_t>(0, 40'000'000)}};
  const Day day = calendar.day_of(time);
  RC_ASSERT(calendar.start_of(day) <= time);
  RC_ASSERT(time < calendar.start_of(day + 1));
}

RC_GTEST_PROP(ShopCalendar, DaysFollowOneAnother, ()) {
  const std::string zone = *rc::gen::element<std::string>("Asia/Beirut", "America/Santiago",
                                                          "America/St_Johns", "Pacific/Apia");
  const ShopCalendar calendar = calendar_of(zone);
  const Day day{*rc::gen::inRange<std::int32_t>(1, 25'000)};
  RC_ASSERT(calendar.start_of(day) <= calendar.start_of(day + 1));
  const Timestamp last = calendar.start_of(day + 1) - std::chrono::microseconds{1};
  RC_ASSERT(calendar.day_of(last) <= day);
}

}  // namespace
}  // namespace rushline
