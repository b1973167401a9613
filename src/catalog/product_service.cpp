// Product rules: what a name, a price and a stock may be. The store keeps them.
#include "catalog/product_service.hpp"

#include <fmt/format.h>

#include <string_view>

#include "core/limits.hpp"

namespace rushline::catalog {
namespace {

// Collects every wrong field, so that a client hears of all of them at once.
class FieldCheck {
 public:
  void name(const std::string& name) {
    if (name.empty() || name.size() > limits::name_bytes_max) {
      add("name", fmt::format("must have 1 to {} bytes", limits::name_bytes_max));
    }
  }

  void price(Money price) { range("price", price.amount, 0, limits::price_max); }

  void range(std::string_view field, std::int64_t value, std::int64_t min, std::int64_t max) {
    if (value < min || value > max) add(field, fmt::format("must be from {} to {}", min, max));
  }

  Result<void> outcome() const {
    if (fields_.empty()) return {};
    const FieldError& first = fields_.front();
    return Error{Errc::invalid_input, first.field + ": " + first.message, fields_};
  }

 private:
  void add(std::string_view field, std::string message) {
    fields_.push_back({std::string(field), std::move(message)});
  }

  std::vector<FieldError> fields_;
};

}  // namespace

Result<Product> ProductService::create(Transaction& transaction, const NewProduct& product) {
  FieldCheck check;
  check.name(product.name);
  check.price(product.price);
  check.range("stock", product.stock, 0, limits::stock_max);
  if (auto checked = check.outcome(); checked.has_error()) return checked.error();
  return store_.insert(transaction, product);
}

Result<Product> ProductService::get(Transaction& transaction, const ProductId& id) {
  auto found = store_.find(transaction, id);
  if (found.has_error()) return found.error();
  if (!found->has_value()) {
    return fail(Errc::not_found, fmt::format("There is no product {}.", id.view()));
  }
  return std::move(**found);
}

Result<Page<Product, ProductId>> ProductService::list(Transaction& transaction,
                                                      const std::optional<ProductId>& after,
                                                      std::int64_t limit) {
  return store_.list(transaction, after, limit);
}

Result<Product> ProductService::patch(Transaction& transaction, const ProductId& id,
                                      const ProductPatch& patch) {
  FieldCheck check;
  if (patch.name) check.name(*patch.name);
  if (patch.price) check.price(*patch.price);
  if (patch.add_stock) {
    check.range("add_stock", *patch.add_stock, -limits::stock_max, limits::stock_max);
  }
  if (auto checked = check.outcome(); checked.has_error()) return checked.error();
  return store_.patch(transaction, id, patch);
}

}  // namespace rushline::catalog
