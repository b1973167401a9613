// Products as the catalogue keeps them (port).
//
// Implemented by the database adapters; contract: tests/contract/product_store_contract.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/database.hpp"
#include "core/ids.hpp"
#include "core/money.hpp"
#include "core/page.hpp"
#include "core/result.hpp"

namespace rushline::catalog {

struct Product {
  ProductId id;
  std::string name;
  Money price;
  std::int64_t stock = 0;

  friend bool operator==(const Product&, const Product&) = default;
};

struct NewProduct {
  std::optional<ProductId> id;  // nothing = the store makes one up
  std::string name;
  Money price;
  std::int64_t stock = 0;
};

// What changes; nothing = stays.
struct ProductPatch {
  std::optional<std::string> name;
  std::optional<Money> price;
  std::optional<std::int64_t> add_stock;  // may be negative; the stock never goes below zero
};

// Called inside a unit of work. Errc::unavailable when the database fails.
class ProductStore {
 public:
  virtual ~ProductStore() = default;

  // Errc::product_exists when the id is taken.
  virtual Result<Product> insert(Transaction& transaction, const NewProduct& product) = 0;

  virtual Result<std::optional<Product>> find(Transaction& transaction, const ProductId& id) = 0;

  // In ascending byte order of the ids, from the one after `after`.
  virtual Result<Page<Product, ProductId>> list(Transaction& transaction,
                                                const std::optional<ProductId>& after,
                                                std::int64_t limit) = 0;

  // Errc::not_found; Errc::out_of_stock when the stock would fall below zero; Errc::invalid_input
  // when it would rise above limits::stock_max. A change of name or price raises the catalogue's
  // revision (ranking::SalesStore::catalog_revision), because lists show them.
  virtual Result<Product> patch(Transaction& transaction, const ProductId& id,
                                const ProductPatch& patch) = 0;
};

}  // namespace rushline::catalog
