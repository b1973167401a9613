// Whatever a server does to the client, everybody is told in time, and nothing else happens.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <rapidcheck/gtest.h>

#include "adapters/redis/standalone_client.hpp"
#include "core/limits.hpp"
#include "tests/support/fake_redis.hpp"
#include "tests/support/running_redis_client.hpp"

namespace rushline::redis {
namespace {

using namespace std::chrono_literals;
using tests::eventually;
using tests::FakeRedis;
using tests::RunningRedisClient;
using Peer = tests::FakeRedis::Peer;

// What becomes of a command to a server that answers it with `answer` and then does as `then` says.
std::string answered(
    std::string answer, void (*then)(Peer&) = [](Peer& peer) { peer.stay(); }) {
  const FakeRedis server(FakeRedis::after_greeting([&](Peer& peer) {
    if (!peer.hear("GET")) return;
    peer.say(answer);
    then(peer);
  }));
  RunningRedisClient client(server.url());
  client.start();
  EXPECT_TRUE(client.becomes_healthy());
  const auto begin = std::chrono::steady_clock::now();
  const auto reply = client.ask({"GET", "k"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  return reply ? reply->text : std::string(to_word(reply.error().code));
}

TEST(HostileServer, GarbageEndsTheConnection) {
  EXPECT_EQ(answered("+fine\r\n"), "fine");
  EXPECT_EQ(answered("HTTP/1.1 400 Bad Request\r\n\r\n"), "unavailable");
  EXPECT_EQ(answered("$3\r\nabcdefgh"), "unavailable");
  EXPECT_EQ(answered(":x\r\n"), "unavailable");
}

TEST(HostileServer, HugeHeadersEndTheConnectionAndReserveNothing) {
  const auto before = ::mallinfo2();
  for (const char* header : {"$4000000000\r\n", "*2000000000\r\n", "$9223372036854775807\r\n",
                             "*1\r\n*1\r\n*999999999\r\n"}) {
    EXPECT_EQ(answered(header), "unavailable") << header;
  }
  const auto after = ::mallinfo2();
  EXPECT_LT(after.uordblks + after.hblkhd, before.uordblks + before.hblkhd + 20'000'000);
}

TEST(HostileServer, HalfAReplyIsTooLate) {
  EXPECT_EQ(answered("$5\r\nhel"), "timed_out");
  EXPECT_EQ(answered("*2\r\n:1\r\n"), "timed_out");
  EXPECT_EQ(answered(""), "timed_out");
}

TEST(HostileServer, HalfAReplyAndTheEndIsUnavailable) {
  EXPECT_EQ(answered("$5\r\nhel", [](Peer&) {}), "unavailable");
  EXPECT_EQ(answered("", [](Peer&) {}), "unavailable");
}

TEST(HostileServer, AnswersThatNobodyAskedForEndTheConnection) {
  const FakeRedis server(FakeRedis::after_greeting([](Peer& peer) {
    peer.say("+surprise\r\n");
    peer.stay();
  }));
  RunningRedisClient client(server.url());
  client.start();
  EXPECT_TRUE(eventually([&] { return server.served() >= 2; })) << "and it tries again";
}

TEST(HostileServer, OneThatDoesNotReadIsTooLate) {
  const FakeRedis server(FakeRedis::after_greeting([](Peer& peer) { peer.stay_deaf(); }));
  RunningRedisClient client(server.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  const std::string large(16 * 1024 * 1024, 'x');
  const auto reply = client.ask({"SET", "k", large});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::timed_out);
}

TEST(HostileServer, ASlowGreetingIsGivenUp) {
  const FakeRedis server([](Peer& peer) {
    peer.hear("PING\r\n");
    peer.say(FakeRedis::greeting.substr(0, 20));
    peer.stay();
  });
  RunningRedisClient client(server.url());
  client.start();
  EXPECT_TRUE(eventually([&] { return server.served() >= 2; }));
  EXPECT_FALSE(client->state().healthy_since);
}

TEST(HostileServer, MayCloseAtEveryByte) {
  const std::string all = std::string(FakeRedis::greeting) + "$5\r\nhello\r\n";
  for (std::size_t size = 0; size <= all.size(); ++size) {
    const FakeRedis server([&](Peer& peer) {
      if (!peer.hear("PING\r\n")) return;
      peer.say(std::string_view(all).substr(0, std::min(size, FakeRedis::greeting.size())));
      if (size < FakeRedis::greeting.size() || !peer.hear("GET")) return;
      peer.say(std::string_view(all).substr(FakeRedis::greeting.size(),
                                            size - FakeRedis::greeting.size()));
    });
    RunningRedisClient client(server.url());
    client.start();
    if (size < FakeRedis::greeting.size()) {
      ASSERT_TRUE(eventually([&] { return server.served() >= 1; }));
      EXPECT_FALSE(client->state().healthy_since) << size;
      continue;
    }
    ASSERT_TRUE(client.becomes_healthy());
    const auto reply = client.ask({"GET", "k"});
    ASSERT_EQ(reply.has_value(), size == all.size()) << size;
    EXPECT_TRUE(reply || reply.error().code == Errc::unavailable);
  }
}

RC_GTEST_PROP(HostileServer, MaySayAnything, ()) {
  const auto piece = rc::gen::oneOf(
      rc::gen::element<std::string>("*2\r\n", "+OK\r\n", "-READONLY x\r\n", "$3\r\nabc\r\n",
                                    "$-1\r\n", ":1\r\n", "-ERR\r\n", "\r\n"),
      rc::gen::arbitrary<std::string>());
  const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
  const bool after_greeting = *rc::gen::arbitrary<bool>();
  const auto speak = [&](Peer& peer) {
    peer.hear(after_greeting ? "GET" : "PING");
    for (const std::string& bytes : pieces) peer.say(bytes);
  };
  const FakeRedis server(after_greeting ? FakeRedis::after_greeting(speak) : speak);
  RunningRedisClient client(server.url());
  client.start();
  if (after_greeting) RC_ASSERT(client.becomes_healthy());
  const auto first = client.send({"GET", "a"});
  const auto second = client.send({"GET", "b"});
  RC_ASSERT(first.wait_for(5s) == std::future_status::ready);
  RC_ASSERT(second.wait_for(5s) == std::future_status::ready);
}

}  // namespace
}  // namespace rushline::redis
