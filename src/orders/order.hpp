// An order and the rules of its life, without I/O.
//
//   placed ──complete──▶ completed ──cancel──▶ cancelled
//      ├──cancel──▶ cancelled
//      └──30 min unpaid──▶ expired
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/money.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace rushline::orders {

enum class OrderStatus : std::uint8_t { placed, completed, cancelled, expired };

std::string_view to_word(OrderStatus status) noexcept;

// One product of an order. Satisfies ranking::RankingTarget.
struct OrderLine {
  ProductId product_id;
  std::int64_t quantity = 0;
  Money unit_price;

  friend bool operator==(const OrderLine&, const OrderLine&) = default;
};

struct Order {
  OrderId id;
  UserId user;
  OrderStatus status = OrderStatus::placed;
  std::vector<OrderLine> lines;
  Money subtotal;
  Money discount;
  Money total;
  std::optional<CouponId> coupon_id;
  Timestamp created_at;
  Timestamp expires_at;  // when an unpaid order gives everything back
  std::optional<Timestamp> completed_at;
};

// What the lines cost, and what a coupon takes off. Errc::invalid_input when the sum is above
// 2^53 - 1.
struct Price {
  Money subtotal;
  Money discount;
  Money total;
};
Result<Price> price_of(const std::vector<OrderLine>& lines,
                       const std::optional<Discount>& discount);

// What a step does to an order in `status`.
enum class Step : std::uint8_t {
  take,     // the order moves on
  nothing,  // it is there already: repeating is harmless
  refuse,   // Errc::order_cancelled or Errc::order_expired tell why
};
Step complete_step(OrderStatus status, bool unpaid_too_long) noexcept;
Step cancel_step(OrderStatus status) noexcept;

}  // namespace rushline::orders
