// How an order takes stock and coupon, and how it gives them back: all of it or none of it.
//
// Every step first locks the order, then changes stock in the order of the product ids, then the
// coupon. One order of locks everywhere keeps two units of work from waiting for each other.
#include "orders/order_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/assert.hpp"
#include "core/fail_point.hpp"

namespace rushline::orders {
namespace {

// The indices of `lines` in the order of their product ids.
template <class Line>
std::vector<std::size_t> by_product(const std::vector<Line>& lines) {
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {},
                    [&lines](std::size_t i) -> const ProductId& { return lines[i].product_id; });
  return order;
}

Result<void> check_lines(const std::vector<PlaceOrder::Line>& lines) {
  if (lines.empty() || lines.size() > limits::order_lines_max) {
    return invalid_field("lines", fmt::format("must be 1 to {}", limits::order_lines_max));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].quantity < 1 || lines[i].quantity > limits::line_quantity_max) {
      return invalid_field(fmt::format("lines[{}].quantity", i),
                           fmt::format("must be from 1 to {}", limits::line_quantity_max));
    }
  }
  const auto order = by_product(lines);
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (lines[order[i - 1]].product_id != lines[order[i]].product_id) continue;
    const auto [first, second] = std::minmax(order[i - 1], order[i]);
    return invalid_field(
        fmt::format("lines[{}].product_id", second),
        fmt::format("is the product of lines[{}] again; put both into one line", first));
  }
  return {};
}

Error unknown_order(OrderId id) {
  return fail(Errc::not_found, fmt::format("There is no order {}.", id.value));
}

Result<Order> locked(OrderStore& orders, Transaction& transaction, OrderId id) {
  auto found = orders.lock(transaction, id);
  if (found.has_error()) return found.error();
  if (!found->has_value()) return unknown_order(id);
  return std::move(**found);
}

// Whether an order that is still unpaid holds nothing any more by right.
bool is_unpaid_too_long(const Order& order, Timestamp now) { return order.expires_at <= now; }

// Returns stock and coupon of `order` and moves it to `status`.
Result<void> give_back(OrderStore& orders, Stock& stock, CouponRedemption& coupons,
                       Transaction& transaction, const Order& order, OrderStatus status) {
  for (const std::size_t i : by_product(order.lines)) {
    const OrderLine& line = order.lines[i];
    auto given = stock.give_back(transaction, line.product_id, line.quantity);
    if (given.has_error()) return given.error();
  }
  if (order.coupon_id) {
    auto given = coupons.give_back(transaction, *order.coupon_id, order.id);
    if (given.has_error()) return given.error();
  }
  fail_point("order.given_back");
  return orders.set_status(transaction, order.id, status, order.completed_at);
}

Result<std::vector<OrderLine>> take_stock(Stock& stock, Transaction& transaction,
                                          const std::vector<PlaceOrder::Line>& wanted) {
  std::vector<OrderLine> lines;
  lines.reserve(wanted.size());
  for (const PlaceOrder::Line& line : wanted) lines.push_back({line.product_id, line.quantity, {}});
  for (const std::size_t i : by_product(wanted)) {
    auto price = stock.take(transaction, lines[i].product_id, lines[i].quantity);
    if (price.has_error()) return price.error();
    lines[i].unit_price = *price;
  }
  return lines;
}

}  // namespace

std::string OrderChange::ranking_source() const { return fmt::format("order:{}", order.id.value); }

Result<OrderChange> CompleteOrder::operator()(Transaction& transaction, OrderId id) const {
  auto order = locked(orders_, transaction, id);
  if (order.has_error()) return order.error();
  const Timestamp now = transaction.now();
  switch (complete_step(order->status, is_unpaid_too_long(*order, now))) {
    case Step::nothing:
      return OrderChange{std::move(*order), {}, now};
    case Step::refuse:
      if (order->status == OrderStatus::cancelled) {
        return fail(Errc::order_cancelled, fmt::format("Order {} is cancelled.", id.value));
      }
      return fail(Errc::order_expired, fmt::format("Order {} was not paid until {}.", id.value,
                                                   to_rfc3339(order->expires_at)));
    case Step::take:
      break;
  }
  order->status = OrderStatus::completed;
  order->completed_at = now;
  auto moved = orders_.set_status(transaction, id, order->status, order->completed_at);
  if (moved.has_error()) return moved.error();
  fail_point("order.completed");
  auto lines = order->lines;
  return OrderChange{std::move(*order), std::move(lines), now};
}

Result<OrderChange> CancelOrder::operator()(Transaction& transaction, OrderId id) const {
  auto order = locked(orders_, transaction, id);
  if (order.has_error()) return order.error();
  const Timestamp now = transaction.now();
  if (cancel_step(order->status) == Step::nothing) return OrderChange{std::move(*order), {}, now};

  auto given = give_back(orders_, stock_, coupons_, transaction, *order, OrderStatus::cancelled);
  if (given.has_error()) return given.error();
  const bool was_sold = order->status == OrderStatus::completed;
  order->status = OrderStatus::cancelled;
  if (!was_sold) return OrderChange{std::move(*order), {}, now};

  RUSHLINE_ASSERT(order->completed_at.has_value());
  auto lines = order->lines;
  for (OrderLine& line : lines) line.quantity = -line.quantity;
  const Timestamp sold_at = *order->completed_at;
  return OrderChange{std::move(*order), std::move(lines), sold_at};
}

Result<Order> OrderService::place(Transaction& transaction, const PlaceOrder& command) {
  if (auto checked = check_lines(command.lines); checked.has_error()) return checked.error();
  auto lines = take_stock(stock_, transaction, command.lines);
  if (lines.has_error()) return lines.error();
  fail_point("order.stock_taken");

  std::optional<Discount> discount;
  if (command.coupon_id) {
    auto usable = coupons_.check(transaction, *command.coupon_id, command.user);
    if (usable.has_error()) return usable.error();
    discount = *usable;
  }
  auto price = price_of(*lines, discount);
  if (price.has_error()) return price.error();

  const Timestamp now = transaction.now();
  Order order{.id = {},
              .user = command.user,
              .status = OrderStatus::placed,
              .lines = std::move(*lines),
              .subtotal = price->subtotal,
              .discount = price->discount,
              .total = price->total,
              .coupon_id = command.coupon_id,
              .created_at = now,
              .expires_at = now + unpaid_time_,
              .completed_at = std::nullopt};
  auto id = orders_.insert(transaction, order);
  if (id.has_error()) return id.error();
  order.id = *id;
  if (order.coupon_id) {
    auto used = coupons_.use(transaction, *order.coupon_id, order.id);
    if (used.has_error()) return used.error();
    fail_point("order.coupon_taken");
  }
  return order;
}

Result<Order> OrderService::complete(Transaction& transaction, OrderId id) {
  auto change = complete_(transaction, id);
  if (change.has_error()) return change.error();
  return std::move(change->order);
}

Result<Order> OrderService::cancel(Transaction& transaction, OrderId id) {
  auto change = cancel_(transaction, id);
  if (change.has_error()) return change.error();
  return std::move(change->order);
}

Result<Order> OrderService::get(Transaction& transaction, OrderId id) {
  auto found = orders_.find(transaction, id);
  if (found.has_error()) return found.error();
  if (!found->has_value()) return unknown_order(id);
  return std::move(**found);
}

Result<std::int64_t> OrderService::expire_unpaid(Transaction& transaction, std::int64_t limit) {
  auto unpaid = orders_.unpaid_until(transaction, transaction.now(), limit);
  if (unpaid.has_error()) return unpaid.error();
  std::int64_t expired = 0;
  for (const OrderId id : *unpaid) {
    auto order = locked(orders_, transaction, id);
    if (order.has_error()) return order.error();
    // It may have been paid or cancelled between being listed and being locked.
    if (order->status != OrderStatus::placed) continue;
    auto given = give_back(orders_, stock_, coupons_, transaction, *order, OrderStatus::expired);
    if (given.has_error()) return given.error();
    ++expired;
  }
  return expired;
}

}  // namespace rushline::orders
