// The record of what was sold, in SQLite: outbox, daily totals, purchases.
#pragma once

#include "ranking/sales_store.hpp"

namespace rushline::sqlite {

// Without state; safe to share between threads. A write transaction is the only one, so that
// lock_record() has nothing to add to record_state().
class SqliteSalesStore final : public ranking::SalesStore {
 public:
  Result<void> append_outbox(Transaction& transaction,
                             std::span<const ranking::OutboxRow> rows) override;
  Result<ranking::TakenSales> take_outbox(Transaction& transaction,
                                          std::int64_t count_max) override;
  Result<void> add_totals(Transaction& transaction, ranking::Revision revision,
                          std::span<const ranking::DayDelta> deltas) override;

  Result<ranking::RecordState> lock_record(Transaction& transaction) override {
    return record_state(transaction);
  }
  Result<ranking::RecordState> record_state(Transaction& transaction) override;
  Result<std::optional<ranking::OutboxHead>> outbox_head(Transaction& transaction) override;
  Result<ranking::Changes> changes(Transaction& transaction, const DayWindow& window,
                                   ranking::Revision after, ranking::Revision up_to,
                                   std::int64_t count_max) override;
  Result<std::vector<ranking::DayTotal>> totals_after(Transaction& transaction, Day day,
                                                      const std::optional<ProductId>& after,
                                                      std::int64_t count_max) override;
  Result<std::vector<ranking::Score>> top(Transaction& transaction, const DayWindow& window,
                                          std::int64_t count_max) override;
  Result<std::int64_t> score(Transaction& transaction, const DayWindow& window,
                             const ProductId& product) override;
  Result<std::vector<ranking::ProductLabel>> labels(Transaction& transaction,
                                                    std::span<const ProductId> products) override;

  Result<std::vector<ranking::LineOutcome>> insert_purchases(
      Transaction& transaction, std::span<const ranking::PurchaseLine> lines) override;
  Result<std::optional<std::vector<ranking::PurchaseLine>>> delete_purchase(
      Transaction& transaction, const PurchaseId& purchase) override;
};

}  // namespace rushline::sqlite
