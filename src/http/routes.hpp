// All endpoints, in one table (routes.cpp).
#pragma once

#include "http/coupon_api.hpp"
#include "http/coupon_event_api.hpp"
#include "http/coupon_request_api.hpp"
#include "http/health_api.hpp"
#include "http/order_api.hpp"
#include "http/product_api.hpp"
#include "http/purchase_api.hpp"
#include "http/ranking_api.hpp"
#include "http/router.hpp"
#include "http/stream_api.hpp"

namespace rushline::http {

// What the shop and its shoppers call: /v1 but the status, and the contract. The apis must outlive
// the router.
void add_shop_routes(Router& router, ProductApi& products, OrderApi& orders, PurchaseApi& purchases,
                     RankingApi& rankings, CouponEventApi& events, CouponRequestApi& requests,
                     CouponApi& coupons, StreamApi& streams);

// What operators and their machines call; on the admin listener when there is one. The two
// handlers come from ops.
void add_operator_routes(Router& router, HealthApi& health, Handler metrics, Handler status);

}  // namespace rushline::http
