// The record of what was sold, in PostgreSQL: outbox, daily totals, purchases.
#pragma once

#include "ranking/sales_store.hpp"

namespace rushline::postgres {

// Without state; safe to share between threads. Ids of the outbox are given when a row is written
// and seen when it is committed, so a smaller one may be seen later: a fold takes what it sees,
// whatever came before, and deletes exactly that.
class PostgresSalesStore final : public ranking::SalesStore {
 public:
  Result<void> append_outbox(Transaction& transaction,
                             std::span<const ranking::OutboxRow> rows) override;
  Result<ranking::TakenSales> take_outbox(Transaction& transaction,
                                          std::int64_t count_max) override;
  Result<void> add_totals(Transaction& transaction, ranking::Revision revision,
                          std::span<const ranking::DayDelta> deltas) override;

  Result<ranking::RecordState> lock_record(Transaction& transaction) override;
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

}  // namespace rushline::postgres
