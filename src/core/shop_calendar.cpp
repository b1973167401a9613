// Days of a named time zone, from the time zone database of the operating system.
//
// That database lists the changes of daylight saving time up to the year 2037; a zone keeps its
// last offset after that.
#include "core/shop_calendar.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <exception>

namespace rushline {
namespace {

std::chrono::year_month_day to_date(Day day) {
  return std::chrono::sys_days{std::chrono::days{day.number}};
}

std::string to_text(Day day, const char* format) {
  const auto date = to_date(day);
  return fmt::format(fmt::runtime(format), static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace

std::string to_iso_date(Day day) { return to_text(day, "{:04}-{:02}-{:02}"); }

std::string to_compact_date(Day day) { return to_text(day, "{:04}{:02}{:02}"); }

Result<ShopCalendar> ShopCalendar::in_zone(std::string_view name) {
  try {
    return ShopCalendar(*date::locate_zone(name), std::string(name));
  } catch (const std::exception&) {
    return fail(
        Errc::configuration,
        fmt::format("the time zone \"{}\" is not in the time zone database of this machine; "
                    "use an IANA name such as Asia/Seoul, and see that the package tzdata is "
                    "installed",
                    name));
  }
}

Day ShopCalendar::day_of(Timestamp time) const {
  const date::sys_info info = zone_->get_info(time);
  const auto local = time + info.offset;
  Day day{static_cast<std::int32_t>(
      std::chrono::floor<std::chrono::days>(local).time_since_epoch().count())};
  // Where clocks are turned back over midnight the new day has begun already and goes on.
  while (start_of(day + 1) <= time) day = day + 1;
  return day;
}

Timestamp ShopCalendar::start_of(Day day) const {
  const date::local_days midnight{date::days{day.number}};
  const date::local_info info = zone_->get_info(midnight);
  // Where daylight saving skips midnight, the day begins where the gap ends.
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return date::sys_days{midnight.time_since_epoch()} - info.first.offset;
}

std::optional<Timestamp> ShopCalendar::expiry(Timestamp issued_at,
                                              std::optional<std::int32_t> valid_days) const {
  if (!valid_days) return std::nullopt;
  return start_of(day_of(issued_at) + *valid_days + 1);
}

}  // namespace rushline
