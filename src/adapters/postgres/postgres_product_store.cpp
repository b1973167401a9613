// Statements on the table `products`.
#include "adapters/postgres/postgres_product_store.hpp"

#include <fmt/format.h>

#include "adapters/postgres/postgres_transaction.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"
#include "core/page_of.hpp"

namespace rushline::postgres {

using catalog::NewProduct;
using catalog::Product;
using catalog::ProductPatch;

namespace {

#define RUSHLINE_PRODUCT_COLUMNS "product_id, name, price, stock"

Product read_product(Rows& row) {
  return {row.shop_id<ProductId>(0), row.string(1), row.money(2), row.integer(3)};
}

Error not_found(const ProductId& id) {
  return fail(Errc::not_found, fmt::format("There is no product {}.", id.view()));
}

// Lists show names and prices, so a change of them is a change of the lists.
Result<void> raise_catalog_revision(Connection& connection) {
  return connection.use("UPDATE rushline.record SET catalog_revision = catalog_revision + 1").run();
}

// Whether a list may show the product: it has sales on a day that is near `now` in some time zone.
// Holds up folds until this transaction ends, so that none goes by unseen: a list made of it must
// already see the product, or hear of it by the catalogue's revision.
Result<bool> may_be_listed(Connection& connection, const ProductId& id, Timestamp now) {
  const auto utc_day = static_cast<std::int32_t>(
      std::chrono::floor<std::chrono::days>(now).time_since_epoch().count());
  connection.before_next("SELECT FROM rushline.record FOR NO KEY UPDATE");
  // Zones are at most a day from UTC.
  auto found = connection
                   .use(
                       "SELECT FROM rushline.sales_daily "
                       "WHERE day BETWEEN $1 AND $2 AND product_id = $3 LIMIT 1",
                       utc_day - limits::ranking_window_days, utc_day + 1, id)
                   .first([](Rows&) { return true; });
  if (found.has_error()) return found.error();
  return found->has_value();
}

// False when the id is taken.
Result<bool> insert_as(Transaction& transaction, const ProductId& id, const NewProduct& product) {
  Connection& connection = connection_of(transaction);
  auto inserted = connection
                      .use(
                          "INSERT INTO rushline.products (product_id, name, price, stock) "
                          "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                          id, product.name, product.price, product.stock)
                      .run_counting();
  if (inserted.has_error()) return inserted.error();
  if (*inserted == 0) return false;
  auto listed = may_be_listed(connection, id, transaction.now());
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
                        "INSERT INTO rushline.meta AS m (key, value) "
                        "VALUES ('next_product_number', (1 + $1)::text) "
                        "ON CONFLICT (key) DO UPDATE SET value = (m.value::bigint + $1)::text "
                        "RETURNING value::bigint - $1",
                        step)
                    .first([](Rows& row) { return row.integer(0); });
  if (number.has_error()) return number.error();
  return number->value_or(0);
}

Result<ProductId> insert_under_new_id(Transaction& transaction, const NewProduct& product) {
  // Ids of the shop's own may have the same form: over a row of those in doubling steps.
  for (std::int64_t step = 1;; step *= 2) {
    auto number = next_number(connection_of(transaction), step);
    if (number.has_error()) return number.error();
    const auto id = ProductId::parse(fmt::format("p-{}", *number));
    RUSHLINE_ASSERT(id.has_value());
    auto inserted = insert_as(transaction, *id, product);
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

Result<Product> PostgresProductStore::insert(Transaction& transaction, const NewProduct& product) {
  if (!product.id) {
    auto id = insert_under_new_id(transaction, product);
    if (id.has_error()) return id.error();
    return Product{*id, product.name, product.price, product.stock};
  }
  auto inserted = insert_as(transaction, *product.id, product);
  if (inserted.has_error()) return inserted.error();
  if (!*inserted) {
    return fail(Errc::product_exists,
                fmt::format("There is a product {} already.", product.id->view()));
  }
  return Product{*product.id, product.name, product.price, product.stock};
}

Result<std::optional<Product>> PostgresProductStore::find(Transaction& transaction,
                                                          const ProductId& id) {
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_PRODUCT_COLUMNS " FROM rushline.products WHERE product_id = $1", id)
      .first(read_product);
}

Result<Page<Product, ProductId>> PostgresProductStore::list(Transaction& transaction,
                                                            const std::optional<ProductId>& after,
                                                            std::int64_t limit) {
  const std::string_view from = after ? after->view() : std::string_view();
  auto rows = connection_of(transaction)
                  .use("SELECT " RUSHLINE_PRODUCT_COLUMNS
                       " FROM rushline.products "
                       "WHERE product_id > $1 ORDER BY product_id LIMIT $2",
                       from, limit + 1)
                  .all(read_product);
  if (rows.has_error()) return rows.error();
  return page_of<Product, ProductId>(std::move(*rows), limit);
}

Result<Product> PostgresProductStore::patch(Transaction& transaction, const ProductId& id,
                                            const ProductPatch& patch) {
  Connection& connection = connection_of(transaction);
  connection.before_next("SELECT FROM rushline.products WHERE product_id = $1 FOR NO KEY UPDATE",
                         id);
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
                     .use(
                         "UPDATE rushline.products SET name = $1, price = $2, stock = $3 "
                         "WHERE product_id = $4",
                         product.name, product.price, product.stock, id)
                     .run();
  if (updated.has_error()) return updated.error();
  if (shows) {
    if (auto raised = raise_catalog_revision(connection); raised.has_error()) return raised.error();
  }
  return product;
}

Result<Money> PostgresStock::take(Transaction& transaction, const ProductId& product,
                                  std::int64_t quantity) {
  RUSHLINE_ASSERT(quantity >= 1);
  Connection& connection = connection_of(transaction);
  auto price = connection
                   .use(
                       "UPDATE rushline.products SET stock = stock - $2 "
                       "WHERE product_id = $1 AND stock >= $2 RETURNING price",
                       product, quantity)
                   .first([](Rows& row) { return row.money(0); });
  if (price.has_error()) return price.error();
  if (*price) return **price;
  auto known = connection.use("SELECT FROM rushline.products WHERE product_id = $1", product)
                   .first([](Rows&) { return true; });
  if (known.has_error()) return known.error();
  if (!known->has_value()) return not_found(product);
  return fail(Errc::out_of_stock,
              fmt::format("Fewer than {} of product {} are left.", quantity, product.view()));
}

Result<void> PostgresStock::give_back(Transaction& transaction, const ProductId& product,
                                      std::int64_t quantity) {
  RUSHLINE_ASSERT(quantity >= 1);
  return connection_of(transaction)
      .use("UPDATE rushline.products SET stock = stock + $1 WHERE product_id = $2", quantity,
           product)
      .run();
}

}  // namespace rushline::postgres
