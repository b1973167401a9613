// Folds outbox rows into daily totals: each fold is one transaction and one revision, exactly once.
#pragma once

#include "ranking/sales_store.hpp"

namespace rushline::ranking {

struct Folded {
  RecordState state;          // afterwards
  bool more_waiting = false;  // there were rows, so there may be more
};

// Runs inside a unit of work. With an empty outbox nothing is written and the revision stays.
Result<Folded> fold_sales(Transaction& transaction, SalesStore& store);

}  // namespace rushline::ranking
