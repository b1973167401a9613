// What orders need from outside, in maps: orders, stock and coupons of one shop.
//
// The state is a value that can be copied, so that a test can undo a failed unit (run_unit) and
// compare before and after.
#pragma once

#include <algorithm>
#include <map>

#include "orders/order_store.hpp"

namespace rushline::tests {

struct ShopState {
  struct Product {
    Money price;
    std::int64_t stock = 0;
    friend bool operator==(const Product&, const Product&) = default;
  };
  struct Coupon {
    UserId user;
    Discount discount;
    std::optional<OrderId> used_by = std::nullopt;
    friend bool operator==(const Coupon&, const Coupon&) = default;
  };

  std::map<ProductId, Product> products;
  std::map<CouponId, Coupon> coupons;
  std::map<OrderId, orders::Order> orders;
};

class FakeOrderStore final : public orders::OrderStore {
 public:
  explicit FakeOrderStore(ShopState& shop) : shop_(shop) {}

  Result<OrderId> insert(Transaction&, const orders::Order& order) override {
    const OrderId id{std::ssize(shop_.orders) + 1};
    shop_.orders.emplace(id, order).first->second.id = id;
    return id;
  }

  Result<std::optional<orders::Order>> find(Transaction&, OrderId id) override {
    const auto found = shop_.orders.find(id);
    if (found == shop_.orders.end()) return std::optional<orders::Order>();
    return std::optional(found->second);
  }

  Result<std::optional<orders::Order>> lock(Transaction& transaction, OrderId id) override {
    return find(transaction, id);
  }

  Result<void> set_status(Transaction&, OrderId id, orders::OrderStatus status,
                          const std::optional<Timestamp>& completed_at) override {
    orders::Order& order = shop_.orders.at(id);
    order.status = status;
    order.completed_at = completed_at;
    return {};
  }

  Result<std::vector<OrderId>> unpaid_until(Transaction&, Timestamp now,
                                            std::int64_t limit) override {
    std::vector<std::pair<Timestamp, OrderId>> unpaid;
    for (const auto& [id, order] : shop_.orders) {
      if (order.status != orders::OrderStatus::placed || order.expires_at > now) continue;
      unpaid.emplace_back(order.expires_at, id);
    }
    std::ranges::sort(unpaid);
    std::vector<OrderId> ids;
    for (const auto& [expires_at, id] : unpaid) {
      if (std::ssize(ids) < limit) ids.push_back(id);
    }
    return ids;
  }

 private:
  ShopState& shop_;
};

class FakeStock final : public orders::Stock {
 public:
  explicit FakeStock(ShopState& shop) : shop_(shop) {}

  Result<Money> take(Transaction&, const ProductId& id, std::int64_t quantity) override {
    const auto found = shop_.products.find(id);
    if (found == shop_.products.end()) return fail(Errc::not_found, "no such product");
    if (found->second.stock < quantity) return fail(Errc::out_of_stock, "too few");
    found->second.stock -= quantity;
    return found->second.price;
  }

  Result<void> give_back(Transaction&, const ProductId& id, std::int64_t quantity) override {
    const auto found = shop_.products.find(id);
    if (found != shop_.products.end()) found->second.stock += quantity;
    return {};
  }

 private:
  ShopState& shop_;
};

class FakeCouponRedemption final : public orders::CouponRedemption {
 public:
  explicit FakeCouponRedemption(ShopState& shop) : shop_(shop) {}

  Result<Discount> check(Transaction&, CouponId id, const UserId& user) override {
    const auto found = shop_.coupons.find(id);
    if (found == shop_.coupons.end() || found->second.user != user || found->second.used_by) {
      return fail(Errc::coupon_not_usable, "not usable");
    }
    return found->second.discount;
  }

  Result<void> use(Transaction&, CouponId id, OrderId order) override {
    shop_.coupons.at(id).used_by = order;
    return {};
  }

  Result<void> give_back(Transaction&, CouponId id, OrderId order) override {
    auto& coupon = shop_.coupons.at(id);
    if (coupon.used_by == order) coupon.used_by.reset();
    return {};
  }

 private:
  ShopState& shop_;
};

}  // namespace rushline::tests
