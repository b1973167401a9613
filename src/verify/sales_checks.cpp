// Counts sales anew and compares the record with them.
#include "verify/sales_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rushline::verify {

Result<SalesCounts> count_sales(Transaction& transaction, Records& records,
                                const ShopCalendar& calendar) {
  SalesCounts counts;
  const auto at = [&counts](const ProductId& product, Day day) -> SalesCount& {
    ++counts.rows;
    return counts.by_product_day[{product, day}];
  };
  Result<void> done = records.orders(transaction, [&](const orders::Order& order) {
    if (order.status != orders::OrderStatus::completed || !order.completed_at) return;
    const Day day = calendar.day_of(*order.completed_at);
    for (const orders::OrderLine& line : order.lines) {
      at(line.product_id, day).sold += line.quantity;
    }
  });
  if (done.has_error()) return done.error();
  done = records.purchases(transaction, [&](const PurchaseRow& row) {
    if (!row.is_deleted) at(row.line.product_id, row.line.day).sold += row.line.quantity;
  });
  if (done.has_error()) return done.error();
  done = records.daily_totals(transaction, [&](const ranking::DayTotal& row) {
    at(row.product, row.day).recorded += row.total;
  });
  if (done.has_error()) return done.error();
  done = records.outbox(transaction, [&](const ranking::DayDelta& row) {
    at(row.product, row.day).recorded += row.score;
  });
  if (done.has_error()) return done.error();
  return counts;
}

Check check_sales(const SalesCounts& counts) {
  Check check{.promise = "S8",
              .states = "every score equals the sum of committed purchases of its day",
              .rows = counts.rows};
  std::vector<std::string> findings;
  for (const auto& [key, count] : counts.by_product_day) {
    if (count.sold == count.recorded) continue;
    findings.push_back(fmt::format("product {} on {}: {} sold, {} recorded", key.product.view(),
                                   to_iso_date(key.day), count.sold, count.recorded));
  }
  std::sort(findings.begin(), findings.end());
  for (std::string& finding : findings) check.find(std::move(finding));
  return check;
}

Result<Recount> recount_sales(Transaction& transaction, Records& records,
                              ranking::SalesStore& store, const ShopCalendar& calendar) {
  // Nobody folds meanwhile.
  const Result<ranking::RecordState> state = store.lock_record(transaction);
  if (state.has_error()) return state.error();
  const Result<SalesCounts> counts = count_sales(transaction, records, calendar);
  if (counts.has_error()) return counts.error();

  std::vector<ranking::DayDelta> deltas;
  for (const auto& [key, count] : counts->by_product_day) {
    if (count.sold == count.recorded) continue;
    deltas.push_back(
        {.product = key.product, .day = key.day, .score = count.sold - count.recorded});
  }
  const ranking::Revision next{state->revision.value + 1};
  if (Result<void> added = store.add_totals(transaction, next, deltas); added.has_error()) {
    return added.error();
  }
  return Recount{.product_days = std::ssize(counts->by_product_day),
                 .corrected = std::ssize(deltas),
                 .revision = next};
}

}  // namespace rushline::verify
