// Over a real connection: who asks too fast is told so, before anything is done for the request,
// and everybody is told how much is left.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>

#include "http/access.hpp"
#include "http/shopper_token.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_http_server.hpp"

namespace rushline::http {
namespace {

using namespace std::chrono_literals;
using tests::RawClient;
using tests::RawReply;

const std::string till_key = *generate_key();
const std::string web_key = *generate_key();
const ShopperSecret secret{"spring", *generate_key()};

Access keys() {
  auto access = *Access::with_keys(key_line("till", Scope::shop, hash_key(till_key)) + "\n" +
                                   key_line("web", Scope::shop | Scope::admin, hash_key(web_key)));
  access.accept_shoppers({secret});
  return access;
}

struct Shop : tests::TestHttpServer {
  Shop(const RateLimit& key_rate, const RateLimit& user_rate, Access access = keys())
      : TestHttpServer({}, std::move(access), 2, *Cors::for_origins("https://shop.example"),
                       key_rate, user_rate) {
    const auto count = [this](const Request&, Responder responder) {
      ++handled;
      responder.send_now({.body = "ok"});
    };
    router.add({Method::get, "/livez", Scope::none, Body::none, count});
    router.add({Method::get, "/shop", Scope::shop | Scope::shopper, Body::none, count});
    start();
  }
  ~Shop() { loops.stop(); }

  RawReply ask(const std::string& key, std::string_view path = "/shop") {
    RawClient client(port());
    return client
        .send("GET " + std::string(path) + " HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer " +
              key + "\r\nOrigin: https://shop.example\r\n\r\n")
        .reply();
  }
  // Every loop looks at the clock again.
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    for (std::size_t i = 0; i < server.loop_count(); ++i) on_loop(i, [] {});
  }

  std::atomic<int> handled = 0;
};

std::chrono::seconds retry_after(const RawReply& reply) {
  constexpr std::string_view name = "Retry-After: ";
  const std::size_t at = reply.head.find(name);
  if (at == std::string::npos) return 0s;
  return std::chrono::seconds{std::atoi(reply.head.c_str() + at + name.size())};
}

TEST(ServerRateLimits, RefusesAKeyThatAsksTooFastAndTellsItWhenToComeBack) {
  Shop shop({.per_second = 1, .burst = 3}, {});
  for (int left = 2; left >= 0; --left) {
    const RawReply reply = shop.ask(till_key);
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(reply.has("RateLimit-Policy: \"key\";q=3;w=3\r\n"));
    EXPECT_TRUE(reply.has("RateLimit: \"key\";r=" + std::to_string(left) + ";t="));
    EXPECT_TRUE(reply.has("Access-Control-Allow-Origin: https://shop.example\r\n"));
  }
  const RawReply refused = shop.ask(till_key);
  EXPECT_EQ(refused.status, 429);
  EXPECT_NE(refused.body.find("\"code\":\"rate_limited\""), std::string::npos);
  EXPECT_TRUE(refused.has("RateLimit: \"key\";r=0;t=1\r\n"));
  EXPECT_EQ(shop.handled, 3);
  EXPECT_GE(retry_after(refused), 1s);

  shop.pass(retry_after(refused));
  EXPECT_EQ(shop.ask(till_key).status, 200) << "what was told holds";
}

TEST(ServerRateLimits, EveryKeyHasItsOwnRateOverAllConnectionsAndLoops) {
  Shop shop({.per_second = 1, .burst = 2}, {});
  EXPECT_EQ(shop.ask(till_key).status, 200);
  EXPECT_EQ(shop.ask(till_key).status, 200);
  EXPECT_EQ(shop.ask(till_key).status, 429);
  EXPECT_EQ(shop.ask(web_key).status, 200);
}

TEST(ServerRateLimits, KeepsTheRateOfAKeyWhenTheKeysAreReadAgain) {
  Shop shop({.per_second = 1, .burst = 1}, {});
  EXPECT_EQ(shop.ask(till_key).status, 200);
  shop.keyring.replace(keys());
  EXPECT_EQ(shop.ask(till_key).status, 429);
}

TEST(ServerRateLimits, ForgetsTheRateOfAKeyThatWasRemovedWhileAConnectionRemembersIt) {
  Shop shop({.per_second = 1, .burst = 1}, {});
  RawClient client(shop.port());
  const auto status = [&](const std::string& key) {
    return client
        .send("GET /shop HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer " + key + "\r\n\r\n")
        .reply()
        .status;
  };
  const auto replace = [&shop](Access access) {
    const auto names = access.key_names();
    shop.keyring.replace(std::move(access));
    shop.rates.forget_all_but(names);
  };
  EXPECT_EQ(status(till_key), 200);
  replace(*Access::with_keys(key_line("web", Scope::shop, hash_key(web_key))));
  EXPECT_EQ(status(till_key), 401);
  EXPECT_EQ(status(web_key), 200);
  replace(keys());
  EXPECT_EQ(status(till_key), 200) << "its rate began anew";
  EXPECT_EQ(status(web_key), 429) << "it was there all the time";
}

TEST(ServerRateLimits, HealthIsNotLimited) {
  Shop shop({.per_second = 1, .burst = 1}, {});
  for (int i = 0; i < 10; ++i) {
    const RawReply reply = shop.ask(till_key, "/livez");
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(reply.has("\r\nRateLimit"));
  }
}

TEST(ServerRateLimits, WhoHasNoKeyIsRefusedWithoutBeingCounted) {
  Shop shop({.per_second = 1, .burst = 1}, {.per_second = 1, .burst = 1});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(shop.ask("rl_unknown").status, 401);
  EXPECT_EQ(shop.rates.counts().keys, 0);
}

TEST(ServerRateLimits, WithoutKeysAllCallersShareOneRate) {
  Shop shop({.per_second = 1, .burst = 2}, {}, Access::open());
  EXPECT_EQ(shop.ask("a").status, 200);
  EXPECT_EQ(shop.ask("b").status, 200);
  EXPECT_EQ(shop.ask("c").status, 429);
}

TEST(ServerRateLimits, AShopperIsCountedAsAUserAndNotAsAKey) {
  Shop shop({.per_second = 1, .burst = 1}, {.per_second = 1, .burst = 2});
  const auto token = [&](std::string_view user) {
    return make_shopper_token(*UserId::parse(user), shop.clock.now() + 1h, secret);
  };
  EXPECT_TRUE(shop.ask(token("mina")).has("RateLimit: \"user\";r=1;t=1\r\n"));
  EXPECT_EQ(shop.ask(token("mina")).status, 200);
  EXPECT_EQ(shop.ask(token("mina")).status, 429);
  EXPECT_EQ(shop.ask(token("bora")).status, 200);
  EXPECT_EQ(shop.rates.counts().users, 1);
}

TEST(ServerRateLimits, WithoutLimitsNobodyHearsOfThem) {
  Shop shop({}, {});
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(shop.ask(till_key).has("\r\nRateLimit"));
}

}  // namespace
}  // namespace rushline::http
