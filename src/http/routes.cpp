// THE table of every endpoint: method, path, who may call it, and the function that answers it.
//
// From here a request is followed through the function named to the service that it calls.
// `shop`: keys of the shop. `admin`: keys that change events and products. `any`: either. `buyer`:
// keys of the shop, and shoppers for themselves. `all`: whoever is known.
#include "http/routes.hpp"

#include <tuple>
#include <utility>

#include "generated/openapi.hpp"

namespace rushline::http {
namespace {

template <class Api>
using Member = void (Api::*)(const Request&, Responder);

// A member function of an api as a handler.
template <class Api>
Handler bind(Api& api, Member<Api> member) {
  return [&api, member](const Request& request, Responder responder) {
    (api.*member)(request, responder);
  };
}

// openapi.json, as it was built into the program.
void tell_contract(const Request&, Responder responder) {
  responder.send_now({.body = generated::openapi().front().bytes});
}

}  // namespace

void add_shop_routes(Router& router, Router& operators, ProductApi& products, OrderApi& orders,
                     PurchaseApi& purchases, RankingApi& rankings, CouponEventApi& events,
                     CouponRequestApi& requests, CouponApi& coupons, StreamApi& streams) {
  const auto apis =
      std::tie(products, orders, purchases, rankings, events, requests, coupons, streams);
  const auto add = [&]<class Api>(Method method, std::string_view path, Scope scope, Body body,
                                  Member<Api> member, RequestKind kind = RequestKind::other) {
    const Route route{method, path, scope, body, bind(std::get<Api&>(apis), member), kind};
    operators.add(route);
    if (&router != &operators && scope != Scope::admin) router.add(route);
  };
  using enum Method;
  constexpr auto shop = Scope::shop;
  constexpr auto admin = Scope::admin;
  constexpr auto any = Scope::any;
  constexpr auto buyer = Scope::shop | Scope::shopper;
  constexpr auto all = Scope::any | Scope::shopper;
  constexpr auto none = Body::none;
  constexpr auto json = Body::json;

  // clang-format off
  add(post,    "/v1/products",                           admin, json, &ProductApi::create);
  add(get,     "/v1/products",                           all,   none, &ProductApi::list);
  add(get,     "/v1/products/popular",                   all,   none, &RankingApi::popular,
      RequestKind::list);
  add(get,     "/v1/products/{product_id}",              all,   none, &ProductApi::get);
  add(patch,   "/v1/products/{product_id}",              admin, json, &ProductApi::patch);
  add(get,     "/v1/products/{product_id}/rank",         all,   none, &RankingApi::rank);

  add(post,    "/v1/orders",                             shop,  json, &OrderApi::place);
  add(get,     "/v1/orders/{order_id}",                  any,   none, &OrderApi::get);
  add(post,    "/v1/orders/{order_id}/complete",         shop,  json, &OrderApi::complete);
  add(post,    "/v1/orders/{order_id}/cancel",           shop,  json, &OrderApi::cancel);

  add(post,    "/v1/purchases",                          shop,  json, &PurchaseApi::take);
  add(delete_, "/v1/purchases/{purchase_id}",            shop,  none, &PurchaseApi::take_back);

  add(post,    "/v1/coupon-events",                      admin, json, &CouponEventApi::create);
  add(get,     "/v1/coupon-events",                      all,   none, &CouponEventApi::list);
  add(get,     "/v1/coupon-events/{id}",                 all,   none, &CouponEventApi::get);
  add(patch,   "/v1/coupon-events/{id}",                 admin, json, &CouponEventApi::patch);
  add(post,    "/v1/coupon-events/{id}/pause",           admin, json, &CouponEventApi::pause);
  add(post,    "/v1/coupon-events/{id}/resume",          admin, json, &CouponEventApi::resume);
  add(post,    "/v1/coupon-events/{id}/close",           admin, json, &CouponEventApi::close);
  add(get,     "/v1/coupon-events/{id}/stream",          all,   none, &StreamApi::watch);

  add(post,    "/v1/coupon-events/{id}/requests",        buyer, json, &CouponRequestApi::request,
      RequestKind::coupon);
  add(get,     "/v1/coupon-events/{id}/requests/{user}", all,   none, &CouponRequestApi::state,
      RequestKind::poll);
  add(get,     "/v1/coupon-events/{id}/coupons",         any,   none, &CouponApi::feed,
      RequestKind::poll);
  add(get,     "/v1/users/{user_id}/coupons",            all,   none, &CouponApi::of_user);
  // clang-format on

  const Route contract{get, "/openapi.json", Scope::none, none, tell_contract};
  router.add(contract);
  if (&router != &operators) operators.add(contract);
}

void add_operator_routes(Router& router, HealthApi& health, Handler metrics, Handler status) {
  const auto add = [&router](std::string_view path, Scope scope, Handler handler) {
    router.add({Method::get, path, scope, Body::none, std::move(handler)});
  };

  // clang-format off
  add("/livez",     Scope::none,  bind(health, &HealthApi::live));
  add("/readyz",    Scope::none,  bind(health, &HealthApi::ready));
  add("/startupz",  Scope::none,  bind(health, &HealthApi::started));
  add("/metrics",   Scope::none,  std::move(metrics));
  add("/v1/status", Scope::any,   std::move(status));
  // clang-format on
}

}  // namespace rushline::http
