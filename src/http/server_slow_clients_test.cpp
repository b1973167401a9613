// What slow clients may hold, and for how long: one input buffer each, more only within a common
// bound, and an answer only while they take it.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
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
    for (std::size_t i = 0; i < sweeps.size(); ++i) {
      server.loop(i).on_sweep([this, i](Monotonic) { ++sweeps[i]; });
    }
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
  // Every loop has swept since: the first to come may have begun before.
  void sweep() {
    for (std::atomic<int>& of_loop : sweeps) {
      const int before = of_loop;
      ASSERT_TRUE(eventually([&] { return of_loop >= before + 2; }));
    }
  }
  // Time passes in which the loops sweep at least once a second.
  void pass(std::chrono::seconds time) {
    for (auto passed = 0s; passed < time; ++passed) {
      clock.advance(1s);
      sweep();
    }
  }

  std::array<std::atomic<int>, 2> sweeps = {};
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

// Two requests, the second begun 1 s after the first, hold all connections with such a part.
void expect_that_the_older_makes_way(std::string_view part) {
  ServerLimits limits;
  limits.connections_max = 2;
  Shop shop(limits);
  std::int64_t bytes_in = 0;
  const auto begin = [&](RawClient& client) {
    client.send(part);
    bytes_in += static_cast<std::int64_t>(part.size());
    ASSERT_TRUE(eventually([&] { return shop.server.counts().bytes_in == bytes_in; }));
    shop.settle();
  };
  RawClient older(shop.port());
  begin(older);
  shop.clock.advance(1s);
  RawClient newer(shop.port());
  begin(newer);
  EXPECT_EQ(RawClient(shop.port()).reply().status, 503) << "nobody has taken long";
  shop.clock.advance(limits.unfinished_crowded_time_max - 1s);

  EXPECT_EQ(older.reply().status, 408);
  shop.settle();
  shop.clock.advance(limits::http_linger_crowded_time_max);
  ASSERT_TRUE(eventually([&] { return shop.server.counts().shop_connections_served == 1; }));
  EXPECT_EQ(RawClient(shop.port()).send(get_live).reply().status, 200);
  EXPECT_EQ(shop.server.counts().answers[3], 1) << "the newer one has its time";
}

TEST(SlowClients, WhoseHeadTakesLongMakesWayWhenThereIsNoRoom) {
  expect_that_the_older_makes_way("GET /livez HTTP/1.1\r\nHost");
}

TEST(SlowClients, WhoseBodyTakesLongMakesWayWhenThereIsNoRoom) {
  expect_that_the_older_makes_way(unfinished(100));
}

TEST(SlowClients, WhoTakesNothingOfAnAnswerMakesWayWhenThereIsNoRoom) {
  ServerLimits limits;
  limits.connections_max = 2;
  Shop shop(limits);
  RawClient slow(shop.port(), 4096);
  slow.send(get_large);
  ASSERT_TRUE(shop.is_held(large_answer / 4));
  shop.pass(4s);
  EXPECT_EQ(shop.open(), 1) << "there is room";
  RawClient busy(shop.port());
  EXPECT_EQ(busy.send(get_live).reply().status, 200);
  EXPECT_EQ(RawClient(shop.port()).reply().status, 503);
  // When it took something last is known from the first look on.
  shop.pass(4s);
  ASSERT_TRUE(eventually([&] { return shop.server.counts().shop_connections_served == 1; }));
  EXPECT_EQ(RawClient(shop.port()).send(get_live).reply().status, 200);
  EXPECT_EQ(busy.send(get_live).reply().status, 200);
  EXPECT_TRUE(shop.holds_nothing());
}

TEST(SlowClients, WhoTakesSomethingOfAnAnswerStaysWhenThereIsNoRoom) {
  ServerLimits limits;
  limits.connections_max = 1;
  Shop shop(limits);
  RawClient slow(shop.port(), 4096);
  slow.send(get_large);
  ASSERT_TRUE(shop.is_held(large_answer / 4));
  for (int i = 0; i < 8; ++i) {
    slow.take_some();
    shop.pass(1s);
    ASSERT_EQ(shop.server.counts().shop_connections_served, 1) << "second " << i;
  }
  EXPECT_EQ(slow.reply().body.size(), large_answer);
}

TEST(SlowClients, KeepTheRestOfAnAnswerWhereItIsCounted) {
  Shop shop;
  RawClient slow(shop.port(), 4096);
  slow.send(get_large);
  ASSERT_TRUE(shop.is_held(large_answer / 2));
  // The kernel has what it could send, and a little more.
  EXPECT_LE(shop.server.counts().bytes_out,
            static_cast<std::int64_t>(4 * limits::http_pipeline_bytes_max));
  EXPECT_EQ(slow.reply().body.size(), large_answer);
}

TEST(SlowClients, WhoTakesLongIsNotIdle) {
  ServerLimits limits;
  limits.send_bytes_min = 1;
  limits.idle_time_max = limits.send_time_max / 2;
  Shop shop(limits);
  RawClient client(shop.port(), 4096);
  client.send(get_large);
  ASSERT_TRUE(shop.is_held(large_answer / 4));
  shop.clock.advance(limits.send_time_max - 1s);
  shop.sweep();
  EXPECT_EQ(client.reply().body.size(), large_answer);
  shop.settle();
  shop.clock.advance(limits.idle_time_max);
  EXPECT_TRUE(client.is_ended()) << "now it is";
}

TEST(SlowClients, OnlyAFewOfThemMakeWayAtOnce) {
  ServerLimits limits;
  limits.connections_max = 40;
  Shop shop(limits);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (std::size_t i = 0; i < limits.connections_max; ++i) {
    slow.push_back(std::make_unique<RawClient>(shop.port()));
    slow.back()->send(unfinished(100));
  }
  const auto sent = static_cast<std::int64_t>(40 * unfinished(100).size());
  ASSERT_TRUE(eventually([&] { return shop.server.counts().bytes_in == sent; }));
  shop.settle();
  shop.clock.advance(limits.unfinished_crowded_time_max);
  // A tenth of each loop's; the clock stands still, and so they linger.
  ASSERT_TRUE(eventually([&] { return shop.server.counts().answers[3] == 4; }));
  shop.clock.advance(limits::http_linger_crowded_time_max);
  ASSERT_TRUE(eventually([&] { return shop.server.counts().shop_connections_served < 40; }));
  int finished = 0;
  for (const auto& client : slow) finished += client->send("z").reply().status == 200 ? 1 : 0;
  EXPECT_EQ(finished, 36);
}

TEST(SlowClients, WhoUploadsLongMayGoOnWhileThereIsRoom) {
  Shop shop;
  RawClient slow(shop.port());
  slow.send(unfinished(100));
  ASSERT_TRUE(eventually([&] { return shop.server.counts().bytes_in > 100; }));
  shop.settle();
  shop.clock.advance(limits::http_body_time_max - 1s);
  shop.settle();
  EXPECT_EQ(slow.send("z").reply().status, 200);
}

TEST(SlowClients, OfShoppersTakeNothingFromTheAdminListener) {
  ServerLimits limits;
  limits.connections_max = 2;
  limits.admin_connections_max = 1;
  Shop shop(limits);
  const auto address = shop.server.listen("127.0.0.1:0", shop.router, ListenerKind::admin);
  ASSERT_TRUE(address);
  const auto admin_port =
      static_cast<std::uint16_t>(std::stoi(address->substr(address->rfind(':') + 1)));
  RawClient first(shop.port());
  RawClient second(shop.port());
  first.send(unfinished(100));
  second.send(unfinished(100));
  EXPECT_EQ(RawClient(shop.port()).reply().status, 503);

  RawClient probe(admin_port);
  EXPECT_EQ(probe.send(get_live).reply().status, 200);
  EXPECT_EQ(RawClient(admin_port).reply().status, 503) << "it has a bound of its own";
  EXPECT_EQ(shop.server.counts().shop_connections_served, 2);
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
