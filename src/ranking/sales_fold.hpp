// Folds outbox rows into daily totals: each fold is one transaction and one revision, exactly once.
#pragma once

#include "ranking/sales_store.hpp"

namespace rushline::ranking {

struct Folded {
  RecordState state;          // afterwards
  bool more_waiting = false;  // there were rows, so there may be more
  std::int64_t rows = 0;      // that were folded
  std::int64_t rows_left = 0;
  std::optional<Timestamp> oldest_at = std::nullopt;  // of the rows, by database time
};

// Runs inside a unit of work. With an empty outbox nothing is written and the revision stays.
Result<Folded> fold_sales(Transaction& transaction, SalesStore& store);

}  // namespace rushline::ranking
