// Reads each table once and feeds the checks with it.
#include "verify/stored_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "verify/event_checks.hpp"
#include "verify/order_checks.hpp"
#include "verify/sales_checks.hpp"

namespace rushline::verify {
namespace {

Result<void> feed(Transaction& transaction, Records& records, EventChecks& event_checks,
                  OrderChecks& order_checks) {
  Result<void> done = records.coupons(transaction, [&](const coupons::Coupon& coupon) {
    event_checks.see(coupon);
    order_checks.see(coupon);
  });
  if (done.has_error()) return done;
  done = records.orders(transaction, [&](const orders::Order& order) { order_checks.see(order); });
  if (done.has_error()) return done;
  done = records.stock(transaction, [&](const StockRow& row) { order_checks.see(row); });
  if (done.has_error()) return done;
  return records.kept_answers(transaction, [&](const KeptRow& row) { order_checks.see(row); });
}

}  // namespace

Result<Verification> check_stored(Transaction& transaction, Records& records,
                                  const ShopCalendar& calendar,
                                  std::optional<CouponEventId> event) {
  const Result<std::vector<coupons::CouponEvent>> events = records.events(transaction);
  if (events.has_error()) return events.error();
  const auto is_asked = [&](const coupons::CouponEvent& e) { return e.id == *event; };
  if (event && std::none_of(events->begin(), events->end(), is_asked)) {
    return fail(Errc::not_found, fmt::format("there is no coupon event {}", event->value));
  }

  EventChecks event_checks(*events, event);
  OrderChecks order_checks;
  if (Result<void> fed = feed(transaction, records, event_checks, order_checks); fed.has_error()) {
    return fed.error();
  }
  const Result<SalesCounts> counts = count_sales(transaction, records, calendar);
  if (counts.has_error()) return counts.error();

  Verification verification{.checks = event_checks.finish()};
  std::vector<Check> of_orders = order_checks.finish();
  std::move(of_orders.begin(), of_orders.end(), std::back_inserter(verification.checks));
  verification.checks.push_back(check_sales(*counts));
  return verification;
}

}  // namespace rushline::verify
