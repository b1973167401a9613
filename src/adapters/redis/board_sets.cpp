// Keys, ends, and totals as arguments.
#include "adapters/redis/board_sets.hpp"

#include <chrono>
#include <set>

#include "adapters/redis/keys.hpp"

namespace rushline::redis {

using ranking::DayTotal;

std::vector<std::string> keys_of_board(Day today) {
  std::vector<std::string> keys{std::string(board_state_key())};
  const DayWindow days = days_of_board(today);
  for (Day day = days.first(); day <= days.last; day = day + 1) keys.push_back(daily_key(day));
  for (std::int32_t i = 0; i < board_days; ++i) keys.push_back(window_key(today + i));
  return keys;
}

std::vector<std::string> ends_of_keys(const ShopCalendar& calendar, Day today) {
  using std::chrono::milliseconds;
  const auto end_of = [&](Day last_needed) {
    const auto end = calendar.start_of(last_needed + 1) + limits::board_ttl_margin;
    return std::to_string(std::chrono::duration_cast<milliseconds>(end.time_since_epoch()).count());
  };
  std::vector<std::string> ends{end_of(today + (board_days - 1))};
  const DayWindow days = days_of_board(today);
  for (Day day = days.first(); day <= days.last; day = day + 1) {
    ends.push_back(end_of(day + (limits::ranking_window_days - 1)));
  }
  for (std::int32_t i = 0; i < board_days; ++i) ends.push_back(end_of(today + i));
  return ends;
}

TotalsArguments::TotalsArguments(Day today, std::span<const DayTotal> totals) {
  const Day first = days_of_board(today).first();
  for (const DayTotal& total : totals) {
    days_[static_cast<std::size_t>(total.day.number - first.number)].push_back(&total);
  }
  numbers_.reserve(days_.size() + totals.size());
  for (const auto& day : days_) numbers_.push_back(std::to_string(day.size()));
  for (const auto& day : days_) {
    for (const DayTotal* total : day) numbers_.push_back(std::to_string(total->total));
  }
}

void TotalsArguments::append_to(std::vector<std::string_view>& arguments) const {
  auto number = numbers_.begin();
  for (std::size_t i = 0; i < days_.size(); ++i) arguments.push_back(*number++);
  for (const auto& day : days_) {
    for (const DayTotal* total : day) arguments.push_back(total->product.view());
    for (std::size_t i = 0; i < day.size(); ++i) arguments.push_back(*number++);
  }
}

std::vector<DayTotal> latest_of_board(Day today, std::span<const DayTotal> totals) {
  const DayWindow kept = days_of_board(today);
  std::vector<DayTotal> latest;
  std::set<std::pair<Day, std::string_view>> seen;
  for (auto total = totals.rbegin(); total != totals.rend(); ++total) {
    if (!kept.holds(total->day)) continue;
    if (seen.insert({total->day, total->product.view()}).second) latest.push_back(*total);
  }
  return latest;
}

std::vector<std::string_view> views_of(std::span<const std::string> texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace rushline::redis
