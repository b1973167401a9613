// What orders need from outside their room (ports): their own store, the stock, the coupons.
//
// Called inside a unit of work, so that an order, the stock it takes and the coupon it uses are one
// commit. Errc::unavailable when the database fails.
// Contract: tests/contract/order_store_contract.hpp.
#pragma once

#include <span>

#include "core/database.hpp"
#include "orders/order.hpp"

namespace rushline::orders {

class OrderStore {
 public:
  virtual ~OrderStore() = default;

  // Stores the order with its lines and gives it its id (`order.id` is ignored).
  virtual Result<OrderId> insert(Transaction& transaction, const Order& order) = 0;

  virtual Result<std::optional<Order>> find(Transaction& transaction, OrderId id) = 0;

  // The same, and nobody else changes the order before this transaction ends.
  virtual Result<std::optional<Order>> lock(Transaction& transaction, OrderId id) = 0;

  virtual Result<void> set_status(Transaction& transaction, OrderId id, OrderStatus status,
                                  const std::optional<Timestamp>& completed_at) = 0;

  // Placed orders with expires_at <= now, the oldest first.
  virtual Result<std::vector<OrderId>> unpaid_until(Transaction& transaction, Timestamp now,
                                                    std::int64_t limit) = 0;
};

// The stock of the catalogue, as orders use it.
class Stock {
 public:
  virtual ~Stock() = default;

  // Takes `quantity` and tells the unit price. Errc::not_found for an unknown product,
  // Errc::out_of_stock when fewer are left; then nothing was taken.
  virtual Result<Money> take(Transaction& transaction, const ProductId& product,
                             std::int64_t quantity) = 0;

  // A product that is gone meanwhile is no error.
  virtual Result<void> give_back(Transaction& transaction, const ProductId& product,
                                 std::int64_t quantity) = 0;
};

// The coupons, as orders use them. Joined to coupons::CouponService in app/wiring.cpp.
class CouponRedemption {
 public:
  virtual ~CouponRedemption() = default;

  // What the coupon takes off. Errc::coupon_not_usable when it is not this user's, unknown, used or
  // expired; otherwise it stays usable until this transaction ends.
  virtual Result<Discount> check(Transaction& transaction, CouponId coupon, const UserId& user) = 0;
  // Marks a coupon that was checked in this transaction as used by `order`.
  virtual Result<void> use(Transaction& transaction, CouponId coupon, OrderId order) = 0;
  // Makes the coupon usable again. Nothing happens when it is not used by `order`.
  virtual Result<void> give_back(Transaction& transaction, CouponId coupon, OrderId order) = 0;
};

}  // namespace rushline::orders
