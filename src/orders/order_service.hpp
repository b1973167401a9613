// Placing, completing, cancelling and expiring orders. Each call runs inside a unit of work.
//
// The handlers that change what was sold are plain function objects that know nothing of rankings;
// app/wiring.cpp wraps them with ranking::increases_product_ranking and hands them to OrderService.
// Stateless but for its ports; safe to share between threads.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "orders/order_store.hpp"

namespace rushline::orders {

struct PlaceOrder {
  struct Line {
    ProductId product_id;
    std::int64_t quantity = 0;
  };

  UserId user;
  std::vector<Line> lines;  // 1 to limits::order_lines_max, each product once
  std::optional<CouponId> coupon_id;
};

// What completing or cancelling did to the sales: the lines that were sold (or, negated, taken
// back) by this very call. Empty when the call repeated an earlier one. Satisfies
// ranking::RanksRaised.
struct OrderChange {
  Order order;
  std::vector<OrderLine> ranked_lines;  // quantity < 0 = taken back
  Timestamp sold_at;                    // the moment of the sale, also when it is taken back

  const std::vector<OrderLine>& ranking_targets() const { return ranked_lines; }
  Timestamp ranked_at() const { return sold_at; }
  std::string ranking_source() const;  // "order:17"
};

using OrderHandler = std::function<Result<OrderChange>(Transaction&, OrderId)>;

// placed → completed. Errc::not_found, Errc::order_cancelled, Errc::order_expired (also from the
// moment it expires on when nobody came by yet to expire it).
class CompleteOrder {
 public:
  explicit CompleteOrder(OrderStore& orders) : orders_(orders) {}
  Result<OrderChange> operator()(Transaction& transaction, OrderId id) const;

 private:
  OrderStore& orders_;  // constant
};

// placed or completed → cancelled; stock and coupon go back. Errc::not_found, Errc::order_expired
// is never given: an expired order has given everything back, and stays expired.
class CancelOrder {
 public:
  CancelOrder(OrderStore& orders, Stock& stock, CouponRedemption& coupons)
      : orders_(orders), stock_(stock), coupons_(coupons) {}
  Result<OrderChange> operator()(Transaction& transaction, OrderId id) const;

 private:
  OrderStore& orders_;         // constant
  Stock& stock_;               // constant
  CouponRedemption& coupons_;  // constant
};

class OrderService {
 public:
  // An order that is not completed `unpaid_time` after it was placed has expired.
  OrderService(OrderStore& orders, Stock& stock, CouponRedemption& coupons, OrderHandler complete,
               OrderHandler cancel, std::chrono::minutes unpaid_time = limits::unpaid_order_time)
      : orders_(orders),
        stock_(stock),
        coupons_(coupons),
        complete_(std::move(complete)),
        cancel_(std::move(cancel)),
        unpaid_time_(unpaid_time) {}

  // Takes stock and coupon. Errc::not_found for a product, Errc::out_of_stock,
  // Errc::coupon_not_usable, Errc::invalid_input (a product twice, a sum that is too large).
  Result<Order> place(Transaction& transaction, const PlaceOrder& command);
  Result<Order> complete(Transaction& transaction, OrderId id);
  Result<Order> cancel(Transaction& transaction, OrderId id);
  // Errc::not_found.
  Result<Order> get(Transaction& transaction, OrderId id);

  // Gives back what orders hold that were not paid in time, at most `limit` of them; how many it
  // were.
  Result<std::int64_t> expire_unpaid(Transaction& transaction, std::int64_t limit);

 private:
  OrderStore& orders_;                // constant
  Stock& stock_;                      // constant
  CouponRedemption& coupons_;         // constant
  OrderHandler complete_;             // constant
  OrderHandler cancel_;               // constant
  std::chrono::minutes unpaid_time_;  // constant
};

}  // namespace rushline::orders
