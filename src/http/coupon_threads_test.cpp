// Loops, database thread and watchers at the same time, over real sockets: nobody is forgotten.
// Worth the most under the thread sanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http/coupon_request_api.hpp"
#include "http/stream_api.hpp"
#include "tests/support/coupon_samples.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_coupon_store.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_idempotency_store.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_http_server.hpp"

namespace rushline::http {
namespace {

using tests::FakeDatabase;
using tests::RawClient;

// A real server over fakes, with one database thread.
struct Shop : tests::TestHttpServer {
  Shop() {
    event = tests::add_event(store, tests::sample_event(20));
    const auto add = [this](Method method, std::string_view path, auto& api, auto member) {
      const Body body = method == Method::post ? Body::json : Body::none;
      router.add({method, path, Scope::any, body,
                  [&api, member](const Request& request, Responder responder) {
                    (api.*member)(request, responder);
                  }});
    };
    add(Method::post, "/events/{id}/requests", requests, &CouponRequestApi::request);
    add(Method::get, "/events/{id}/requests/{user}", requests, &CouponRequestApi::state);
    add(Method::get, "/events/{id}/stream", streams, &StreamApi::watch);
    start();
    database_thread = std::thread([this] {
      while (database.wait_and_run(64)) {
      }
    });
  }
  ~Shop() {
    loops.stop();
    database.stop();
    database_thread.join();
  }

  std::vector<Loop*> all_loops() { return {&server.loop(0), &server.loop(1)}; }

  ShopCalendar calendar = *ShopCalendar::in_zone("Asia/Seoul");
  FakeDatabase database{clock, FakeDatabase::Mode::on_demand};
  tests::FakeCouponStore store;
  tests::FakeIdempotencyStore idempotency;
  coupons::Admission admission{database, store, calendar, clock};
  coupons::EventService events{store, [this](CouponEventId id) { admission.event_changed(id); }};
  KeyedWrites writes{database, idempotency};
  LongPolls polls{all_loops(), database, [this](CouponEventId id) { return admission.version(id); },
                  [this] { return server.is_draining(); }};
  CouponRequestApi requests{all_loops(), database, events, admission,
                            writes,      polls,    rates,  std::chrono::seconds(30)};
  StreamApi streams{all_loops(), database, events, admission};
  CouponEventId event;
  std::thread database_thread;
};

std::string press(std::string_view user, bool keyed) {
  const std::string body = "{\"user_id\":\"" + std::string(user) + "\"}";
  std::string text = "POST /events/1/requests HTTP/1.1\r\nHost: x\r\n";
  if (keyed) text.append("Idempotency-Key: k-").append(user).append("\r\n");
  return text + "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string get(const std::string& path) {
  return "GET /events/1/" + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

TEST(CouponThreads, EveryShopperAndEveryWatcherIsTold) {
  constexpr int users = 40;
  Shop shop;
  RawClient stream(shop.port());
  stream.send(get("stream"));
  stream.until("\"issued\":0");
  std::vector<std::unique_ptr<RawClient>> watchers;
  std::vector<std::unique_ptr<RawClient>> shoppers;
  for (int i = 0; i < users; ++i) {
    const std::string user = "u" + std::to_string(i);
    watchers.push_back(std::make_unique<RawClient>(shop.port()));
    watchers.back()->send(get("requests/" + user + "?wait=30"));
    shoppers.push_back(std::make_unique<RawClient>(shop.port()));
    shoppers.back()->send(press(user, i % 4 == 0));
    if (i % 10 == 3) watchers.back()->reset();
  }
  int issued = 0;
  for (const auto& shopper : shoppers) issued += shopper->reply().status == 201;
  EXPECT_EQ(issued, 20);
  // Sweeps follow the test's clock.
  std::atomic<bool> over = false;
  std::thread time([&] {
    tests::eventually(
        [&] {
          shop.clock.advance(std::chrono::milliseconds(5));
          return over.load();
        },
        std::chrono::minutes(1));
  });
  int seen_issued = 0;
  for (int i = 0; i < users; ++i) {
    RawClient& watcher = *watchers[static_cast<std::size_t>(i)];
    if (i % 10 != 3) {
      const auto reply = watcher.reply();
      EXPECT_EQ(reply.status, 200);
      seen_issued += reply.body.find("\"issued\"") != std::string::npos;
    }
    watcher.close();
    shoppers[static_cast<std::size_t>(i)]->close();
  }
  EXPECT_GE(seen_issued, 20 - users / 10);
  EXPECT_NE(stream.until("\"state\":\"sold_out\"").find("\"issued\":20"), std::string::npos);
  over = true;
  time.join();
}

}  // namespace
}  // namespace rushline::http
