// The table of endpoints and openapi.json say the same.
#include "http/routes.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <regex>
#include <set>

#include "generated/openapi.hpp"
#include "http/problem.hpp"
#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_idempotency_store.hpp"
#include "tests/support/fake_loop.hpp"
#include "tests/support/fake_order_ports.hpp"
#include "tests/support/fake_product_store.hpp"
#include "tests/support/fake_ranking_board.hpp"
#include "tests/support/fake_sales_store.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::http {
namespace {

namespace json = boost::json;

const json::object& contract() {
  static const json::value document = json::parse(generated::openapi().front().bytes);
  return document.as_object();
}

std::string word_of(Method method) {
  switch (method) {
    case Method::get:
      return "get";
    case Method::post:
      return "post";
    case Method::patch:
      return "patch";
    case Method::delete_:
      return "delete";
    default:
      return "other";
  }
}

// A parameter's name is the business of each; its place is not.
std::string without_names(const std::string& path) {
  return std::regex_replace(path, std::regex("\\{[^}]*\\}"), "{}");
}

// The whole table, over fakes that nobody calls.
struct Table {
  Table() {
    add_shop_routes(router, router, products, orders, purchases, rankings, events, requests,
                    coupons, streams);
    add_operator_routes(
        router, health, [](const Request&, Responder) {}, [](const Request&, Responder) {});
  }

  tests::ManualClock clock;
  ShopCalendar calendar = *ShopCalendar::in_zone("Asia/Seoul");
  tests::FakeDatabase database{clock};
  tests::FakeIdempotencyStore idempotency;
  tests::FakeCouponStore coupon_store;
  coupons::Admission admission{database, coupon_store, calendar, clock};
  coupons::EventService event_service{coupon_store, [](CouponEventId) {}};
  tests::FakeProductStore product_store;
  catalog::ProductService product_service{product_store};
  tests::FakeSalesStore sales;
  ranking::SaleRecorder recorder{sales, calendar, [] {}};
  ranking::PurchaseIntake intake{sales, recorder};
  ranking::PopularList list{"Asia/Seoul"};
  tests::FakeRankingBoard board;
  tests::ShopState shop;
  tests::FakeOrderStore order_store{shop};
  tests::FakeStock stock{shop};
  tests::FakeCouponRedemption redemption{shop};
  orders::OrderService order_service{order_store, stock, redemption,
                                     orders::CompleteOrder{order_store},
                                     orders::CancelOrder{order_store, stock, redemption}};
  Lifecycle lifecycle;

  KeyedWrites writes{database, idempotency};
  LongPolls polls{
      {}, database, [](CouponEventId) { return std::uint64_t{0}; }, [] { return false; }};
  RateLimits rates{{}, {}};
  ProductApi products{database, product_service, writes};
  OrderApi orders{database, order_service, writes};
  PurchaseApi purchases{intake, writes};
  ranking::ProductStanding standing{board, list, sales, calendar};
  RankingApi rankings{database, list, standing};
  CouponEventApi events{database, event_service, admission, writes};
  CouponRequestApi requests{{},     database, event_service, admission,
                            writes, polls,    rates,         limits::verdict_wait_default};
  CouponApi coupons{database, event_service, polls};
  StreamApi streams{{}, database, event_service, admission};
  Degraded degraded;
  HealthApi health{lifecycle, [this] { return degraded; }};
  Router router;
};

TEST(Routes, AreThoseOfTheContract) {
  std::set<std::string> declared;
  for (const auto& [path, item] : contract().at("paths").as_object()) {
    for (const auto& [method, operation] : item.as_object()) {
      if (method == "parameters") continue;
      declared.insert(std::string(method) + " " + without_names(std::string(path)));
    }
  }
  const Table table;
  std::set<std::string> routed;
  for (const auto& route : table.router.routes()) {
    routed.insert(word_of(route->method) + " " + without_names(std::string(route->pattern)));
  }
  EXPECT_EQ(routed, declared);
  EXPECT_GE(routed.size(), 30U);
}

TEST(Contract, KnowsEveryCodeOfAProblem) {
  std::set<std::string> declared;
  const auto& codes =
      contract().at("components").at_pointer("/schemas/Problem/properties/code/enum");
  for (const auto& code : codes.as_array()) declared.emplace(code.as_string());
  std::set<std::string> known;
  for (const ProblemKind& kind : all_problem_kinds()) known.emplace(kind.code);
  EXPECT_EQ(declared, known);
}

TEST(EtagIsKnown, ComparesAsForGet) {
  EXPECT_TRUE(etag_is_known("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_is_known("\"x\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_is_known(" * ", "\"a\""));
  for (const std::string_view other : {"", "a", "\"b\"", ",,", "\"a\"x", "W/a"}) {
    EXPECT_FALSE(etag_is_known(other, "\"a\"")) << other;
  }
}

TEST(HealthApi, IsReadyOnlyBetweenStartAndDrain) {
  Table table;
  tests::FakeLoop loop;
  const auto status_of = [&](auto member) {
    (table.health.*member)(loop.request({}), loop.responder());
    return loop.reply().status;
  };
  EXPECT_EQ(status_of(&HealthApi::ready), 503);
  EXPECT_EQ(status_of(&HealthApi::started), 503);
  EXPECT_EQ(status_of(&HealthApi::live), 200);
  table.lifecycle.enter(Phase::ready);
  EXPECT_EQ(status_of(&HealthApi::ready), 200);
  EXPECT_EQ(loop.reply().body, R"({"status":"ready","degraded":[]})");
  EXPECT_EQ(status_of(&HealthApi::started), 200);
  table.degraded = {.database = true};
  EXPECT_EQ(status_of(&HealthApi::ready), 200);
  EXPECT_EQ(loop.reply().body, R"({"status":"ready","degraded":["database"]})");
  table.degraded.redis = true;
  EXPECT_EQ(status_of(&HealthApi::ready), 200);
  EXPECT_EQ(loop.reply().body, R"({"status":"ready","degraded":["database","redis"]})");
  table.degraded.database = false;
  EXPECT_EQ(status_of(&HealthApi::ready), 200);
  EXPECT_EQ(loop.reply().body, R"({"status":"ready","degraded":["redis"]})");
  table.lifecycle.enter(Phase::draining);
  EXPECT_EQ(status_of(&HealthApi::ready), 503);
  EXPECT_EQ(status_of(&HealthApi::started), 200);
}

}  // namespace
}  // namespace rushline::http
