// What the client does with real Sentinels that fail over, die, freeze or say what is not true.
#include "adapters/redis/sentinel_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "tests/support/fake_redis.hpp"
#include "tests/support/redis_sentinels.hpp"
#include "tests/support/running_redis_client.hpp"

namespace rushline::redis {
namespace {

using namespace std::chrono_literals;
using tests::eventually;
using tests::FakeRedis;
using tests::HeardMessages;
using tests::RedisSentinels;
using tests::RedisServer;
using tests::RunningRedisClient;
using tests::shown;

// The primary that the client has, and that answers.
std::string primary_of(RunningRedisClient& client) {
  const auto primaries = client->primaries();
  return primaries.size() == 1 && primaries[0].healthy_since ? primaries[0].address : "none";
}

std::string address_of(const RedisServer& server) {
  return fmt::format("127.0.0.1:{}", server.port());
}

class SentinelClientTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::is_installed()) GTEST_SKIP() << "Redis is not installed";
  }
};

TEST_F(SentinelClientTest, FindsThePrimary) {
  RedisSentinels sentinels;
  RunningRedisClient client(sentinels.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(primary_of(client), address_of(sentinels.primary()));
  EXPECT_EQ(client->shape(), "sentinel");
  EXPECT_EQ(shown(client.ask({"SET", "k", "v"})), "OK");
  EXPECT_EQ(sentinels.primary().command({"GET", "k"}), "v");
  EXPECT_EQ(client->state().connects, 1);
}

TEST_F(SentinelClientTest, FollowsToTheReplicaThatIsPromotedWhenThePrimaryDies) {
  RedisSentinels sentinels;
  HeardMessages messages;
  RunningRedisClient client(sentinels.url());
  messages.listen(client, "marks");
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  RedisServer& old = sentinels.primary();
  old.crash();
  ASSERT_TRUE(client.becomes_unhealthy());
  EXPECT_EQ(shown(client.ask({"GET", "k"})), "unavailable");
  ASSERT_TRUE(client.becomes_healthy());
  // The others hear of it from the one that led.
  ASSERT_TRUE(eventually([&] { return sentinels.primary().port() != old.port(); }));
  RedisServer& promoted = sentinels.primary();
  EXPECT_EQ(primary_of(client), address_of(promoted));
  EXPECT_EQ(shown(client.ask({"SET", "k", "v"})), "OK");
  EXPECT_TRUE(eventually([&] {
    promoted.command({"PUBLISH", "marks", "hi"});
    return messages.holds("hi");
  })) << "messages are heard from the new primary";

  old.start();  // the Sentinels make a replica of it
  ASSERT_TRUE(eventually([&] { return old.command({"ROLE"}).starts_with("slave"); }, 20s));
  EXPECT_EQ(primary_of(client), address_of(promoted));
  EXPECT_EQ(shown(client.ask({"SET", "k", "v"})), "OK");
}

// The old primary lives on and says READONLY, if it says anything at all.
TEST_F(SentinelClientTest, FollowsASwitchByHand) {
  RedisSentinels sentinels;
  RunningRedisClient client(sentinels.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  for (int i = 0; i < 2; ++i) {
    sentinels.fail_over();
    const std::string value = std::to_string(i);
    ASSERT_TRUE(eventually([&] {
      return primary_of(client) == address_of(sentinels.primary()) &&
             shown(client.ask({"SET", "k", value})) == "OK";
    }));
    EXPECT_EQ(sentinels.primary().command({"GET", "k"}), value);
  }
}

TEST_F(SentinelClientTest, AsksAnotherWhenASentinelIsDeadOrFrozen) {
  RedisSentinels sentinels;
  sentinels.kill_sentinel(0);
  sentinels.freeze_sentinel(1);
  RunningRedisClient client(sentinels.url());
  client.start();
  EXPECT_TRUE(client.becomes_healthy());
  sentinels.thaw_sentinel(1);
  sentinels.start_sentinel(0);
}

TEST_F(SentinelClientTest, LearnsTheOthersFromOne) {
  RedisSentinels sentinels;
  RunningRedisClient client(fmt::format("sentinel://{}/shop", sentinels.sentinel_address(0)));
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  sentinels.kill_sentinel(0);
  RedisServer& old = sentinels.primary();
  old.crash();
  sentinels.wait_for_another_than(old);
  EXPECT_TRUE(eventually([&] { return primary_of(client) == address_of(sentinels.primary()); }));
}

TEST_F(SentinelClientTest, GoesOnWithItsPrimaryWhileNoSentinelAnswers) {
  RedisSentinels sentinels;
  RunningRedisClient client(sentinels.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  for (int i = 0; i < RedisSentinels::count; ++i) sentinels.kill_sentinel(i);
  const auto until = std::chrono::steady_clock::now() + 2 * limits::sentinel_ask_interval;
  while (std::chrono::steady_clock::now() < until) {
    ASSERT_EQ(shown(client.ask({"SET", "k", "v"})), "OK");
  }
  for (int i = 0; i < RedisSentinels::count; ++i) sentinels.start_sentinel(i);
  sentinels.fail_over();
  EXPECT_TRUE(eventually([&] { return primary_of(client) == address_of(sentinels.primary()); }));
}

// Answers as a Sentinel that names `port`.
FakeRedis::Script sentinel_that_names(int port) {
  return [port](FakeRedis::Peer& peer) {
    if (!peer.hear("PING\r\n")) return;
    peer.say("+OK\r\n+PONG\r\n");
    const std::string number = std::to_string(port);
    while (peer.hear("SENTINELS\r\n")) {
      peer.say(fmt::format("*2\r\n$9\r\n127.0.0.1\r\n${}\r\n{}\r\n*0\r\n", number.size(), number));
    }
  };
}

TEST_F(SentinelClientTest, DoesNotBelieveOneThatNamesAReplica) {
  RedisSentinels sentinels;
  const RedisServer& replica = sentinels.primary();
  sentinels.fail_over();
  ASSERT_TRUE(eventually([&] { return replica.command({"ROLE"}).starts_with("slave"); }));
  const FakeRedis stale(sentinel_that_names(replica.port()));
  RunningRedisClient client(
      fmt::format("sentinel://127.0.0.1:{},{}/shop", stale.port(), sentinels.sentinel_address(0)));
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(primary_of(client), address_of(sentinels.primary()));
  EXPECT_GE(stale.served(), 1) << "it was asked";
}

TEST_F(SentinelClientTest, StaysOpenWhenTheSentinelsDoNotKnowTheName) {
  RedisSentinels sentinels;
  RunningRedisClient client(fmt::format("sentinel://{}/other", sentinels.sentinel_address(0)));
  client.start();
  EXPECT_FALSE(client.becomes_healthy(300ms));
  EXPECT_EQ(shown(client.ask({"PING"})), "unavailable");
  EXPECT_TRUE(client->primaries().empty());
}

TEST_F(SentinelClientTest, EndsWhileItAsks) {
  RedisSentinels sentinels;
  for (int i = 0; i < 20; ++i) {
    RunningRedisClient client(sentinels.url());
    client.start();
  }
}

}  // namespace
}  // namespace rushline::redis
