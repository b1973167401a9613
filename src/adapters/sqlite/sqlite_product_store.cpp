// Statements on the table `products`.
#include "adapters/sqlite/sqlite_product_store.hpp"

#include <fmt/format.h>

#include "adapters/sqlite/sqlite_transaction.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"
#include "core/page_of.hpp"

namespace rushline::sqlite {

using catalog::NewProduct;
using catalog::Product;
using catalog::ProductPatch;

namespace {

Product read_product(Statement& row) {
  return {row.shop_id<ProductId>(0), row.string(1), row.money(2), row.integer(3)};
}

Error not_found(const ProductId& id) {
  return fail(Errc::not_found, fmt::format("There is no product {}.", id.view()));
}

// Lists show names and prices, so a change of them is a change of the lists.
Result<void> raise_catalog_revision(Connection& connection) {
  return connection.run("UPDATE record SET catalog_revision = catalog_revision + 1");
}

// Whether a list may show the product: it has sales on a day that is near `now` in some time zone.
Result<bool> may_be_listed(Connection& connection, const ProductId& id, Timestamp now) {
  const auto utc_day = static_cast<std::int32_t>(
      std::chrono::floor<std::chrono::days>(now).time_since_epoch().count());
  // Zones are at most a day from UTC.
  for (int day = utc_day - limits::ranking_window_days; day <= utc_day + 1; ++day) {
    auto found =
        connection.use("SELECT 1 FROM sales_daily WHERE day = ? AND product_id = ?", day, id)
            .first([](Statement&) { return true; });
    if (found.has_error()) return found.error();
    if (found->has_value()) return true;
  }
  return false;
}

// False when the id is taken.
Result<bool> insert_as(Connection& connection, const ProductId& id, const NewProduct& product,
                       Timestamp now) {
  auto inserted = connection
                      .use(
                          "INSERT INTO products (product_id, name, price, stock) "
                          "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                          id, product.name, product.price, product.stock)
                      .run_counting();
  if (inserted.has_error()) return inserted.error();
  if (*inserted == 0) return false;
  auto listed = may_be_listed(connection, id, now);
  if (listed.has_error()) return listed.error();
  if (*listed) {
    if (auto raised = raise_catalog_revision(connection); raised.has_error()) return raised.error();
  }
  return true;
}

// A number that no product was named after by this function before; the next one is `step` later.
Result<std::int64_t> next_number(Connection& connection, std::int64_t step) {
  auto number = connection
                    .use(
                        "INSERT INTO meta (key, value) VALUES ('next_product_number', 1 + ?1) "
                        "ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + ?1 "
                        "RETURNING CAST(value AS INTEGER) - ?1",
                        step)
                    .first([](Statement& row) { return row.integer(0); });
  if (number.has_error()) return number.error();
  return number->value_or(0);
}

Result<ProductId> insert_under_new_id(Connection& connection, const NewProduct& product,
                                      Timestamp now) {
  // Ids of the shop's own may have the same form: over a row of those in doubling steps.
  for (std::int64_t step = 1;; step *= 2) {
    auto number = next_number(connection, step);
    if (number.has_error()) return number.error();
    const auto id = ProductId::parse(fmt::format("p-{}", *number));
    RUSHLINE_ASSERT(id.has_value());
    auto inserted = insert_as(connection, *id, product, now);
    if (inserted.has_error()) return inserted.error();
    if (*inserted) return *id;
  }
}

Result<std::int64_t> patched_stock(const Product& product, const ProductPatch& patch) {
  const std::int64_t add = patch.add_stock.value_or(0);
  if (add < -product.stock) {
    return fail(Errc::out_of_stock,
                fmt::format("Product {} has a stock of {}; adding {} would make it negative.",
                            product.id.view(), product.stock, add));
  }
  if (add > 0 && add > limits::stock_max - product.stock) {
    return invalid_field("add_stock", fmt::format("the stock would rise above {}; it is {} now",
                                                  limits::stock_max, product.stock));
  }
  return product.stock + add;
}

}  // namespace

Result<Product> SqliteProductStore::insert(Transaction& transaction, const NewProduct& product) {
  Connection& connection = connection_of(transaction);
  if (!product.id) {
    auto id = insert_under_new_id(connection, product, transaction.now());
    if (id.has_error()) return id.error();
    return Product{*id, product.name, product.price, product.stock};
  }
  auto inserted = insert_as(connection, *product.id, product, transaction.now());
  if (inserted.has_error()) return inserted.error();
  if (!*inserted) {
    return fail(Errc::product_exists,
                fmt::format("There is a product {} already.", product.id->view()));
  }
  return Product{*product.id, product.name, product.price, product.stock};
}

Result<std::optional<Product>> SqliteProductStore::find(Transaction& transaction,
                                                        const ProductId& id) {
  return connection_of(transaction)
      .use("SELECT product_id, name, price, stock FROM products WHERE product_id = ?", id)
      .first(read_product);
}

Result<Page<Product, ProductId>> SqliteProductStore::list(Transaction& transaction,
                                                          const std::optional<ProductId>& after,
                                                          std::int64_t limit) {
  const std::string_view from = after ? after->view() : std::string_view();
  auto rows = connection_of(transaction)
                  .use(
                      "SELECT product_id, name, price, stock FROM products "
                      "WHERE product_id > ? ORDER BY product_id LIMIT ?",
                      from, limit + 1)
                  .all(read_product);
  if (rows.has_error()) return rows.error();
  return page_of<Product, ProductId>(std::move(*rows), limit);
}

Result<Product> SqliteProductStore::patch(Transaction& transaction, const ProductId& id,
                                          const ProductPatch& patch) {
  Connection& connection = connection_of(transaction);
  auto found = find(transaction, id);
  if (found.has_error()) return found.error();
  if (!*found) return not_found(id);
  Product product = std::move(**found);
  auto stock = patched_stock(product, patch);
  if (stock.has_error()) return stock.error();
  product.stock = *stock;
  const bool shows =
      (patch.name && *patch.name != product.name) || (patch.price && *patch.price != product.price);
  if (patch.name) product.name = *patch.name;
  if (patch.price) product.price = *patch.price;
  auto updated = connection
                     .use("UPDATE products SET name = ?, price = ?, stock = ? WHERE product_id = ?",
                          product.name, product.price, product.stock, id)
                     .run();
  if (updated.has_error()) return updated.error();
  if (shows) {
    if (auto raised = raise_catalog_revision(connection); raised.has_error()) return raised.error();
  }
  return product;
}

Result<Money> SqliteStock::take(Transaction& transaction, const ProductId& product,
                                std::int64_t quantity) {
  RUSHLINE_ASSERT(quantity >= 1);
  Connection& connection = connection_of(transaction);
  auto price = connection
                   .use(
                       "UPDATE products SET stock = stock - ?2 "
                       "WHERE product_id = ?1 AND stock >= ?2 RETURNING price",
                       product, quantity)
                   .first([](Statement& row) { return row.money(0); });
  if (price.has_error()) return price.error();
  if (*price) return **price;
  auto known =
      connection.use("SELECT 1 FROM products WHERE product_id = ?", product).first([](Statement&) {
        return true;
      });
  if (known.has_error()) return known.error();
  if (!known->has_value()) return not_found(product);
  return fail(Errc::out_of_stock,
              fmt::format("Fewer than {} of product {} are left.", quantity, product.view()));
}

Result<void> SqliteStock::give_back(Transaction& transaction, const ProductId& product,
                                    std::int64_t quantity) {
  RUSHLINE_ASSERT(quantity >= 1);
  return connection_of(transaction)
      .use("UPDATE products SET stock = stock + ? WHERE product_id = ?", quantity, product)
      .run();
}

}  // namespace rushline::sqlite
