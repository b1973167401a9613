// The promises about orders: S7, prices, stock, and that coupons and orders agree about each other.
//
// Fed with every coupon first, then orders, stock and kept answers.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "verify/records.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

class OrderChecks {
 public:
  OrderChecks();

  void see(const coupons::Coupon& coupon);
  void see(const orders::Order& order);
  void see(const StockRow& row);
  void see(const KeptRow& row);
  // After the last row.
  std::vector<Check> finish();

 private:
  struct UsedCoupon {
    OrderId order;
    Discount discount;
    UserId user;
    bool is_confirmed = false;  // the order says so too
  };

  void see_price(const orders::Order& order);
  void see_coupon(const orders::Order& order, CouponId id);

  std::unordered_map<CouponId, UsedCoupon> used_;
  std::unordered_map<std::int64_t, std::string> key_of_order_;  // order → "scope/key"; "" = none
  Check keys_;
  Check prices_;
  Check coupons_;
  Check stock_;
};

}  // namespace rushline::verify
