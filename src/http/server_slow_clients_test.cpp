// What slow clients may hold, and for how long: one input buffer each, more only within a common
// bound, and an answer only while they take it.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "http/server.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_http_server.hpp"

namespace rushline::http {
namespace {

using namespace std::chrono_literals;
using tests::eventually;
using tests::RawClient;
using tests::RawReply;

constexpr std::size_t large_answer = 8 << 20;  // more than the kernel takes
constexpr std::string_view get_large = "GET /large HTTP/1.1\r\nHost: shop\r\n\r\n";
constexpr std::string_view get_live = "GET /livez HTTP/1.1\r\nHost: shop\r\n\r\n";

struct Shop : tests::TestHttpServer {
  explicit Shop(const ServerLimits& limits = {}) : TestHttpServer(limits) {
    router.add({Method::get, "/livez", Scope::none, Body::none,
                [](const Request&, Responder responder) { responder.send_now({.body = "ok"}); }});
    router.add(
        {Method::get, "/large", Scope::none, Body::none, [](const Request&, Responder responder) {
           responder.send({.body = std::string(large_answer, 'x')});
         }});
    router.add({Method::post, "/take", Scope::none, Body::none,
                [](const Request& request, Responder responder) {
                  responder.send({.body = std::to_string(request.body.size())});
                }});
    start();
  }
  ~Shop() { loops.stop(); }

  std::int64_t held_bytes() const { return server.counts().held_bytes; }
  std::int64_t open() const { return server.counts().connections_open; }
  bool is_held(std::int64_t bytes) {
    return eventually([&] { return held_bytes() >= bytes; });
  }
  bool holds_nothing() {
    return eventually([&] { return held_bytes() == 0; });
  }
  // Every loop has done what it was about to.
  void settle() {
    for (std::size_t i = 0; i < server.loop_count(); ++i) on_loop(i, [] {});
  }
};

// All but the last byte of a request with such a body.
std::string unfinished(std::size_t body_bytes) {
  return "POST /take HTTP/1.1\r\nHost: shop\r\nContent-Length: " + std::to_string(body_bytes) +
         "\r\n\r\n" + std::string(body_bytes - 1, 'y');
}

TEST(SlowClients, HoldNothingCountedWithOneInputBuffer) {
  Shop shop;
  RawClient client(shop.port());
  client.send("GET /livez HTTP/1.1\r\nHost");
  ASSERT_TRUE(eventually([&] { return shop.server.counts().bytes_in > 0; }));
  EXPECT_EQ(shop.held_bytes(), 0);
}

TEST(SlowClients, AreRefusedWhenTheyHoldAllThatMayBeHeld) {
  ServerLimits limits;
  limits.held_bytes_max = 1'000'000;
  Shop shop(limits);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(std::make_unique<RawClient>(shop.port()));
    slow.back()->send(unfinished(250'000));
    ASSERT_TRUE(shop.is_held((i + 1) * 250'000));
  }
  RawClient late(shop.port());
  const RawReply refused = late.send(unfinished(250'000)).reply();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("\"code\":\"overloaded\""), std::string::npos);
  EXPECT_TRUE(refused.has("Retry-After: "));
  EXPECT_LE(shop.held_bytes(), 1'000'000);

  RawClient small(shop.port());
  EXPECT_EQ(small.send(get_live).reply().status, 200) << "what is small is not refused";
  for (const auto& client : slow) EXPECT_EQ(client->send("z").reply().body, "250000");
  EXPECT_TRUE(shop.holds_nothing());
}

TEST(SlowClients, LoseAnAnswerThatMayNotBeHeld) {
  ServerLimits limits;
  limits.held_bytes_max = 1'000;
  Shop shop(limits);
  RawClient client(shop.port(), 4096);
  client.send(get_large);
  EXPECT_TRUE(eventually([&] { return shop.server.counts().answers[1] == 1 && shop.open() == 0; }));
  EXPECT_TRUE(shop.holds_nothing());
}

TEST(SlowClients, WhoTakesALittleNowAndThenIsEnded) {
  ServerLimits limits;
  limits.send_bytes_min = large_answer;  // all of it in time
  Shop shop(limits);
  RawClient client(shop.port(), 4096);
  client.send(get_large);
  ASSERT_TRUE(shop.is_held(large_answer / 4));
  for (int third = 0; third < 3; ++third) {
    const std::int64_t before = shop.server.counts().bytes_out;
    ASSERT_TRUE(eventually([&] {
      client.take_some();
      return shop.server.counts().bytes_out > before;
    })) << "ended before its time, in third "
        << third;
    shop.settle();
    shop.clock.advance(limits.send_time_max / 3);
    shop.settle();
  }
  EXPECT_TRUE(eventually([&] { return shop.open() == 0; }));
  EXPECT_TRUE(shop.holds_nothing());
}

TEST(SlowClients, WhoTakesEnoughInTimeIsServedToTheEnd) {
  ServerLimits limits;
  limits.send_bytes_min = 1;
  Shop shop(limits);
  RawClient client(shop.port(), 4096);
  client.send(get_large);
  ASSERT_TRUE(shop.is_held(large_answer / 4));
  for (int i = 0; i < 4; ++i) {
    const std::int64_t before = shop.server.counts().bytes_out;
    ASSERT_TRUE(eventually([&] {
      client.take_some();
      return shop.server.counts().bytes_out > before;
    }));
    shop.settle();
    shop.clock.advance(limits.send_time_max / 3);
    shop.settle();
  }
  EXPECT_EQ(client.reply().body.size(), large_answer);
}

TEST(SlowClients, WhoIsIdleMakesWayWhenThereIsNoRoom) {
  ServerLimits limits;
  limits.connections_max = 2;
  Shop shop(limits);
  RawClient idle(shop.port());
  EXPECT_EQ(idle.send(get_live).reply().status, 200);
  shop.settle();
  shop.clock.advance(limits.idle_crowded_time_max - 1s);
  RawClient busy(shop.port());
  EXPECT_EQ(busy.send(get_live).reply().status, 200);
  EXPECT_EQ(RawClient(shop.port()).reply().status, 503) << "nobody has been idle for long";
  shop.settle();
  shop.clock.advance(1s);

  EXPECT_TRUE(idle.is_ended());
  EXPECT_EQ(busy.send(get_live).reply().status, 200);
  ASSERT_TRUE(eventually([&] { return shop.open() == 1; }));
  EXPECT_EQ(RawClient(shop.port()).send(get_live).reply().status, 200);
}

TEST(SlowClients, WhoIsIdleMayStayWhileThereIsRoom) {
  Shop shop;
  RawClient idle(shop.port());
  EXPECT_EQ(idle.send(get_live).reply().status, 200);
  shop.settle();
  shop.clock.advance(60s);
  shop.settle();
  EXPECT_EQ(idle.send(get_live).reply().status, 200);
}

}  // namespace
}  // namespace rushline::http
