// Products in a map, for tests of the catalogue's rules.
#pragma once

#include <map>
#include <string>

#include "catalog/product_store.hpp"
#include "core/limits.hpp"

namespace rushline::tests {

class FakeProductStore final : public catalog::ProductStore {
 public:
  Result<catalog::Product> insert(Transaction&, const catalog::NewProduct& product) override {
    const ProductId id = product.id ? *product.id : made_up_id();
    const catalog::Product stored{id, product.name, product.price, product.stock};
    if (!products_.emplace(id, stored).second) return fail(Errc::product_exists, "taken");
    return stored;
  }

  Result<std::optional<catalog::Product>> find(Transaction&, const ProductId& id) override {
    const auto found = products_.find(id);
    if (found == products_.end()) return std::optional<catalog::Product>();
    return std::optional(found->second);
  }

  Result<Page<catalog::Product, ProductId>> list(Transaction&,
                                                 const std::optional<ProductId>& after,
                                                 std::int64_t limit) override {
    Page<catalog::Product, ProductId> page;
    auto at = after ? products_.upper_bound(*after) : products_.begin();
    for (; at != products_.end(); ++at) {
      if (std::ssize(page.items) == limit) {
        page.next = page.items.back().id;
        break;
      }
      page.items.push_back(at->second);
    }
    return page;
  }

  Result<catalog::Product> patch(Transaction&, const ProductId& id,
                                 const catalog::ProductPatch& patch) override {
    const auto found = products_.find(id);
    if (found == products_.end()) return fail(Errc::not_found, "no such product");
    catalog::Product changed = found->second;
    if (patch.name) changed.name = *patch.name;
    if (patch.price) changed.price = *patch.price;
    if (patch.add_stock) changed.stock += *patch.add_stock;
    if (changed.stock < 0) return fail(Errc::out_of_stock, "below zero");
    if (changed.stock > limits::stock_max) return invalid_field("add_stock", "too many");
    found->second = changed;
    return changed;
  }

 private:
  ProductId made_up_id() { return *ProductId::parse("p-" + std::to_string(++last_number_)); }

  std::map<ProductId, catalog::Product> products_;
  int last_number_ = 0;
};

}  // namespace rushline::tests
