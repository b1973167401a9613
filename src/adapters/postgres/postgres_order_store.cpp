// Statements on the tables `orders` and `order_lines`.
#include "adapters/postgres/postgres_order_store.hpp"

#include "adapters/postgres/order_rows.hpp"
#include "adapters/postgres/postgres_transaction.hpp"

namespace rushline::postgres {

using orders::Order;
using orders::OrderLine;
using orders::OrderStatus;

namespace {

OrderLine read_line(Rows& row) { return {row.shop_id<ProductId>(0), row.integer(1), row.money(2)}; }

}  // namespace

Result<OrderId> PostgresOrderStore::insert(Transaction& transaction, const Order& order) {
  const auto column = [&](auto get) { return Array::of(order.lines, get); };
  auto id =
      connection_of(transaction)
          .use(
              "WITH placed AS (INSERT INTO rushline.orders (user_id, status, subtotal, discount, "
              "total, coupon_id, created_at, expires_at, completed_at) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING order_id), "
              "lines AS (INSERT INTO rushline.order_lines "
              "(order_id, line_no, product_id, quantity, unit_price) "
              "SELECT order_id, line_no, product_id, quantity, unit_price FROM placed, "
              "unnest($10::text[], $11::bigint[], $12::bigint[]) WITH ORDINALITY "
              "AS line (product_id, quantity, unit_price, line_no)) "
              "SELECT order_id FROM placed",
              order.user, to_word(order.status), order.subtotal, order.discount, order.total,
              order.coupon_id, order.created_at, order.expires_at, order.completed_at,
              column([](const OrderLine& line) { return line.product_id.view(); }),
              column([](const OrderLine& line) { return line.quantity; }),
              column([](const OrderLine& line) { return line.unit_price.amount; }))
          .first([](Rows& row) { return OrderId{row.integer(0)}; });
  if (id.has_error()) return id.error();
  return **id;
}

Result<std::optional<Order>> PostgresOrderStore::find(Transaction& transaction, OrderId id) {
  Connection& connection = connection_of(transaction);
  std::optional<Order> order;
  std::optional<Error> corrupt;
  connection.before_next_telling(
      [&](Rows& row) {
        if (row.step()) order = read_order(row);
        corrupt = row.error();
      },
      "SELECT " RUSHLINE_ORDER_COLUMNS " FROM rushline.orders AS o WHERE o.order_id = $1", id);
  auto lines = connection
                   .use(
                       "SELECT product_id, quantity, unit_price FROM rushline.order_lines "
                       "WHERE order_id = $1 ORDER BY line_no",
                       id)
                   .all(read_line);
  if (corrupt) return *corrupt;
  if (lines.has_error()) return lines.error();
  if (order) order->lines = std::move(*lines);
  return order;
}

Result<std::optional<Order>> PostgresOrderStore::lock(Transaction& transaction, OrderId id) {
  connection_of(transaction)
      .before_next("SELECT FROM rushline.orders WHERE order_id = $1 FOR NO KEY UPDATE", id);
  return find(transaction, id);
}

Result<void> PostgresOrderStore::set_status(Transaction& transaction, OrderId id,
                                            OrderStatus status,
                                            const std::optional<Timestamp>& completed_at) {
  return connection_of(transaction)
      .use("UPDATE rushline.orders SET status = $1, completed_at = $2 WHERE order_id = $3",
           to_word(status), completed_at, id)
      .run();
}

Result<std::vector<OrderId>> PostgresOrderStore::unpaid_until(Transaction& transaction,
                                                              Timestamp now, std::int64_t limit) {
  return connection_of(transaction)
      .use(
          "SELECT order_id FROM rushline.orders WHERE status = 'placed' AND expires_at <= $1 "
          "ORDER BY expires_at, order_id LIMIT $2",
          now, limit)
      .all([](Rows& row) { return OrderId{row.integer(0)}; });
}

}  // namespace rushline::postgres
