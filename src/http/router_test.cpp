// Which route a method and a path lead to.
#include "http/router.hpp"

#include <gtest/gtest.h>

namespace rushline::http {
namespace {

void nothing(const Request&, Responder) {}

Router shop_router() {
  Router router;
  for (const auto& [method, pattern] : std::initializer_list<std::pair<Method, const char*>>{
           {Method::get, "/livez"},
           {Method::get, "/v1/products"},
           {Method::post, "/v1/products"},
           {Method::get, "/v1/products/popular"},
           {Method::get, "/v1/products/{id}"},
           {Method::patch, "/v1/products/{id}"},
           {Method::get, "/v1/products/{id}/rank"},
           {Method::get, "/v1/coupon-events/{id}/requests/{user_id}"},
           {Method::get, "/console/"}}) {
    router.add({method, pattern, Scope::none, Body::none, nothing});
  }
  return router;
}

TEST(Router, GivesTheRouteAndWhatStoodForItsParameters) {
  const Router router = shop_router();
  const auto found = router.find(Method::get, "/v1/coupon-events/7/requests/ann%40shop");
  ASSERT_NE(found.route, nullptr);
  EXPECT_EQ(found.route->pattern, "/v1/coupon-events/{id}/requests/{user_id}");
  EXPECT_EQ(found.arguments[0], "7");
  EXPECT_EQ(found.arguments[1], "ann%40shop");
}

TEST(Router, PrefersExactSegmentsToParameters) {
  const Router router = shop_router();
  EXPECT_EQ(router.find(Method::get, "/v1/products/popular").route->pattern,
            "/v1/products/popular");
  EXPECT_EQ(router.find(Method::get, "/v1/products/popular2").route->pattern, "/v1/products/{id}");
}

TEST(Router, TakesTheParameterWhereTheExactWayLeadsNowhere) {
  const Router router = shop_router();
  const auto found = router.find(Method::get, "/v1/products/popular/rank");
  ASSERT_NE(found.route, nullptr);
  EXPECT_EQ(found.route->pattern, "/v1/products/{id}/rank");
  EXPECT_EQ(found.arguments[0], "popular");
}

TEST(Router, FindsGetRoutesForHead) {
  EXPECT_EQ(shop_router().find(Method::head, "/livez").route->pattern, "/livez");
}

TEST(Router, SaysWhichMethodsAKnownPathHas) {
  const Router router = shop_router();
  const auto found = router.find(Method::delete_, "/v1/products");
  EXPECT_EQ(found.route, nullptr);
  EXPECT_EQ(found.allow, "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(router.find(Method::other, "/livez").allow, "GET, HEAD, OPTIONS");
}

TEST(Router, KnowsNoOtherPaths) {
  const Router router = shop_router();
  for (const char* path : {"", "*", "/", "//", "/livez/", "/LIVEZ", "/v1", "/v1/", "/v1/products/",
                           "/v1/products//rank", "/v1/products/a/b", "/console", "livez",
                           "/v1/coupon-events/1/requests/", "/v1/coupon-events//requests/a"}) {
    const auto found = router.find(Method::get, path);
    EXPECT_EQ(found.route, nullptr) << path;
    EXPECT_TRUE(found.allow.empty()) << path;
  }
}

TEST(RouterDeathTest, RefusesASecondRouteOfTheSameMethodAndPattern) {
  Router router = shop_router();
  EXPECT_DEATH(router.add({Method::get, "/v1/products/{other}", Scope::none, Body::none, nothing}),
               "broken invariant");
}

}  // namespace
}  // namespace rushline::http
