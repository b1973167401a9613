// One cursor per table, from end to end, so that memory does not grow with the shop.
#include "adapters/postgres/postgres_records.hpp"

#include <optional>

#include "adapters/postgres/coupon_event_rows.hpp"
#include "adapters/postgres/coupon_rows.hpp"
#include "adapters/postgres/order_rows.hpp"
#include "adapters/postgres/postgres_transaction.hpp"
#include "core/limits.hpp"

namespace rushline::postgres {
namespace {

using coupons::Coupon;
using coupons::CouponEvent;
using orders::Order;
using verify::Visit;

static_assert(limits::postgres_fetch_rows_max == 5'000);  // as the statement below says

// Calls `take` for each row of the cursor that waits to be declared.
template <class Take>
Result<void> walk(Connection& connection, Take take) {
  for (;;) {
    Rows row = connection.use_fresh("FETCH 5000 FROM walk");
    const bool is_last = row.count() < static_cast<std::size_t>(limits::postgres_fetch_rows_max);
    while (row.step()) take(row);
    if (row.error()) return *row.error();
    if (is_last) break;
  }
  connection.before_next("CLOSE walk");
  return connection.run_waiting();
}

// Visits what `read` makes of each row.
template <class Row, class Read>
Result<void> visit_all(Transaction& transaction, Sql declare, const Visit<Row>& visit, Read read) {
  Connection& connection = connection_of(transaction);
  connection.before_next(declare);
  return walk(connection, [&](Rows& rows) {
    const Row row = read(rows);
    if (!rows.error()) visit(row);
  });
}

#define RUSHLINE_WALK "DECLARE walk NO SCROLL CURSOR FOR "

}  // namespace

Result<std::vector<CouponEvent>> PostgresRecords::events(Transaction& transaction) {
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_EVENT_COLUMNS " FROM rushline.coupon_events ORDER BY event_id")
      .all(read_event);
}

Result<void> PostgresRecords::coupons(Transaction& transaction, const Visit<Coupon>& visit) {
  return visit_all<Coupon>(transaction,
                           RUSHLINE_WALK "SELECT " RUSHLINE_COUPON_COLUMNS
                                         " FROM rushline.coupons ORDER BY coupon_id",
                           visit, read_coupon);
}

Result<void> PostgresRecords::stock(Transaction& transaction,
                                    const Visit<verify::StockRow>& visit) {
  return visit_all<verify::StockRow>(
      transaction, RUSHLINE_WALK "SELECT product_id, stock FROM rushline.products", visit,
      [](Rows& row) {
        return verify::StockRow{row.shop_id<ProductId>(0), row.integer(1)};
      });
}

// An order comes as one row per line, or as one row without a product when it has none.
Result<void> PostgresRecords::orders(Transaction& transaction, const Visit<Order>& visit) {
  Connection& connection = connection_of(transaction);
  connection.before_next(RUSHLINE_WALK
                         "SELECT " RUSHLINE_ORDER_COLUMNS
                         ", l.product_id, l.quantity, l.unit_price FROM rushline.orders AS o "
                         "LEFT JOIN rushline.order_lines AS l USING (order_id) "
                         "ORDER BY o.order_id, l.line_no");
  std::optional<Order> order;
  auto walked = walk(connection, [&](Rows& row) {
    if (!order || order->id.value != row.integer(0)) {
      if (order) visit(*order);
      order = read_order(row);
    }
    constexpr int line = order_column_count;
    if (row.is_null(line)) return;
    order->lines.push_back(
        {row.shop_id<ProductId>(line), row.integer(line + 1), row.money(line + 2)});
  });
  if (walked.has_error()) return walked;
  if (order) visit(*order);
  return {};
}

Result<void> PostgresRecords::kept_answers(Transaction& transaction,
                                           const Visit<verify::KeptRow>& visit) {
  return visit_all<verify::KeptRow>(
      transaction,
      RUSHLINE_WALK
      "SELECT scope, key, status, location FROM rushline.idempotency WHERE kept_until IS NULL",
      visit, [](Rows& row) {
        return verify::KeptRow{row.string(0), row.string(1), static_cast<int>(row.integer(2)),
                               row.string(3)};
      });
}

Result<void> PostgresRecords::purchases(Transaction& transaction,
                                        const Visit<verify::PurchaseRow>& visit) {
  return visit_all<verify::PurchaseRow>(
      transaction,
      RUSHLINE_WALK
      "SELECT purchase_id, product_id, quantity, day, deleted FROM rushline.purchases",
      visit, [](Rows& row) {
        return verify::PurchaseRow{
            {row.shop_id<PurchaseId>(0), row.shop_id<ProductId>(1), row.integer(2), row.day(3)},
            row.integer(4) != 0};
      });
}

Result<void> PostgresRecords::outbox(Transaction& transaction,
                                     const Visit<ranking::DayDelta>& visit) {
  return visit_all<ranking::DayDelta>(
      transaction, RUSHLINE_WALK "SELECT product_id, day, score FROM rushline.outbox", visit,
      [](Rows& row) {
        return ranking::DayDelta{row.shop_id<ProductId>(0), row.day(1), row.integer(2)};
      });
}

Result<void> PostgresRecords::daily_totals(Transaction& transaction,
                                           const Visit<ranking::DayTotal>& visit) {
  return visit_all<ranking::DayTotal>(
      transaction, RUSHLINE_WALK "SELECT product_id, day, quantity FROM rushline.sales_daily",
      visit, [](Rows& row) {
        return ranking::DayTotal{row.shop_id<ProductId>(0), row.day(1), row.integer(2)};
      });
}

}  // namespace rushline::postgres
