// Brings sales to the lists: fold the outbox, follow the record with the board, publish the lists.
//
// One background thread calls run_once() whenever it is woken (a sale was committed, a product was
// renamed) and at least every limits::list_poll_interval; when nothing changed, that is one small
// read of the database and one question to the board. A crash anywhere is made up for by the next
// call: what the board lacks is told by its own revision.
#pragma once

#include <future>
#include <optional>

#include "core/database.hpp"
#include "ranking/follower_progress.hpp"
#include "ranking/list_tops.hpp"
#include "ranking/popular_list.hpp"
#include "ranking/ranking_board.hpp"
#include "ranking/rebuilder.hpp"
#include "ranking/sales_fold.hpp"

namespace rushline::ranking {

class Follower {
 public:
  // All must outlive the follower.
  Follower(Database& database, SalesStore& store, RankingBoard& board, PopularList& list,
           const ShopCalendar& calendar, const Clock& clock)
      : database_(database),
        store_(store),
        board_(board),
        list_(list),
        calendar_(calendar),
        clock_(clock),
        progress_(clock.monotonic()) {}

  // True: there is more to do at once, because a rebuild is done in turns, so that folding and
  // lists go on meanwhile. Blocks on the database and the board; one thread at a time. An error
  // means that something could not be reached; the next call goes on from there.
  //
  // While the board cannot be read, and no list is confirmed any more, lists straight from the
  // totals are published, marked stale, not more often than every limits::list_fallback_interval.
  Result<bool> run_once();

  // Any thread.
  FollowerCounts counts() const { return progress_.read(clock_.monotonic()); }

 private:
  // What the first unit of every call tells.
  struct Moment {
    RecordState record;
    Timestamp now;  // database time
    bool more_waiting = false;
  };
  // Where the board stands after following.
  struct Reached {
    RecordState record;
    Day today;
  };
  struct Shown {
    RecordState record;
    Day day;
    ListSource source;
  };

  // Lists on their way from the totals.
  struct Fallback {
    Monotonic asked_at;
    std::future<Result<ListTops>> read;
  };

  Result<Moment> fold_waiting();
  Result<Moment> look();
  void note_fold(const Folded& folded, const Moment& moment, Monotonic read_at, bool is_first);
  Day day_of(const Moment& moment) const;
  Result<std::optional<Reached>> follow(const RecordState& record, Day day);
  Result<std::optional<Changes>> read_news(const BoardState& board, Day today);
  Result<std::optional<Reached>> go_on_rebuilding();
  Result<bool> begin_rebuild(const std::optional<BoardState>& replaced, Day today);
  Result<void> publish_reached(const Reached& reached, const Moment& moment, Monotonic asked_at);
  Result<void> publish_from_board(const Reached& reached, Monotonic asked_at);
  Result<void> show_without_board(const Moment& moment, Monotonic asked_at);
  void begin_fallback(Day today, Monotonic asked_at);
  Result<void> end_fallback(Revision folded);
  bool shows(const RecordState& record, Day day, ListSource source) const;

  Database& database_;            // constant
  SalesStore& store_;             // constant
  RankingBoard& board_;           // constant
  PopularList& list_;             // constant
  const ShopCalendar& calendar_;  // constant
  const Clock& clock_;            // constant
  FollowerProgress progress_;
  bool has_folded_ = false;                     // follower thread only: in this call
  std::optional<Shown> shown_;                  // follower thread only
  std::optional<Monotonic> confirmed_at_;       // follower thread only
  std::optional<Fallback> fallback_;            // follower thread only
  std::optional<Monotonic> no_fallback_until_;  // follower thread only
  std::optional<Rebuilder> rebuilder_;          // follower thread only
};

}  // namespace rushline::ranking
