// RFC 3339 in both directions.
#include "core/time.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace rushline {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp earliest{};
constexpr Timestamp end_of_years = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads a text from left to right. Once something did not fit, everything that follows does not.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }
  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }

  // One character out of `allowed`.
  char one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) {
      failed_ = true;
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  // Exactly `count` digits that make a number of at most `max`.
  std::int32_t number(std::size_t count, std::int32_t max) {
    std::int32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (one_of("0123456789") - '0');
    if (failed_ || value > max) failed_ = true;
    return failed_ ? 0 : value;
  }

  // At least one digit after the point; what is finer than a microsecond is dropped.
  microseconds fraction() {
    if (rest_.empty() || !is_digit(rest_.front())) failed_ = true;
    std::int32_t unit = 100'000;
    std::int32_t value = 0;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1)) {
      value += (rest_.front() - '0') * unit;
      unit /= 10;
    }
    return microseconds{value};
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

minutes read_offset(Reader& reader) {
  const char sign = reader.one_of("Zz+-");
  if (reader.failed() || sign == 'Z' || sign == 'z') return minutes{0};
  const std::int32_t offset_hours = reader.number(2, 23);
  reader.one_of(":");
  const minutes offset = hours{offset_hours} + minutes{reader.number(2, 59)};
  return sign == '-' ? -offset : offset;
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto fraction = clock.subseconds().count(); fraction != 0) {
    text += fmt::format(".{:06}", fraction);
    text.erase(text.find_last_not_of('0') + 1);
  }
  text += 'Z';
  return text;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Reader reader(text);
  const std::int32_t year = reader.number(4, 9999);
  reader.one_of("-");
  const std::int32_t month = reader.number(2, 12);
  reader.one_of("-");
  const std::int32_t day = reader.number(2, 31);
  reader.one_of("Tt ");
  const std::int32_t hour = reader.number(2, 23);
  reader.one_of(":");
  const std::int32_t minute = reader.number(2, 59);
  reader.one_of(":");
  const std::int32_t second = reader.number(2, 60);
  microseconds fraction{0};
  if (reader.next_is('.')) {
    reader.one_of(".");
    fraction = reader.fraction();
  }
  const minutes offset = read_offset(reader);
  if (reader.failed() || !reader.at_end()) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  const Timestamp whole =
      std::chrono::sys_days{date} + hours{hour} + minutes{minute} + seconds{second} - offset;
  // A leap second ends a day of UTC; it is taken as the first second of the next, as POSIX does.
  if (second == 60 && whole != std::chrono::floor<days>(whole)) return std::nullopt;
  const Timestamp time = whole + fraction;
  if (time < earliest || time >= end_of_years) return std::nullopt;
  return time;
}

}  // namespace rushline
