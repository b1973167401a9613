// Products and their stock in PostgreSQL.
#pragma once

#include "catalog/product_store.hpp"
#include "orders/order_store.hpp"

namespace rushline::postgres {

// Without state; safe to share between threads.
class PostgresProductStore final : public catalog::ProductStore {
 public:
  Result<catalog::Product> insert(Transaction& transaction,
                                  const catalog::NewProduct& product) override;
  Result<std::optional<catalog::Product>> find(Transaction& transaction,
                                               const ProductId& id) override;
  Result<Page<catalog::Product, ProductId>> list(Transaction& transaction,
                                                 const std::optional<ProductId>& after,
                                                 std::int64_t limit) override;
  Result<catalog::Product> patch(Transaction& transaction, const ProductId& id,
                                 const catalog::ProductPatch& patch) override;
};

// The same rows, as orders use them. Without state; safe to share between threads.
class PostgresStock final : public orders::Stock {
 public:
  Result<Money> take(Transaction& transaction, const ProductId& product,
                     std::int64_t quantity) override;
  Result<void> give_back(Transaction& transaction, const ProductId& product,
                         std::int64_t quantity) override;
};

}  // namespace rushline::postgres
