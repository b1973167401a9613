// Over a real connection: a stream lasts no longer than the key or token that it was opened with.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/access.hpp"
#include "http/event_stream.hpp"
#include "http/shopper_token.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_http_server.hpp"

namespace rushline::http {
namespace {

using namespace std::chrono_literals;
using tests::eventually;
using tests::RawClient;

const std::string till_key = *generate_key();
const std::string web_key = *generate_key();
const ShopperSecret spring{"spring", *generate_key()};
const ShopperSecret summer{"summer", *generate_key()};

// The keys that are named, and the secrets of shoppers.
Access keys(Scope till, std::optional<Scope> web, const ShopperSecrets& secrets) {
  std::string lines = key_line("till", till, hash_key(till_key)) + "\n";
  if (web) lines += key_line("web", *web, hash_key(web_key));
  auto access = *Access::with_keys(lines);
  access.accept_shoppers(secrets);
  return access;
}

struct Theatre : tests::TestHttpServer {
  explicit Theatre(Access access = keys(Scope::shop, Scope::shop, {spring, summer}))
      : TestHttpServer({}, std::move(access)) {
    router.add({Method::get, "/stream", Scope::shop | Scope::shopper, Body::none,
                [](const Request&, Responder responder) {
                  responder.start_stream(content_type::event_stream, [] {}).send(event_heartbeat);
                }});
    router.add({Method::get, "/late", Scope::shop, Body::none,
                [this](const Request&, Responder responder) {
                  late = responder;
                  asked = true;
                }});
    start();
  }
  ~Theatre() { loops.stop(); }

  std::string token(const ShopperSecret& secret, std::chrono::seconds lasts = 600s) const {
    return make_shopper_token(*UserId::parse("mina"), clock.now() + lasts, secret);
  }
  std::unique_ptr<RawClient> ask(const std::string& bearer, std::string_view path = "/stream") {
    auto client = std::make_unique<RawClient>(port());
    client->send("GET " + std::string(path) + " HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer " +
                 bearer + "\r\n\r\n");
    return client;
  }
  std::unique_ptr<RawClient> watch(const std::string& bearer) {
    auto client = ask(bearer);
    EXPECT_EQ(client->reply(true).status, 200);
    EXPECT_NE(client->until(":\n\n").find(":\n\n"), std::string::npos);
    return client;
  }
  std::int64_t open() const { return server.counts().streams_open; }
  bool are_open(std::int64_t count) {
    return eventually([&] { return open() == count; });
  }

  std::optional<Responder> late;
  std::atomic<bool> asked = false;
};

// Ends as a whole answer does.
bool is_ended_properly(RawClient& client) {
  return client.is_ended() && client.unread().ends_with("\r\n0\r\n\r\n");
}

TEST(Watchers, OfAKeyThatWasTakenBackAreEndedProperly) {
  Theatre theatre;
  const auto till = theatre.watch(till_key);
  const auto web = theatre.watch(web_key);
  theatre.keyring.replace(keys(Scope::shop, std::nullopt, {spring}));
  EXPECT_TRUE(is_ended_properly(*web));
  EXPECT_TRUE(theatre.are_open(1)) << "the other key is still there";
  theatre.keyring.replace(keys(Scope::admin, std::nullopt, {spring}));
  EXPECT_TRUE(is_ended_properly(*till)) << "it may not watch any more";
}

TEST(Watchers, OfATokenGoWithItsSecret) {
  Theatre theatre;
  const auto of_spring = theatre.watch(theatre.token(spring));
  const auto of_summer = theatre.watch(theatre.token(summer));
  theatre.keyring.replace(keys(Scope::shop, Scope::shop, {summer}));
  EXPECT_TRUE(is_ended_properly(*of_spring));
  EXPECT_TRUE(theatre.are_open(1));
}

TEST(Watchers, AreEndedWhenTheirTokenExpires) {
  Theatre theatre;
  const auto brief = theatre.watch(theatre.token(spring, 60s));
  const auto longer = theatre.watch(theatre.token(spring, 120s));
  const auto of_key = theatre.watch(till_key);
  theatre.clock.advance(59s);
  theatre.on_loop(0, [] {});
  theatre.on_loop(1, [] {});
  EXPECT_EQ(theatre.open(), 3);
  theatre.clock.advance(1s);
  EXPECT_TRUE(is_ended_properly(*brief));
  theatre.clock.advance(60s);
  EXPECT_TRUE(is_ended_properly(*longer));
  EXPECT_TRUE(theatre.are_open(1)) << "a key does not expire";
}

TEST(Watchers, KeepTheEndOfTheirTokenWhenKeysAreReplaced) {
  Theatre theatre;
  const auto client = theatre.watch(theatre.token(spring, 60s));
  theatre.keyring.replace(keys(Scope::shop, std::nullopt, {summer, spring}));
  theatre.clock.advance(60s);
  EXPECT_TRUE(is_ended_properly(*client));
}

TEST(Watchers, WhoseKeyWasTakenBackBeforeTheyBeginSeeNothing) {
  Theatre theatre;
  const auto client = theatre.ask(web_key, "/late");
  ASSERT_TRUE(eventually([&] { return theatre.asked.load(); }));
  theatre.keyring.replace(keys(Scope::shop, std::nullopt, {spring}));
  bool is_taken = true;
  theatre.on_loop(theatre.late->loop().index(), [&] {
    const Stream stream = theatre.late->start_stream(content_type::event_stream, [] {});
    is_taken = stream.send(event_heartbeat);
  });
  EXPECT_FALSE(is_taken);
  EXPECT_EQ(client->reply(true).status, 200);
  EXPECT_TRUE(client->is_ended());
  EXPECT_EQ(client->unread(), "0\r\n\r\n");
}

}  // namespace
}  // namespace rushline::http
