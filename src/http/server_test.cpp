// What clients of all kinds see of a real server over loopback: order, limits, late answers, keys.
#include "http/server.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <vector>

#include "tests/support/eventually.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_http_server.hpp"

namespace rushline::http {
namespace {

using namespace std::chrono_literals;
using tests::eventually;
using tests::RawClient;
using tests::RawReply;
using tests::TestHttpServer;

// Requests that a handler left waiting.
class Waiting {
 public:
  void add(Responder responder) {
    const std::lock_guard lock(mutex_);
    responders_.push_back(responder);
  }
  std::vector<Responder> all() const {
    const std::lock_guard lock(mutex_);
    return responders_;
  }
  // The first `count`, once they are there.
  std::vector<Responder> wait_for(std::size_t count) const {
    EXPECT_TRUE(eventually([&] { return all().size() >= count; }));
    return all();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Responder> responders_;  // guarded by mutex_
};

class Accepted final : public LateAnswer {
 public:
  Reply late(const Request& request) override {
    return {.status = 202, .body = "late " + std::string(request.path)};
  }
};

// A server with a route for each way of answering.
struct Shop : TestHttpServer {
  explicit Shop(const ServerLimits& limits = {}, Access access_rules = Access::open(),
                Cors cors = {})
      : TestHttpServer(limits, std::move(access_rules), 2, std::move(cors)) {
    const auto say = [](const Request& request, Responder responder) {
      responder.send_now({.body = request.caller->name});
    };
    const auto echo = [](const Request& request, Responder responder) {
      const std::string text = std::string(request.arguments[0]) + "|" + std::string(request.body);
      responder.send_now({.body = text});
    };
    router.add({Method::get, "/livez", Scope::none, Body::none, say});
    router.add({Method::get, "/timed", Scope::none, Body::none, say, RequestKind::list});
    router.add({Method::get, "/shop", Scope::shop, Body::none, say});
    router.add({Method::get, "/any", Scope::any, Body::none, say});
    router.add({Method::get, "/all", Scope::any | Scope::shopper, Body::none, say});
    router.add({Method::post, "/echo/{word}", Scope::none, Body::json, echo});
    router.add({Method::get, "/echo/{word}", Scope::none, Body::none, echo});
    router.add({Method::get, "/wait", Scope::none, Body::none,
                [this](const Request&, Responder responder) { waiting.add(responder); }});
    router.add({Method::get, "/soon", Scope::none, Body::none,
                [this](const Request& request, Responder responder) {
                  responder.answer_by(request.arrived + 5s, accepted);
                  waiting.add(responder);
                }});
    router.add(
        {Method::get, "/large", Scope::none, Body::none, [](const Request&, Responder responder) {
           responder.send({.body = std::string(1 << 20, 'x')});
         }});
    start();
  }
  ~Shop() { loops.stop(); }  // before what its handlers use ends

  Waiting waiting;
  Accepted accepted;
};

std::string get(std::string_view path, std::string_view headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: shop\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view path, std::string_view body,
                 std::string_view headers = "Content-Type: application/json\r\n") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: shop\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

bool is_problem(const RawReply& reply, std::string_view code) {
  return reply.has("Content-Type: application/problem+json") &&
         reply.body.find("\"code\":\"" + std::string(code) + "\"") != std::string::npos;
}

TEST(Server, AnswersManyRequestsOverOneConnection) {
  Shop shop;
  RawClient client(shop.port());
  for (int i = 0; i < 3; ++i) {
    const RawReply reply = client.send(get("/livez")).reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "local");
    EXPECT_TRUE(reply.has("\r\nDate: "));
  }
  EXPECT_EQ(shop.server.counts().connections_accepted, 1);
  EXPECT_EQ(shop.server.counts().requests, 3);
  EXPECT_EQ(shop.server.counts().answers[1], 3);
}

TEST(Server, TimesRequestsByTheirKindUntilTheyAreAnswered) {
  Shop shop;
  RawClient client(shop.port());
  client.send(get("/wait"));
  const auto waiting = shop.waiting.wait_for(1);
  shop.clock.advance(30ms);
  waiting[0].send({.body = "at last"});
  EXPECT_EQ(client.reply().body, "at last");
  EXPECT_EQ(client.send(get("/timed")).reply().status, 200);
  const ServerCounts counts = shop.server.counts();
  const auto& other = counts.durations[static_cast<std::size_t>(RequestKind::other)];
  const auto& list = counts.durations[static_cast<std::size_t>(RequestKind::list)];
  EXPECT_EQ(other.count(), 1);
  EXPECT_EQ(other.sum, 30'000);
  EXPECT_EQ(list.count(), 1);
  EXPECT_EQ(counts.durations[static_cast<std::size_t>(RequestKind::coupon)].count(), 0);
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  Shop shop;
  RawClient client(shop.port());
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += get("/echo/" + std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.reply().body, std::to_string(i) + "|");
}

TEST(Server, AnswersPipelinedRequestsInTheirOrderWhenTheFirstTakesLonger) {
  Shop shop;
  RawClient client(shop.port());
  client.send(get("/wait") + get("/echo/second") + get("/wait") + get("/echo/fourth"));
  shop.waiting.wait_for(1)[0].send({.body = "first"});
  EXPECT_EQ(client.reply().body, "first");
  EXPECT_EQ(client.reply().body, "second|");
  shop.waiting.wait_for(2)[1].send({.body = "third"});
  EXPECT_EQ(client.reply().body, "third");
  EXPECT_EQ(client.reply().body, "fourth|");
}

TEST(Server, ReadsRequestsThatComeByteByByte) {
  Shop shop;
  RawClient client(shop.port());
  for (const char c : post("/echo/a", "{}") + get("/livez")) client.send({&c, 1});
  EXPECT_EQ(client.reply().body, "a|{}");
  EXPECT_EQ(client.reply().body, "local");
}

TEST(Server, TakesLargeBodiesWithLengthAndInChunks) {
  Shop shop;
  RawClient client(shop.port());
  const std::string body(3'000'000, 'b');
  EXPECT_EQ(client.send(post("/echo/large", body)).reply().body, "large|" + body);
  std::string chunked =
      "POST /echo/chunks HTTP/1.1\r\nHost: a\r\nContent-Type: application/json; charset=utf-8\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 30; ++i) chunked += "186a0\r\n" + body.substr(0, 100'000) + "\r\n";
  client.send(chunked + "0\r\n\r\n" + get("/livez"));
  EXPECT_EQ(client.reply().body, "chunks|" + body);
  EXPECT_EQ(client.reply().body, "local");
}

TEST(Server, DecodesPathArguments) {
  Shop shop;
  RawClient client(shop.port());
  EXPECT_EQ(client.send(get("/echo/a%2Fb%20c")).reply().body, "a/b c|");
  const RawReply broken = client.send(get("/echo/a%2")).reply();
  EXPECT_EQ(broken.status, 400);
  EXPECT_TRUE(is_problem(broken, "unreadable"));
}

TEST(Server, AnswersHeadWithoutBodyAndGoesOn) {
  Shop shop;
  RawClient client(shop.port());
  const RawReply head = client.send("HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n").reply(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Length: 5\r\n"));
  EXPECT_EQ(client.send(get("/livez")).reply().body, "local");
}

TEST(Server, SaysWhatItDoesNotHave) {
  Shop shop;
  RawClient client(shop.port());
  const RawReply nothing = client.send(get("/nothing")).reply();
  EXPECT_EQ(nothing.status, 404);
  EXPECT_TRUE(is_problem(nothing, "not_found"));
  const RawReply method = client.send("PUT /echo/a HTTP/1.1\r\nHost: a\r\n\r\n").reply();
  EXPECT_EQ(method.status, 405);
  EXPECT_TRUE(is_problem(method, "method_not_allowed"));
  EXPECT_TRUE(method.has("Allow: GET, HEAD, POST, OPTIONS\r\n"));
  const RawReply options = client.send("OPTIONS /echo/a HTTP/1.1\r\nHost: a\r\n\r\n").reply();
  EXPECT_EQ(options.status, 204);
  EXPECT_TRUE(options.has("Allow: GET, HEAD, POST, OPTIONS\r\n"));
  EXPECT_EQ(client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").reply().status, 204);
}

TEST(Server, WantsJsonBodies) {
  Shop shop;
  RawClient client(shop.port());
  for (const char* type : {"", "Content-Type: text/plain\r\n",
                           "Content-Type: application/jsonp\r\n", "Content-Type:\r\n"}) {
    const RawReply reply = client.send(post("/echo/a", "{}", type)).reply();
    EXPECT_EQ(reply.status, 415) << type;
    EXPECT_TRUE(is_problem(reply, "unsupported_media_type"));
  }
  EXPECT_EQ(client.send(post("/echo/a", "{}", "content-type: Application/JSON\r\n")).reply().status,
            200);
  EXPECT_EQ(client.send(post("/echo/a", "", "")).reply().status, 200);
}

TEST(Server, RefusesWhatItCannotReadAndEndsTheConnection) {
  struct Case {
    std::string bytes;
    int status;
    const char* code;
  };
  const std::string large(30'000, 'x');
  ServerLimits limits;
  limits.body_bytes_max = 1000;
  Shop shop(limits);
  for (const Case& one :
       std::vector<Case>{{"GET /" + large + " HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri_too_long"},
                         {get("/livez", "Cookie: " + large + "\r\n"), 431, "header_too_large"},
                         {"POST /echo/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413,
                          "payload_too_large"},
                         {post("/echo/a", large), 413, "payload_too_large"},
                         {get("/livez", "Transfer-Encoding: gzip\r\n"), 400, "unreadable"},
                         {get("/livez", "Expect: tea\r\n"), 417, "expectation_failed"},
                         {"GET /livez HTTP/1.1\r\n\r\n", 400, "unreadable"},
                         {"GET /livez HTTP/3.0\r\nHost: a\r\n\r\n", 400, "unreadable"},
                         {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400, "unreadable"}}) {
    RawClient client(shop.port());
    const RawReply reply = client.send(one.bytes + get("/echo/smuggled")).reply();
    EXPECT_EQ(reply.status, one.status) << one.code;
    EXPECT_TRUE(is_problem(reply, one.code)) << reply.body;
    EXPECT_TRUE(reply.has("Connection: close\r\n"));
    client.half_close();
    EXPECT_TRUE(client.is_ended());
    EXPECT_EQ(client.unread(), "");
  }
}

TEST(Server, AsksForTheBodyWhenTheClientWaitsForThat) {
  Shop shop;
  RawClient client(shop.port());
  client.send(
      "POST /echo/a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.reply(true).head, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.send("{}").reply().body, "a|{}");
}

TEST(Server, SpeaksHttp10) {
  Shop shop;
  RawClient client(shop.port());
  const RawReply kept =
      client.send("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").reply();
  EXPECT_TRUE(kept.has("Connection: keep-alive\r\n"));
  const RawReply last = client.send("GET /livez HTTP/1.0\r\n\r\n").reply();
  EXPECT_EQ(last.body, "local");
  EXPECT_TRUE(last.has("Connection: close\r\n"));
  client.half_close();
  EXPECT_TRUE(client.is_ended());
}

TEST(Server, EndsTheConnectionWhenTheClientWantsThat) {
  Shop shop;
  RawClient client(shop.port());
  const RawReply reply =
      client.send(get("/livez", "Connection: close\r\n") + get("/echo/unheard")).reply();
  EXPECT_TRUE(reply.has("Connection: close\r\n"));
  client.half_close();
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(client.unread(), "");
}

TEST(Server, AnswersAHalfClosedClient) {
  Shop shop;
  RawClient client(shop.port());
  client.send(get("/wait") + get("/echo/last")).half_close();
  shop.waiting.wait_for(1)[0].send({.body = "first"});
  EXPECT_EQ(client.reply().body, "first");
  EXPECT_EQ(client.reply().body, "last|");
  EXPECT_TRUE(client.is_ended());
}

TEST(Server, SendsALargeAnswerToASlowReader) {
  Shop shop;
  RawClient client(shop.port(), 4096);
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += get("/large");
  client.send(requests);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.reply().body.size(), std::size_t{1} << 20) << i;
  EXPECT_EQ(client.send(get("/livez")).reply().body, "local");
}

TEST(Server, DoesNotAnswerAheadOfAReaderWhoDoesNotRead) {
  Shop shop;
  RawClient client(shop.port(), 4096);
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += get("/large");
  client.send(requests);
  ASSERT_TRUE(eventually([&] { return shop.server.counts().requests > 0; }));
  // As many as the kernel's buffers take, and no more, although all of them have arrived.
  for (int i = 0; i < 50; ++i) {
    shop.on_loop(0, [] {});
    shop.on_loop(1, [] {});
  }
  EXPECT_LT(shop.server.counts().requests, 40);
  shop.clock.advance(limits::http_send_time_max + 1s);
  EXPECT_TRUE(eventually([&] { return shop.server.counts().connections_open == 0; }));
}

TEST(Server, TakesTheFirstAnswerAndDropsTheOthers) {
  Shop shop;
  RawClient client(shop.port());
  client.send(get("/wait") + get("/wait"));
  const Responder first = shop.waiting.wait_for(1)[0];
  first.send({.body = "one"});
  first.send({.body = "two"});
  const Responder second = shop.waiting.wait_for(2)[1];
  first.send({.body = "three"});
  second.send({.body = "four"});
  EXPECT_EQ(client.reply().body, "one");
  EXPECT_EQ(client.reply().body, "four");
}

TEST(Server, GivesTheLateAnswerWhenNobodyElseHasAnsweredInTime) {
  Shop shop;
  RawClient client(shop.port());
  client.send(get("/soon"));
  const Responder responder = shop.waiting.wait_for(1)[0];
  shop.clock.advance(5s);
  const RawReply reply = client.reply();
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, "late /soon");
  responder.send({.body = "too late"});
  EXPECT_EQ(client.send(get("/livez")).reply().body, "local");
  // In time: the late answer does not come.
  client.send(get("/soon"));
  shop.waiting.wait_for(2)[1].send({.body = "in time"});
  EXPECT_EQ(client.reply().body, "in time");
  shop.clock.advance(6s);
  EXPECT_EQ(client.send(get("/livez")).reply().body, "local");
}

TEST(Server, DropsTheAnswerOfAClientThatIsGone) {
  Shop shop;
  RawClient client(shop.port());
  client.send(get("/wait"));
  const Responder responder = shop.waiting.wait_for(1)[0];
  client.reset();
  EXPECT_TRUE(eventually([&] { return shop.server.counts().connections_open == 0; }));
  // The place is taken by others meanwhile.
  RawClient other(shop.port());
  RawClient third(shop.port());
  other.send(get("/wait"));
  third.send(get("/wait"));
  shop.waiting.wait_for(3);
  responder.send({.body = "for nobody"});
  for (const Responder& waiting : shop.waiting.all()) waiting.send({.body = "for you"});
  EXPECT_EQ(other.reply().body, "for you");
  EXPECT_EQ(third.reply().body, "for you");
}

TEST(Server, AnswersABatchFromOnePostOnEachLoop) {
  Shop shop;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<RawClient>(shop.port()));
    clients.back()->send(get("/wait"));
  }
  std::set<std::size_t> loops;
  for (const Responder& responder : shop.waiting.wait_for(8)) {
    loops.insert(responder.loop().index());
    shop.on_loop(responder.loop().index(), [&] {
      EXPECT_TRUE(responder.loop().is_current());
      const Responder again(responder.loop(), responder.token());
      EXPECT_TRUE(again.is_waiting());
      again.send_now({.body = "told"});
      EXPECT_FALSE(again.is_waiting());
    });
  }
  EXPECT_EQ(loops.size(), 2U);  // connections are spread
  for (const auto& client : clients) EXPECT_EQ(client->reply().body, "told");
}

TEST(Server, EndsConnectionsThatAreTooSlowOrIdle) {
  struct Case {
    std::string bytes;
    std::chrono::milliseconds time_max;
    int status;
  };
  Shop shop;
  for (const Case& one :
       std::vector<Case>{{"", limits::http_idle_time_max, 0},
                         {"\r\n", limits::http_idle_time_max, 0},
                         {"GET /livez HTTP/1.1\r\nHost", limits::http_header_time_max, 408},
                         {"POST /echo/a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
                          limits::http_body_time_max, 408}}) {
    RawClient client(shop.port());
    client.send(get("/livez")).reply();
    const auto bytes_in = [&] { return shop.server.counts().bytes_in; };
    const std::int64_t before = bytes_in();
    client.send(one.bytes);
    const auto sent = static_cast<std::int64_t>(one.bytes.size());
    ASSERT_TRUE(eventually([&] { return bytes_in() == before + sent; }));
    for (std::size_t i = 0; i < 2; ++i) shop.on_loop(i, [] {});
    shop.clock.advance(one.time_max - 10ms);
    for (std::size_t i = 0; i < 2; ++i) shop.on_loop(i, [] {});
    EXPECT_EQ(shop.server.counts().connections_open, 1) << one.bytes;
    shop.clock.advance(20ms);
    const RawReply reply = client.reply();
    EXPECT_EQ(reply.status, one.status) << one.bytes;
    EXPECT_EQ(is_problem(reply, "request_timeout"), one.status != 0);
    client.half_close();
    EXPECT_TRUE(client.is_ended());
    ASSERT_TRUE(eventually([&] { return shop.server.counts().connections_open == 0; }));
  }
}

TEST(Server, DoesNotLingerForRefusedClientsThatStay) {
  Shop shop;
  RawClient client(shop.port());
  EXPECT_EQ(client.send("nonsense\r\n\r\n").reply().status, 400);
  for (std::size_t i = 0; i < 2; ++i) shop.on_loop(i, [] {});
  shop.clock.advance(limits::http_linger_time_max + 1ms);
  EXPECT_TRUE(eventually([&] { return shop.server.counts().connections_open == 0; }));
}

TEST(Server, TurnsAwayConnectionsOverTheLimit) {
  ServerLimits limits;
  limits.connections_max = 2;
  Shop shop(limits);
  RawClient first(shop.port());
  RawClient second(shop.port());
  EXPECT_EQ(first.send(get("/livez")).reply().status, 200);
  EXPECT_EQ(second.send(get("/livez")).reply().status, 200);
  RawClient third(shop.port());
  const RawReply reply = third.reply();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(is_problem(reply, "too_many_connections"));
  EXPECT_TRUE(reply.has("Retry-After: "));
  third.half_close();
  EXPECT_TRUE(third.is_ended());
  EXPECT_EQ(shop.server.counts().connections_refused, 1);
  first.close();
  EXPECT_TRUE(eventually([&] { return shop.server.counts().connections_open == 1; }));
  RawClient fourth(shop.port());
  EXPECT_EQ(fourth.send(get("/livez")).reply().status, 200);
}

TEST(Server, LetsCallersDoWhatTheirKeysAllow) {
  const std::string shop_key = *generate_key();
  const std::string admin_key = *generate_key();
  Shop shop({}, *Access::with_keys(key_line("till", Scope::shop, hash_key(shop_key)) + "\n" +
                                   key_line("boss", Scope::admin, hash_key(admin_key))));
  RawClient client(shop.port());
  const auto as = [](const std::string& key) { return "Authorization: Bearer " + key + "\r\n"; };
  const RawReply nobody = client.send(get("/shop")).reply();
  EXPECT_EQ(nobody.status, 401);
  EXPECT_TRUE(is_problem(nobody, "unauthorized"));
  EXPECT_TRUE(nobody.has("WWW-Authenticate: Bearer"));
  EXPECT_EQ(client.send(get("/shop", as("rl_unknown"))).reply().status, 401);
  for (int i = 0; i < 2; ++i) {  // also from memory
    EXPECT_EQ(client.send(get("/shop", as(shop_key))).reply().body, "till");
    const RawReply forbidden = client.send(get("/shop", as(admin_key))).reply();
    EXPECT_EQ(forbidden.status, 403);
    EXPECT_TRUE(is_problem(forbidden, "forbidden"));
    EXPECT_EQ(client.send(get("/any", as(admin_key))).reply().body, "boss");
  }
  EXPECT_EQ(client.send(get("/livez")).reply().status, 200);
  EXPECT_EQ(client.send(get("/shop")).reply().status, 401);
  EXPECT_EQ(client.send(get("/nothing")).reply().status, 404);
}

TEST(Server, ForgetsAKeyThatWasTakenBack) {
  const std::string old_key = *generate_key();
  const std::string new_key = *generate_key();
  const auto as = [](const std::string& key) { return "Authorization: Bearer " + key + "\r\n"; };
  Shop shop({}, *Access::with_keys(key_line("till", Scope::shop, hash_key(old_key))));
  RawClient client(shop.port());
  EXPECT_EQ(client.send(get("/shop", as(old_key))).reply().status, 200);
  EXPECT_EQ(client.send(get("/shop", as(new_key))).reply().status, 401);
  EXPECT_EQ(client.send(get("/shop", as(old_key))).reply().status, 200);
  shop.keyring.replace(*Access::with_keys(key_line("till", Scope::shop, hash_key(new_key))));
  EXPECT_EQ(client.send(get("/shop", as(old_key))).reply().status, 401);
  EXPECT_EQ(client.send(get("/shop", as(new_key))).reply().status, 200);
}

TEST(Server, LetsShoppersDoWhatTheirTokensAllowUntilTheyExpire) {
  const ShopperSecret secret{"spring", *generate_key()};
  auto access = *Access::with_keys(key_line("till", Scope::shop, hash_key(*generate_key())));
  access.accept_shoppers({secret});
  Shop shop({}, std::move(access));
  RawClient client(shop.port());
  const std::string token =
      "Authorization: Bearer " +
      make_shopper_token(*UserId::parse("mina"), shop.clock.now() + 60s, secret) + "\r\n";
  for (int i = 0; i < 2; ++i) {  // also from memory
    EXPECT_EQ(client.send(get("/all", token)).reply().body, "shopper/mina");
    EXPECT_EQ(client.send(get("/any", token)).reply().status, 403);
    EXPECT_EQ(client.send(get("/shop", token)).reply().status, 403);
  }
  shop.clock.advance(60s);
  shop.on_loop(0, [] {});
  shop.on_loop(1, [] {});
  const RawReply expired = client.send(get("/all", token)).reply();
  EXPECT_EQ(expired.status, 401);
  EXPECT_NE(expired.body.find("expired"), std::string::npos) << expired.body;
}

TEST(Server, TellsBrowsersWhosePagesMayCall) {
  Shop shop({}, Access::open(), *Cors::for_origins("https://shop.example"));
  RawClient client(shop.port());
  const auto from = [](std::string_view origin) {
    return "Origin: " + std::string(origin) + "\r\n";
  };
  const RawReply allowed = client.send(get("/livez", from("https://shop.example"))).reply();
  EXPECT_TRUE(allowed.has("Access-Control-Allow-Origin: https://shop.example\r\n"));
  const RawReply unknown = client.send(get("/nothing", from("https://shop.example"))).reply();
  EXPECT_EQ(unknown.status, 404);
  EXPECT_TRUE(unknown.has("Access-Control-Allow-Origin: https://shop.example\r\n"));
  const RawReply refused = client.send(get("/livez", from("https://evil.example"))).reply();
  EXPECT_EQ(refused.status, 200);
  EXPECT_FALSE(refused.has("Access-Control-Allow-Origin"));
  EXPECT_TRUE(refused.has("Vary: Origin\r\n"));
  const RawReply preflight =
      client
          .send("OPTIONS /echo/x HTTP/1.1\r\nHost: x\r\nAccess-Control-Request-Method: POST\r\n" +
                from("https://shop.example") + "\r\n")
          .reply();
  EXPECT_EQ(preflight.status, 204);
  EXPECT_TRUE(preflight.has("Access-Control-Allow-Origin: https://shop.example\r\n"));
  EXPECT_TRUE(preflight.has("Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n"));
  EXPECT_TRUE(preflight.has("Access-Control-Allow-Headers: Authorization, Content-Type"));
}

}  // namespace
}  // namespace rushline::http
