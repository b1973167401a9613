// What can be done with products. Each call runs inside a unit of work.
//
// Stateless but for its port; safe to share between threads.
#pragma once

#include "catalog/product_store.hpp"

namespace rushline::catalog {

class ProductService {
 public:
  explicit ProductService(ProductStore& store) : store_(store) {}

  // Errc::product_exists, Errc::invalid_input.
  Result<Product> create(Transaction& transaction, const NewProduct& product);
  // Errc::not_found.
  Result<Product> get(Transaction& transaction, const ProductId& id);
  Result<Page<Product, ProductId>> list(Transaction& transaction,
                                        const std::optional<ProductId>& after, std::int64_t limit);
  // Errc::not_found, Errc::out_of_stock, Errc::invalid_input.
  Result<Product> patch(Transaction& transaction, const ProductId& id, const ProductPatch& patch);

 private:
  ProductStore& store_;  // constant
};

}  // namespace rushline::catalog
