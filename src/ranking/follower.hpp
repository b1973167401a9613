// Brings sales to the lists: fold the outbox, follow the record with the board, publish the lists.
//
// One background thread calls run_once() whenever it is woken (a sale was committed, a product was
// renamed) and at least every limits::list_poll_interval; nothing is done when nothing changed but
// one small read. A crash anywhere is made up for by the next call: what the board lacks is told by
// its own revision.
#pragma once

#include <optional>

#include "core/database.hpp"
#include "ranking/follower_progress.hpp"
#include "ranking/popular_list.hpp"
#include "ranking/ranking_board.hpp"
#include "ranking/sales_fold.hpp"

namespace rushline::ranking {

class Follower {
 public:
  Follower(Database& database, SalesStore& store, RankingBoard& board, PopularList& list,
           const ShopCalendar& calendar, const Clock& clock)
      : database_(database),
        store_(store),
        board_(board),
        list_(list),
        calendar_(calendar),
        clock_(clock) {}

  // Blocks on the database and the board; one thread at a time. An error means that something could
  // not be reached; the next call goes on from there. While it is the board, lists straight from
  // the totals are published, marked stale, not more often than every
  // limits::list_fallback_interval.
  Result<void> run_once();

  // Any thread.
  FollowerCounts counts() const { return progress_.read(); }

 private:
  // What the fold unit, the small read of every call, tells.
  struct Moment {
    RecordState record;
    Timestamp now;  // database time
  };
  // Where the board stands after following.
  struct Reached {
    RecordState record;
    Day today;
  };
  // What a board lacks, from one snapshot.
  struct News {
    Changes changes;
    bool whole = false;  // everything, because the board cannot go on from where it stands
  };
  struct Published {
    RecordState record;
    Day day;  // by the calendar when it was published
  };

  // The newest state of the lists is out, as far as the board goes.
  Result<void> publish(const Moment& moment);
  Result<Moment> fold_waiting();
  void note_fold(const Folded& folded, const Moment& moment, Monotonic read_at, bool is_first);
  Result<Reached> follow(Day day);
  Result<News> read_news(const std::optional<BoardState>& board, Day today);
  Result<RecordState> publish_from_board(Day day);
  Result<void> publish_from_totals(const Moment& moment);

  Database& database_;            // constant
  SalesStore& store_;             // constant
  RankingBoard& board_;           // constant
  PopularList& list_;             // constant
  const ShopCalendar& calendar_;  // constant
  const Clock& clock_;            // constant
  FollowerProgress progress_;
  std::optional<Published> last_;          // follower thread only
  std::optional<Timestamp> fell_back_at_;  // follower thread only
};

}  // namespace rushline::ranking
