// The rank and score of one product: from the board, and without it as well as can be told cheaply.
#pragma once

#include "core/database.hpp"
#include "ranking/popular_list.hpp"
#include "ranking/ranking_board.hpp"

namespace rushline::ranking {

// Safe to call from any thread that may block.
class ProductStanding {
 public:
  // All must outlive it.
  ProductStanding(RankingBoard& board, PopularList& list, SalesStore& store,
                  const ShopCalendar& calendar)
      : board_(board), list_(list), store_(store), calendar_(calendar) {}

  // Inside a unit of work. While the board cannot be asked: where the published list has the
  // product; if it is not on it, its score by the record, without a rank, because counting all
  // products before it would cost as much as the catalogue is large.
  Result<Standing> of(Transaction& transaction, std::int32_t days, const ProductId& product);

 private:
  RankingBoard& board_;           // constant
  PopularList& list_;             // constant
  SalesStore& store_;             // constant
  const ShopCalendar& calendar_;  // constant
};

}  // namespace rushline::ranking
