// Feeds a board that is being built anew from the record, page by page, while the record goes on.
//
// The pages are read one after the other, each from a snapshot of its own, so that no transaction
// is long and memory does not grow with the catalogue. What changed since the first page is sent
// again at the end: totals carry their revisions, so the board then equals the record at one
// revision.
#pragma once

#include <array>
#include <cstdint>
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

// Used by one thread, which may block.
class Rebuilder {
 public:
  // `database` and `store` must outlive it, and the board, too.
  Rebuilder(Database& database, SalesStore& store, std::unique_ptr<BoardRebuild> rebuild,
            Day today);

  enum class Progress : std::uint8_t {
    more,  // to be stepped on
    done,  // the board stands at reached()
    lost,  // it leads nowhere: another server has moved the board, or too much changed meanwhile
  };

  // A page, or what changed in some revisions. After an error it leads nowhere.
  Result<Progress> step();

  // Of the last snapshot.
  const RecordState& reached() const { return record_; }
  Day today() const { return today_; }

 private:
  // A day on its way through memory.
  struct DayPage {
    Day day;
    std::vector<DayTotal> totals = {};
    std::size_t next = 0;  // in `totals`
    bool is_last = false;  // nothing follows `totals`
    bool is_used_up() const { return next == totals.size(); }
  };

  Result<void> read_pages();
  Result<void> read_page(Transaction& transaction, DayPage& page);
  bool is_read() const;
  std::vector<DayTotal> take_products();
  Result<Progress> fill();
  Result<Progress> correct();

  Database& database_;  // constant
  SalesStore& store_;   // constant
  const std::unique_ptr<BoardRebuild> rebuild_;
  const Day today_;
  std::array<DayPage, days_of_board_count> pages_;
  bool is_begun_ = false;
  RecordState record_;
  Revision corrected_;  // up to which the board shows the record
};

}  // namespace rushline::ranking
