// How a sale gets into the outbox, in the transaction that made it.
#include "ranking/increases_product_ranking.hpp"

namespace rushline::ranking {

Result<void> SaleRecorder::record(Transaction& transaction, std::span<const OutboxRow> rows) const {
  if (rows.empty()) return {};
  if (auto appended = store_.append_outbox(transaction, rows); appended.has_error()) {
    return appended;
  }
  fail_point("outbox.written");
  transaction.after_commit([wake = wake_fold_] {
    if (wake) wake();
  });
  return {};
}

}  // namespace rushline::ranking
