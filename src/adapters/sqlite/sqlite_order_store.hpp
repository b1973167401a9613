// Orders in SQLite.
#pragma once

#include "orders/order_store.hpp"

namespace rushline::sqlite {

// Without state; safe to share between threads. There is one writer, so that lock() has nothing to
// add to find().
class SqliteOrderStore final : public orders::OrderStore {
 public:
  Result<OrderId> insert(Transaction& transaction, const orders::Order& order) override;
  Result<std::optional<orders::Order>> find(Transaction& transaction, OrderId id) override;
  Result<std::optional<orders::Order>> lock(Transaction& transaction, OrderId id) override {
    return find(transaction, id);
  }
  Result<void> set_status(Transaction& transaction, OrderId id, orders::OrderStatus status,
                          const std::optional<Timestamp>& completed_at) override;
  Result<std::vector<OrderId>> unpaid_until(Transaction& transaction, Timestamp now,
                                            std::int64_t limit) override;
};

}  // namespace rushline::sqlite
