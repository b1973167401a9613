// Statements on the tables `orders` and `order_lines`.
#include "adapters/sqlite/sqlite_order_store.hpp"

#include "adapters/sqlite/sqlite_transaction.hpp"
#include "adapters/sqlite/stored_words.hpp"

namespace rushline::sqlite {

using orders::Order;
using orders::OrderLine;
using orders::OrderStatus;

namespace {

Order read_order(Statement& row) {
  return {
      .id = {row.integer(0)},
      .user = row.shop_id<UserId>(1),
      .status = read_word(row, 2,
                          {OrderStatus::placed, OrderStatus::completed, OrderStatus::cancelled,
                           OrderStatus::expired}),
      .lines = {},
      .subtotal = row.money(3),
      .discount = row.money(4),
      .total = row.money(5),
      .coupon_id = row.maybe_number_id<CouponId>(6),
      .created_at = row.time(7),
      .expires_at = row.time(8),
      .completed_at = row.maybe_time(9),
  };
}

OrderLine read_line(Statement& row) {
  return {row.shop_id<ProductId>(0), row.integer(1), row.money(2)};
}

Result<void> insert_lines(Connection& connection, OrderId id, const std::vector<OrderLine>& lines) {
  std::int64_t line_no = 0;
  for (const OrderLine& line : lines) {
    auto inserted = connection
                        .use(
                            "INSERT INTO order_lines "
                            "(order_id, line_no, product_id, quantity, unit_price) "
                            "VALUES (?, ?, ?, ?, ?)",
                            id, ++line_no, line.product_id, line.quantity, line.unit_price)
                        .run();
    if (inserted.has_error()) return inserted;
  }
  return {};
}

}  // namespace

Result<OrderId> SqliteOrderStore::insert(Transaction& transaction, const Order& order) {
  Connection& connection = connection_of(transaction);
  auto id = connection
                .use(
                    "INSERT INTO orders (user_id, status, subtotal, discount, total, coupon_id, "
                    "created_at, expires_at, completed_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING order_id",
                    order.user, to_word(order.status), order.subtotal, order.discount, order.total,
                    order.coupon_id, order.created_at, order.expires_at, order.completed_at)
                .first([](Statement& row) { return OrderId{row.integer(0)}; });
  if (id.has_error()) return id.error();
  if (auto lines = insert_lines(connection, **id, order.lines); lines.has_error()) {
    return lines.error();
  }
  return **id;
}

Result<std::optional<Order>> SqliteOrderStore::find(Transaction& transaction, OrderId id) {
  Connection& connection = connection_of(transaction);
  auto order = connection
                   .use(
                       "SELECT order_id, user_id, status, subtotal, discount, total, coupon_id, "
                       "created_at, expires_at, completed_at FROM orders WHERE order_id = ?",
                       id)
                   .first(read_order);
  if (order.has_error() || !*order) return order;
  auto lines = connection
                   .use(
                       "SELECT product_id, quantity, unit_price FROM order_lines "
                       "WHERE order_id = ? ORDER BY line_no",
                       id)
                   .all(read_line);
  if (lines.has_error()) return lines.error();
  (*order)->lines = std::move(*lines);
  return order;
}

Result<void> SqliteOrderStore::set_status(Transaction& transaction, OrderId id, OrderStatus status,
                                          const std::optional<Timestamp>& completed_at) {
  return connection_of(transaction)
      .use("UPDATE orders SET status = ?, completed_at = ? WHERE order_id = ?", to_word(status),
           completed_at, id)
      .run();
}

Result<std::vector<OrderId>> SqliteOrderStore::unpaid_until(Transaction& transaction, Timestamp now,
                                                            std::int64_t limit) {
  return connection_of(transaction)
      .use(
          "SELECT order_id FROM orders WHERE status = 'placed' AND expires_at <= ? "
          "ORDER BY expires_at, order_id LIMIT ?",
          now, limit)
      .all([](Statement& row) { return OrderId{row.integer(0)}; });
}

}  // namespace rushline::sqlite
