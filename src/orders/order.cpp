// Order rules: integer prices and the steps of an order's life.
#include "orders/order.hpp"

#include "core/assert.hpp"

namespace rushline::orders {

std::string_view to_word(OrderStatus status) noexcept {
  switch (status) {
    case OrderStatus::placed:
      return "placed";
    case OrderStatus::completed:
      return "completed";
    case OrderStatus::cancelled:
      return "cancelled";
    case OrderStatus::expired:
      return "expired";
  }
  RUSHLINE_ASSERT(false && "an order status that does not exist");
}

Result<Price> price_of(const std::vector<OrderLine>& lines,
                       const std::optional<Discount>& discount) {
  std::int64_t subtotal = 0;
  for (const OrderLine& line : lines) {
    RUSHLINE_ASSERT(line.quantity > 0 && line.unit_price.amount >= 0);
    std::int64_t cost = 0;
    if (__builtin_mul_overflow(line.quantity, line.unit_price.amount, &cost) ||
        __builtin_add_overflow(subtotal, cost, &subtotal) || subtotal > json_integer_max) {
      return invalid_field("lines", "cost more than 2^53 - 1 together");
    }
  }
  const Money off = discount ? amount_off(*discount, {subtotal}) : Money{};
  return Price{.subtotal = {subtotal}, .discount = off, .total = {subtotal - off.amount}};
}

Step complete_step(OrderStatus status, bool unpaid_too_long) noexcept {
  switch (status) {
    case OrderStatus::placed:
      return unpaid_too_long ? Step::refuse : Step::take;
    case OrderStatus::completed:
      return Step::nothing;
    case OrderStatus::cancelled:
    case OrderStatus::expired:
      return Step::refuse;
  }
  RUSHLINE_ASSERT(false && "an order status that does not exist");
}

Step cancel_step(OrderStatus status) noexcept {
  switch (status) {
    case OrderStatus::placed:
    case OrderStatus::completed:
      return Step::take;
    case OrderStatus::cancelled:
    case OrderStatus::expired:
      return Step::nothing;
  }
  RUSHLINE_ASSERT(false && "an order status that does not exist");
}

}  // namespace rushline::orders
