// Orders in PostgreSQL.
#pragma once

#include "orders/order_store.hpp"

namespace rushline::postgres {

// Without state; safe to share between threads.
class PostgresOrderStore final : public orders::OrderStore {
 public:
  Result<OrderId> insert(Transaction& transaction, const orders::Order& order) override;
  Result<std::optional<orders::Order>> find(Transaction& transaction, OrderId id) override;
  Result<std::optional<orders::Order>> lock(Transaction& transaction, OrderId id) override;
  Result<void> set_status(Transaction& transaction, OrderId id, orders::OrderStatus status,
                          const std::optional<Timestamp>& completed_at) override;
  Result<std::vector<OrderId>> unpaid_until(Transaction& transaction, Timestamp now,
                                            std::int64_t limit) override;
};

}  // namespace rushline::postgres
