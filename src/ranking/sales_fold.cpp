// One fold: rows out of the outbox, totals up, revision up, all in one transaction.
#include "ranking/sales_fold.hpp"

#include "core/fail_point.hpp"
#include "core/limits.hpp"

namespace rushline::ranking {

Result<Folded> fold_sales(Transaction& transaction, SalesStore& store) {
  auto record = store.lock_record(transaction);
  if (record.has_error()) return record.error();
  auto taken = store.take_outbox(transaction, static_cast<std::int64_t>(limits::fold_rows_max));
  if (taken.has_error()) return taken.error();
  if (taken->deltas.empty()) return Folded{*record};

  const Revision next{record->revision.value + 1};
  if (auto added = store.add_totals(transaction, next, taken->deltas); added.has_error()) {
    return added.error();
  }
  fail_point("fold.totals_written");
  auto folded = store.record_state(transaction);
  if (folded.has_error()) return folded.error();
  return Folded{*folded, true, taken->rows, taken->rows_left, taken->oldest_at};
}

}  // namespace rushline::ranking
