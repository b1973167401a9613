// Where scores live: the daily totals of the days that matter, and the windows over them (port).
//
// A board follows the record: it stores the revision it has reached, and applies a push only if it
// still stands where the push begins. Implemented by adapters/embedded (in this process) and
// adapters/redis (shared by several servers).
// Contract: tests/contract/ranking_board_contract.hpp.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "core/shop_calendar.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::ranking {

struct BoardState {
  Revision revision;
  Day today;  // the day that its windows end with

  friend bool operator==(const BoardState&, const BoardState&) = default;
};

struct Push {
  Revision expected;  // where the board must stand
  Revision reached;   // where it stands afterwards
  Day today;
  // Every one that changed, at most limits::board_push_totals_max; the last of a product and day
  // counts; those of days outside the board's are ignored.
  std::span<const DayTotal> totals;
};

struct Standing {
  std::optional<std::int64_t> rank;  // from 1; nothing when the product is not on the list
  std::int64_t score = 0;
};

// Calls may block on I/O: never from an event loop. One thread of each server pushes and rebuilds
// (the follower), any thread reads. Errc::unavailable and Errc::timed_out when the board cannot be
// reached: whether a push or rebuild happened is then unknown, and told by state().
class RankingBoard {
 public:
  virtual ~RankingBoard() = default;

  // Nothing when the board is empty or not whole: it must be rebuilt.
  virtual Result<std::optional<BoardState>> state() = 0;

  // All of it or nothing: false when the board stands elsewhere, or at a later day. A total of zero
  // or less takes the product off that day. Advancing `today` drops the days that left the widest
  // window. The set that ends tomorrow is kept up as well, so that midnight moves a pointer and no
  // data.
  virtual Result<bool> push(const Push& push) = 0;

  // Replaces everything by `totals` (every product-day of the widest window and of tomorrow), if
  // the board still is what state() called it before the totals were read: `replaced`. Otherwise
  // another server has moved it meanwhile and may know more: false, and nothing has changed.
  // Reads see the old state or the new one.
  virtual Result<bool> rebuild(const std::optional<BoardState>& replaced, Revision reached,
                               Day today, std::span<const DayTotal> totals) = 0;

  // The best of the window of `days` days (1 or limits::ranking_window_days) that ends with the
  // board's today: higher first, equal scores in descending byte order of the product id.
  virtual Result<std::vector<Score>> top(std::int32_t days, std::int64_t count_max) = 0;

  virtual Result<Standing> standing(std::int32_t days, const ProductId& product) = 0;
};

}  // namespace rushline::ranking
