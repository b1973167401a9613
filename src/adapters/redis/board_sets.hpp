// Which sets a board in Redis has on a day, and how long each of them is needed.
//
// Every function that changes the board is given its keys in this order: the state, the daily sets
// from the first day of the widest window to tomorrow, the sets of as many windows, of which the
// first ends today.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"
#include "core/shop_calendar.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::redis {

inline constexpr std::int32_t board_days = limits::ranking_window_days + 1;
inline constexpr std::size_t board_sets = 2 * board_days;

// The days of the daily sets.
constexpr DayWindow days_of_board(Day today) { return {today + 1, board_days}; }

std::vector<std::string> keys_of_board(Day today);
// In milliseconds since 1970, in the order of the keys. A daily set is needed as long as the
// windows that hold its day.
std::vector<std::string> ends_of_keys(const ShopCalendar& calendar, Day today);

// How many totals of each day there are, then for each day its products and after them their
// totals: what functions take that raise the windows by themselves. `totals` must be of days of the
// board, each product and day once, and outlive what is appended.
class TotalsArguments {
 public:
  TotalsArguments(Day today, std::span<const ranking::DayTotal> totals);

  void append_to(std::vector<std::string_view>& arguments) const;

 private:
  std::array<std::vector<const ranking::DayTotal*>, board_days> days_;
  std::vector<std::string> numbers_;  // the counts, then the totals in the order of days_
};

// Those of days of the board, the last of each product and day, in no particular order.
std::vector<ranking::DayTotal> latest_of_board(Day today,
                                               std::span<const ranking::DayTotal> totals);

std::vector<std::string_view> views_of(std::span<const std::string> texts);

}  // namespace rushline::redis
