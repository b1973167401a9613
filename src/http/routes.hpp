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

// /v1 but the status, and the contract. `operators` gets all of it; `router`, when it is another
// one, what needs no admin scope: with a listener of their own, operators change events and
// products there alone. The apis must outlive the routers.
void add_shop_routes(Router& router, Router& operators, ProductApi& products, OrderApi& orders,
                     PurchaseApi& purchases, RankingApi& rankings, CouponEventApi& events,
                     CouponRequestApi& requests, CouponApi& coupons, StreamApi& streams);

// What operators and their machines call; on the admin listener when there is one. The two
// handlers come from ops.
void add_operator_routes(Router& router, HealthApi& health, Handler metrics, Handler status);

}  // namespace rushline::http
