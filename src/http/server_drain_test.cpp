// Streams, draining, and the addresses a server listens at.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <optional>

#include "http/event_stream.hpp"
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
using tests::TestHttpServer;

constexpr std::string_view get_stream = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view get_livez = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view get_wait = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n";

// One loop, so that everything happens on loop 0.
struct Theatre : TestHttpServer {
  explicit Theatre(const ServerLimits& limits = {}) : TestHttpServer(limits, Access::open(), 1) {
    router.add({Method::get, "/livez", Scope::none, Body::none,
                [](const Request&, Responder responder) { responder.send_now({.body = "ok"}); }});
    router.add({Method::get, "/wait", Scope::none, Body::none,
                [this](const Request&, Responder responder) {
                  const std::lock_guard lock(mutex);
                  waiting = responder;
                }});
    router.add({Method::get, "/stream", Scope::none, Body::none,
                [this](const Request&, Responder responder) {
                  stream = responder.start_stream(content_type::event_stream, [this] { ++closed; });
                  ++started;
                }});
    start();
  }
  ~Theatre() { loops.stop(); }  // before what its handlers use ends

  // On the loop: whether the stream took it.
  bool send(std::string_view bytes) {
    bool taken = false;
    on_loop(0, [&] { taken = stream.send(bytes); });
    return taken;
  }
  std::optional<Responder> wait_for_request() {
    EXPECT_TRUE(eventually([this] {
      const std::lock_guard lock(mutex);
      return waiting.has_value();
    }));
    const std::lock_guard lock(mutex);
    return waiting;
  }

  Stream stream;  // loop 0 only
  std::atomic<int> started = 0;
  std::atomic<int> closed = 0;
  std::mutex mutex;
  std::optional<Responder> waiting;  // guarded by mutex
};

TEST(Stream, SendsEventsInChunksUntilItEnds) {
  Theatre theatre;
  RawClient client(theatre.port());
  const RawReply head = client.send(get_stream).reply(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Type: text/event-stream\r\n"));
  EXPECT_TRUE(head.has("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(theatre.send(event_text("state", "1", "{}")));
  EXPECT_EQ(client.until("{}\n\n\r\n"), "1d\r\nevent: state\nid: 1\ndata: {}\n\n\r\n");
  EXPECT_EQ(theatre.server.counts().streams_open, 1);
  theatre.on_loop(0, [&] { theatre.stream.end(); });
  EXPECT_EQ(theatre.closed, 1);
  EXPECT_FALSE(theatre.send("after the end"));
  EXPECT_TRUE(client.until("0\r\n\r\n").ends_with("0\r\n\r\n"));
  client.half_close();
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(theatre.closed, 1);
  EXPECT_EQ(theatre.server.counts().streams_open, 0);
}

TEST(Stream, EndsWhenTheClientGoes) {
  Theatre theatre;
  RawClient client(theatre.port());
  client.send(get_stream).reply(true);
  client.close();
  EXPECT_TRUE(eventually([&] { return theatre.closed == 1; }));
  EXPECT_FALSE(theatre.send("nobody hears this"));
  EXPECT_TRUE(eventually([&] { return theatre.server.counts().connections_open == 0; }));
}

TEST(Stream, CutsOffAReaderWhoIsTooSlow) {
  Theatre theatre;
  RawClient client(theatre.port(), 4096);
  client.send(get_stream).reply(true);
  const std::string event(8000, 'x');
  int sent = 0;
  while (sent < 10'000 && theatre.send(event)) ++sent;
  EXPECT_LT(sent, 10'000);
  EXPECT_TRUE(eventually([&] { return theatre.closed == 1; }));
}

TEST(Stream, HasNoBodyForHead) {
  Theatre theatre;
  RawClient client(theatre.port());
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.reply(true).status, 200);
  client.half_close();
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(client.unread(), "");
  EXPECT_EQ(theatre.closed, 1);
}

TEST(Stream, GoesOverHttp10WithoutChunks) {
  Theatre theatre;
  RawClient client(theatre.port());
  const RawReply head = client.send("GET /stream HTTP/1.0\r\n\r\n").reply(true);
  EXPECT_FALSE(head.has("chunked"));
  EXPECT_TRUE(theatre.send("data: 1\n\n"));
  EXPECT_EQ(client.until("\n\n"), "data: 1\n\n");
}

TEST(Drain, LetsWhoStillTakesAnAnswerTakeAllOfIt) {
  constexpr std::size_t large = 8 << 20;  // more than the kernel takes
  Theatre theatre;
  RawClient idle(theatre.port());
  EXPECT_EQ(idle.send(get_livez).reply().status, 200);
  RawClient taking(theatre.port(), 4096);
  taking.send(get_wait);
  theatre.wait_for_request()->send({.body = std::string(large, 'x')});
  ASSERT_TRUE(eventually([&] { return theatre.server.counts().held_bytes > 0; }));

  std::atomic<bool> drained = false;
  theatre.server.begin_drain([&] { drained = true; });
  theatre.on_loop(0, [] {});  // stops accepting, and asks for the next
  theatre.on_loop(0, [] {});  // each connection is told
  theatre.clock.advance(limits::drain_idle_time);
  EXPECT_TRUE(idle.is_ended());
  EXPECT_EQ(taking.reply().body.size(), large);
  theatre.on_loop(0, [] {});
  theatre.clock.advance(limits::drain_idle_time);
  EXPECT_TRUE(eventually([&] { return drained.load(); }));
}

TEST(Drain, FinishesWhatIsInHandAndEndsTheRest) {
  Theatre theatre;
  RawClient idle(theatre.port());
  RawClient busy(theatre.port());
  RawClient watching(theatre.port());
  EXPECT_EQ(idle.send(get_livez).reply().status, 200);
  watching.send(get_stream).reply(true);
  busy.send(get_wait);
  const auto in_hand = theatre.wait_for_request();

  std::atomic<bool> drained = false;
  theatre.server.begin_drain([&] { drained = true; });
  EXPECT_TRUE(eventually([&] { return theatre.server.counts().streams_open == 0; }));
  theatre.clock.advance(limits::drain_idle_time);
  EXPECT_TRUE(idle.is_ended());
  EXPECT_TRUE(watching.until("0\r\n\r\n").ends_with("0\r\n\r\n"));
  watching.close();
  EXPECT_EQ(theatre.closed, 1);
  EXPECT_FALSE(drained);

  in_hand->send({.body = "done"});
  const RawReply reply = busy.reply();
  EXPECT_EQ(reply.body, "done");
  EXPECT_TRUE(reply.has("Connection: close\r\n"));
  busy.close();
  EXPECT_TRUE(eventually([&] { return drained.load(); }));
  EXPECT_EQ(theatre.server.counts().connections_open, 0);
}

TEST(Drain, AnswersARequestThatWasOnItsWayToAnIdleConnection) {
  Theatre theatre;
  RawClient idle(theatre.port());
  EXPECT_EQ(idle.send(get_livez).reply().status, 200);
  theatre.server.begin_drain([] {});
  const RawReply reply = idle.send(get_livez).reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.has("Connection: close\r\n"));
  EXPECT_TRUE(idle.is_ended());
}

TEST(Drain, EndsAtOnceWithoutConnections) {
  Theatre theatre;
  std::atomic<bool> drained = false;
  theatre.server.begin_drain([&] { drained = true; });
  EXPECT_TRUE(eventually([&] { return drained.load(); }));
  EXPECT_TRUE(theatre.server.is_draining());
}

TEST(Server, RefusesAddressesItCannotListenAt) {
  Theatre theatre;
  for (const char* wrong : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:port", ":8080",
                            "127.0.0.1:65536", "::1:8080", "127.0.0.1:80 ", "no host:80"}) {
    const auto bound = theatre.server.listen(wrong, theatre.router);
    ASSERT_FALSE(bound) << wrong;
    EXPECT_EQ(bound.error().code, Errc::invalid_input) << wrong;
  }
  const auto taken =
      theatre.server.listen("127.0.0.1:" + std::to_string(theatre.port()), theatre.router);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::unavailable);
}

TEST(Server, ListensAtSeveralAddressesWithARouterForEach) {
  Theatre theatre;
  Router other;
  other.add({Method::get, "/other", Scope::none, Body::none,
             [](const Request&, Responder responder) { responder.send_now({.body = "other"}); }});
  const auto bound = theatre.server.listen("localhost:0", other);
  ASSERT_TRUE(bound);
  const auto port = static_cast<std::uint16_t>(std::stoi(bound->substr(bound->rfind(':') + 1)));
  RawClient first(theatre.port());
  RawClient second(port);
  EXPECT_EQ(first.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n").reply().status, 404);
  EXPECT_EQ(second.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n").reply().body, "other");
}

TEST(Loop, CallsItsSweepHooksAgainAndAgain) {
  Theatre theatre;
  std::atomic<int> calls = 0;
  theatre.server.loop(0).on_sweep([&](Monotonic) { ++calls; });
  EXPECT_TRUE(eventually([&] { return calls >= 2; }));
}

}  // namespace
}  // namespace rushline::http
