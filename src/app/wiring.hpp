// The domains joined to each other and to the adapters: who is given whom.
//
// Every member is made once, in this order, and lives as long as the server. Reading this file and
// wiring.cpp tells what depends on what.
#pragma once

#include <functional>

#include "app/backend.hpp"
#include "catalog/product_service.hpp"
#include "core/shop_calendar.hpp"
#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "orders/order_service.hpp"
#include "ranking/follower.hpp"
#include "ranking/increases_product_ranking.hpp"
#include "ranking/popular_list.hpp"
#include "ranking/product_standing.hpp"
#include "ranking/purchase_intake.hpp"

namespace rushline::app {

// Lets orders use coupons: the two domains do not know each other.
class OrderCoupons final : public orders::CouponRedemption {
 public:
  explicit OrderCoupons(coupons::EventService& events) : events_(events) {}

  Result<Discount> check(Transaction& transaction, CouponId coupon, const UserId& user) override;
  Result<void> use(Transaction& transaction, CouponId coupon, OrderId order) override;
  Result<void> give_back(Transaction& transaction, CouponId coupon, OrderId order) override;

 private:
  coupons::EventService& events_;  // constant
};

struct Wiring {
  // `wake_follower` is called after each commit that wrote sales. All arguments must outlive this.
  Wiring(Backend& backend, const ShopCalendar& calendar, const Clock& clock,
         const runtime::Settings& settings, std::function<void()> wake_follower);

  ranking::PopularList list;
  ranking::SaleRecorder recorder;
  ranking::PurchaseIntake purchases;
  ranking::Follower follower;
  ranking::ProductStanding standing;
  catalog::ProductService products;
  coupons::Admission admission;
  coupons::EventService events;
  OrderCoupons order_coupons;
  orders::OrderService orders;
};

}  // namespace rushline::app
