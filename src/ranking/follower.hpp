// Brings sales to the lists: fold the outbox, follow the record with the board, publish the lists.
//
// One background thread calls run_once() whenever it is woken (a sale was committed, a product was
// renamed) and at least every limits::list_poll_interval; nothing is done when nothing changed but
// one small read. A crash anywhere is made up for by the next call: what the board lacks is told by
// its own revision.
#pragma once

#include <optional>

#include "core/database.hpp"
#include "ranking/popular_list.hpp"
#include "ranking/ranking_board.hpp"
#include "ranking/sales_fold.hpp"

namespace rushline::ranking {

class Follower {
 public:
  Follower(Database& database, SalesStore& store, RankingBoard& board, PopularList& list,
           const ShopCalendar& calendar)
      : database_(database), store_(store), board_(board), list_(list), calendar_(calendar) {}

  // Blocks on the database and the board; one thread at a time. An error means that something could
  // not be reached; the lists stay as they are, and the next call goes on from there.
  Result<void> run_once();

 private:
  struct Published {
    RecordState record;
    Day today;
  };

  Database& database_;             // constant
  SalesStore& store_;              // constant
  RankingBoard& board_;            // constant
  PopularList& list_;              // constant
  const ShopCalendar& calendar_;   // constant
  std::optional<Published> last_;  // follower thread only
};

}  // namespace rushline::ranking
