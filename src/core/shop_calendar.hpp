// The shop's calendar: which day a moment belongs to, in a named time zone.
//
// A day begins at the first moment of its local date, also where daylight saving skips midnight.
// Immutable; safe to call from any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace date {
class time_zone;
}

namespace rushline {

// A calendar day of the shop, as days since 1970-01-01.
struct Day {
  std::int32_t number = 0;

  friend auto operator<=>(const Day&, const Day&) = default;
  friend constexpr Day operator+(Day day, std::int32_t days) { return {day.number + days}; }
  friend constexpr Day operator-(Day day, std::int32_t days) { return {day.number - days}; }
};

std::string to_iso_date(Day day);      // 2026-01-02
std::string to_compact_date(Day day);  // 20260102, as Redis keys spell it

// `days` days in a row that end with `last`.
struct DayWindow {
  Day last;
  std::int32_t days = 1;

  constexpr Day first() const { return last - (days - 1); }
  constexpr bool holds(Day day) const { return first() <= day && day <= last; }

  friend bool operator==(const DayWindow&, const DayWindow&) = default;
};

class ShopCalendar {
 public:
  // An IANA name such as Asia/Seoul. Errc::configuration when there is no such zone.
  static Result<ShopCalendar> in_zone(std::string_view name);

  const std::string& zone_name() const { return name_; }
  Day day_of(Timestamp time) const;
  // The first moment of `day`.
  Timestamp start_of(Day day) const;

  // When a coupon that is valid for `valid_days` days after its issue stops being usable: the
  // beginning of day N + 1 after the day of issue. Nothing = never.
  std::optional<Timestamp> expiry(Timestamp issued_at,
                                  std::optional<std::int32_t> valid_days) const;

 private:
  ShopCalendar(const date::time_zone& zone, std::string name)
      : zone_(&zone), name_(std::move(name)) {}

  const date::time_zone* zone_;  // owned by the time zone database, lives for ever
  std::string name_;
};

}  // namespace rushline
