// Feeds a board that is being built anew from the record, page by page, while the record goes on.
//
// The pages are read one after the other, each from a snapshot of its own, so that no transaction
// is long and memory does not grow with the catalogue; the next one is read while the board takes
// in the last. What changed since the first page is sent again at the end: totals carry their
// revisions, so the board then equals the record at one revision.
#pragma once

#include <array>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "core/database.hpp"
#include "core/limits.hpp"
#include "ranking/ranking_board.hpp"

namespace rushline::ranking {

// The days that a board keeps: those of the widest window, and tomorrow.
inline constexpr std::int32_t days_of_board_count = limits::ranking_window_days + 1;
constexpr DayWindow days_of_board(Day today) { return {today + 1, days_of_board_count}; }

// A day on its way through memory, in the order of its products.
struct DayPage {
  Day day;
  std::vector<DayTotal> totals = {};
  std::size_t next = 0;  // in `totals`
  bool is_last = false;  // nothing follows `totals`

  bool is_used_up() const { return next == totals.size(); }
  bool is_wanted() const { return is_used_up() && !is_last; }
};
using DayPages = std::array<DayPage, days_of_board_count>;

// The next pages of the days that were wanted, and the record's revision beside them.
struct PagesRead {
  DayPages pages;
  Revision revision;
};

// Used by one thread, which may block.
class Rebuilder {
 public:
  // `database` and `store` must outlive it and what was asked of them, and the board, too.
  Rebuilder(Database& database, SalesStore& store, std::unique_ptr<BoardRebuild> rebuild,
            Day today);

  enum class Progress : std::uint8_t {
    more,  // to be stepped on
    done,  // the board stands at reached()
    lost,  // it leads nowhere: another server has moved the board, or too much changed meanwhile
  };

  // A page of each day, or what changed in some revisions. After an error it leads nowhere.
  Result<Progress> step();

  // Of the last snapshot.
  const RecordState& reached() const { return record_; }
  Day today() const { return today_; }

 private:
  void begin_read();
  Result<void> end_read();
  std::vector<DayTotal> take_products();
  Result<Progress> fill();
  Result<Progress> correct();

  Database& database_;  // constant
  SalesStore& store_;   // constant
  const std::unique_ptr<BoardRebuild> rebuild_;
  const Day today_;
  DayPages pages_;
  std::future<Result<PagesRead>> reading_;  // not valid: every day was read
  // Up to which the board shows the record; before the first page nothing.
  std::optional<Revision> corrected_;
  RecordState record_;
};

}  // namespace rushline::ranking
