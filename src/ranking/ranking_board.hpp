// Where scores live: the daily totals of the days that matter, and the windows over them (port).
//
// A board follows the record: it stores the revision it has reached, and applies a push only if it
// still stands where the push begins. Whatever it loses it is told again, by its own revision.
// Implemented by adapters/embedded (in this process) and adapters/redis (shared by several
// servers).
// Contract: tests/contract/ranking_board_contract.hpp.
#pragma once

#include <memory>
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

// The best of a window, and where the board stood.
struct Top {
  BoardState at;
  std::vector<Score> scores;  // higher first, equal ones in descending byte order of the product id
};

struct Standing {
  std::optional<std::int64_t> rank;  // from 1; nothing when the product is not on the list
  std::int64_t score = 0;
};

// A board that is being built anew, piece by piece. Used by one thread. Until finish() the board
// shows what it was or nothing, never a part. A rebuild may be given up at any time. False: the
// board was moved by another server, or has lost a piece, and this rebuild leads nowhere. Errors as
// of the board.
class BoardRebuild {
 public:
  virtual ~BoardRebuild() = default;

  // Totals of products that it was not given before, each with all of its days.
  virtual Result<bool> fill(std::span<const DayTotal> totals) = 0;
  // Totals of any products, as in a push: for what changed meanwhile. At most
  // limits::board_push_totals_max.
  virtual Result<bool> correct(std::span<const DayTotal> totals) = 0;
  virtual Result<bool> finish(Revision reached) = 0;
};

// Calls may block on I/O: never from an event loop. One thread of each server pushes and rebuilds
// (the follower), any thread reads. Errc::unavailable and Errc::timed_out when the board cannot be
// reached: whether a push or rebuild happened is then unknown, and told by state().
class RankingBoard {
 public:
  virtual ~RankingBoard() = default;

  // Nothing when the board is empty, not whole or being rebuilt: it must be rebuilt.
  virtual Result<std::optional<BoardState>> state() = 0;

  // All of it or nothing: false when the board stands elsewhere, or at a later day, or another
  // server is moving it. A total of zero or less takes the product off that day. Advancing `today`
  // drops the days that left the widest window. The set that ends tomorrow is kept up as well, so
  // that midnight moves a pointer and no data. A large one may take several steps, between which
  // top() is refused; one that ended half way is made up for by the next push from there.
  virtual Result<bool> push(const Push& push) = 0;

  // Begins to build the board anew for the windows that end with `today`. Null when the board is
  // not what state() called it (`replaced`), or another server is moving it. It must not outlive
  // the board.
  virtual Result<std::unique_ptr<BoardRebuild>> begin_rebuild(
      const std::optional<BoardState>& replaced, Day today) = 0;

  // The best of the window of `days` days (1 or limits::ranking_window_days) that ends with the
  // board's today. Errc::unavailable also while the board is empty, not whole or being moved.
  virtual Result<Top> top(std::int32_t days, std::int64_t count_max) = 0;

  // Errc::unavailable also while the board is empty, not whole or being rebuilt.
  virtual Result<Standing> standing(std::int32_t days, const ProductId& product) = 0;

  // A rebuild in one go, of all the totals of the widest window and of tomorrow. False when it
  // could not begin or end.
  Result<bool> rebuild(const std::optional<BoardState>& replaced, Revision reached, Day today,
                       std::span<const DayTotal> totals);
};

}  // namespace rushline::ranking
