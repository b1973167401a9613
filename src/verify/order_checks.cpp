// Holds orders against the coupons that they use, their prices, the stock and their keys.
#include "verify/order_checks.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace rushline::verify {
namespace {

using orders::Order;
using orders::OrderStatus;

constexpr std::string_view order_path = "/v1/orders/";

bool keeps_its_coupon(OrderStatus status) {
  return status == OrderStatus::placed || status == OrderStatus::completed;
}

// The order that a Location names; nothing when it names something else.
std::optional<std::int64_t> order_at(std::string_view location) {
  if (!location.starts_with(order_path)) return std::nullopt;
  const std::string_view digits = location.substr(order_path.size());
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return id;
}

}  // namespace

OrderChecks::OrderChecks()
    : keys_{.promise = "S7", .states = "one order per idempotency key, and the order is there"},
      prices_{.promise = "order prices",
              .states = "lines, discount and total of every order add up"},
      coupons_{.promise = "order coupons",
               .states = "a used coupon and its order know each other, and only while it stands"},
      stock_{.promise = "stock", .states = "stock is never below zero"} {}

void OrderChecks::see(const coupons::Coupon& coupon) {
  ++coupons_.rows;
  if (!coupon.order_id) return;
  used_.insert_or_assign(
      coupon.id,
      UsedCoupon{.order = *coupon.order_id, .discount = coupon.discount, .user = coupon.user});
}

void OrderChecks::see(const Order& order) {
  key_of_order_.emplace(order.id.value, "");
  see_price(order);
  if (order.coupon_id) see_coupon(order, *order.coupon_id);
}

void OrderChecks::see_price(const Order& order) {
  ++prices_.rows;
  std::int64_t subtotal = 0;
  for (const orders::OrderLine& line : order.lines) {
    subtotal += line.quantity * line.unit_price.amount;
  }
  if (order.lines.empty()) prices_.find(fmt::format("order {} has no lines", order.id.value));
  if (order.subtotal.amount != subtotal) {
    prices_.find(fmt::format("order {}: the subtotal is {}, its lines cost {}", order.id.value,
                             order.subtotal.amount, subtotal));
  }
  if (order.total.amount != order.subtotal.amount - order.discount.amount ||
      order.discount.amount < 0 || order.total.amount < 0) {
    prices_.find(fmt::format("order {}: {} less {} is not {}", order.id.value,
                             order.subtotal.amount, order.discount.amount, order.total.amount));
  }
  if (!order.coupon_id && order.discount.amount != 0) {
    prices_.find(fmt::format("order {} has a discount of {} and no coupon", order.id.value,
                             order.discount.amount));
  }
}

void OrderChecks::see_coupon(const Order& order, CouponId id) {
  const auto found = used_.find(id);
  const bool is_its_order = found != used_.end() && found->second.order == order.id;
  const std::string_view status = to_word(order.status);
  if (!keeps_its_coupon(order.status)) {
    if (is_its_order) {
      found->second.is_confirmed = true;  // told here, once
      coupons_.find(fmt::format("order {} is {} and still holds coupon {}", order.id.value, status,
                                id.value));
    }
    return;
  }
  if (!is_its_order) {
    coupons_.find(fmt::format("order {} is {} with coupon {}, which is not used by it",
                              order.id.value, status, id.value));
    return;
  }
  UsedCoupon& coupon = found->second;
  coupon.is_confirmed = true;
  if (coupon.user != order.user) {
    coupons_.find(fmt::format("order {} of user {} uses coupon {} of user {}", order.id.value,
                              order.user.view(), id.value, coupon.user.view()));
  }
  const Money expected = amount_off(coupon.discount, order.subtotal);
  if (order.discount != expected) {
    prices_.find(fmt::format("order {}: the discount is {}, coupon {} gives {}", order.id.value,
                             order.discount.amount, id.value, expected.amount));
  }
}

void OrderChecks::see(const StockRow& row) {
  ++stock_.rows;
  if (row.stock < 0) {
    stock_.find(fmt::format("product {} has a stock of {}", row.product.view(), row.stock));
  }
}

void OrderChecks::see(const KeptRow& row) {
  // Refusals are kept too and name no order.
  const std::optional<std::int64_t> order = order_at(row.location);
  if (!order || row.status != 201) return;
  ++keys_.rows;
  const auto found = key_of_order_.find(*order);
  if (found == key_of_order_.end()) {
    keys_.find(fmt::format("key {} of {} was answered with order {}, which does not exist", row.key,
                           row.scope, *order));
    return;
  }
  std::string name = row.scope + "/" + row.key;
  if (!found->second.empty()) {
    keys_.find(fmt::format("order {} belongs to two keys: {} and {}", *order, found->second, name));
  }
  found->second = std::move(name);
}

std::vector<Check> OrderChecks::finish() {
  for (const auto& [id, coupon] : used_) {
    if (!coupon.is_confirmed) {
      coupons_.find(fmt::format("coupon {} is used by order {}, which does not hold it", id.value,
                                coupon.order.value));
    }
  }
  return {std::move(keys_), std::move(prices_), std::move(coupons_), std::move(stock_)};
}

}  // namespace rushline::verify
