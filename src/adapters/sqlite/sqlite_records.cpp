// One statement per table, from end to end.
#include "adapters/sqlite/sqlite_records.hpp"

#include <optional>

#include "adapters/sqlite/coupon_event_rows.hpp"
#include "adapters/sqlite/sqlite_transaction.hpp"
#include "adapters/sqlite/stored_words.hpp"

namespace rushline::sqlite {
namespace {

using coupons::Coupon;
using coupons::CouponEvent;
using coupons::Sequence;
using orders::Order;
using orders::OrderStatus;
using verify::Visit;

// Visits what `read` makes of each row.
template <class Row, class Read>
Result<void> visit_all(Statement statement, const Visit<Row>& visit, Read read) {
  while (statement.step()) {
    const Row row = read(statement);
    if (statement.error()) break;
    visit(row);
  }
  if (statement.error()) return *statement.error();
  return {};
}

Coupon read_coupon(Statement& row) {
  std::optional<Sequence> seq;
  if (!row.is_null(4)) seq = Sequence{row.integer(4)};
  return {.id = {row.integer(0)},
          .event = {row.integer(1)},
          .user = row.shop_id<UserId>(2),
          .issue_no = row.integer(3),
          .seq = seq,
          .epoch = {row.integer(5)},
          .discount = read_discount(row, 6),
          .issued_at = row.time(8),
          .expires_at = row.maybe_time(9),
          .order_id = row.maybe_number_id<OrderId>(10)};
}

// The order without its lines.
Order read_order(Statement& row) {
  return {.id = {row.integer(0)},
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
          .completed_at = row.maybe_time(9)};
}

}  // namespace

Result<std::vector<CouponEvent>> SqliteRecords::events(Transaction& transaction) {
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_EVENT_COLUMNS " FROM coupon_events ORDER BY event_id")
      .all(read_event);
}

Result<void> SqliteRecords::coupons(Transaction& transaction, const Visit<Coupon>& visit) {
  return visit_all<Coupon>(
      connection_of(transaction)
          .use("SELECT coupon_id, event_id, user_id, issue_no, seq, epoch, discount_kind, "
               "discount_value, issued_at, expires_at, order_id FROM coupons ORDER BY coupon_id"),
      visit, read_coupon);
}

Result<void> SqliteRecords::stock(Transaction& transaction, const Visit<verify::StockRow>& visit) {
  return visit_all<verify::StockRow>(
      connection_of(transaction).use("SELECT product_id, stock FROM products"), visit,
      [](Statement& row) {
        return verify::StockRow{row.shop_id<ProductId>(0), row.integer(1)};
      });
}

// An order comes as one row per line, or as one row without a product when it has none.
Result<void> SqliteRecords::orders(Transaction& transaction, const Visit<Order>& visit) {
  Statement row = connection_of(transaction)
                      .use(
                          "SELECT o.order_id, o.user_id, o.status, o.subtotal, o.discount, "
                          "o.total, o.coupon_id, o.created_at, o.expires_at, o.completed_at, "
                          "l.product_id, l.quantity, l.unit_price "
                          "FROM orders o LEFT JOIN order_lines l USING (order_id) "
                          "ORDER BY o.order_id, l.line_no");
  std::optional<Order> order;
  while (row.step()) {
    if (!order || order->id.value != row.integer(0)) {
      if (order) visit(*order);
      order = read_order(row);
    }
    if (!row.is_null(10)) {
      order->lines.push_back({row.shop_id<ProductId>(10), row.integer(11), row.money(12)});
    }
    if (row.error()) return *row.error();
  }
  if (row.error()) return *row.error();
  if (order) visit(*order);
  return {};
}

Result<void> SqliteRecords::kept_answers(Transaction& transaction,
                                         const Visit<verify::KeptRow>& visit) {
  return visit_all<verify::KeptRow>(
      connection_of(transaction)
          .use("SELECT scope, key, status, location FROM idempotency WHERE kept_until IS NULL"),
      visit, [](Statement& row) {
        return verify::KeptRow{row.string(0), row.string(1), static_cast<int>(row.integer(2)),
                               row.string(3)};
      });
}

Result<void> SqliteRecords::purchases(Transaction& transaction,
                                      const Visit<verify::PurchaseRow>& visit) {
  return visit_all<verify::PurchaseRow>(
      connection_of(transaction)
          .use("SELECT purchase_id, product_id, quantity, day, deleted FROM purchases"),
      visit, [](Statement& row) {
        return verify::PurchaseRow{
            {row.shop_id<PurchaseId>(0), row.shop_id<ProductId>(1), row.integer(2), row.day(3)},
            row.integer(4) != 0};
      });
}

Result<void> SqliteRecords::outbox(Transaction& transaction,
                                   const Visit<ranking::DayDelta>& visit) {
  return visit_all<ranking::DayDelta>(
      connection_of(transaction).use("SELECT product_id, day, score FROM outbox"), visit,
      [](Statement& row) {
        return ranking::DayDelta{row.shop_id<ProductId>(0), row.day(1), row.integer(2)};
      });
}

Result<void> SqliteRecords::daily_totals(Transaction& transaction,
                                         const Visit<ranking::DayTotal>& visit) {
  return visit_all<ranking::DayTotal>(
      connection_of(transaction).use("SELECT product_id, day, quantity FROM sales_daily"), visit,
      [](Statement& row) {
        return ranking::DayTotal{row.shop_id<ProductId>(0), row.day(1), row.integer(2)};
      });
}

}  // namespace rushline::sqlite
