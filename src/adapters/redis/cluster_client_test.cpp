// What the client does with a real Cluster whose slots move and whose nodes die.
#include "adapters/redis/cluster_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/redis_cluster.hpp"
#include "tests/support/running_redis_client.hpp"

namespace rushline::redis {
namespace {

using namespace std::chrono_literals;
using tests::eventually;
using tests::HeardMessages;
using tests::RedisCluster;
using tests::RedisServer;
using tests::RunningRedisClient;
using tests::shown;

std::string key(int number) { return fmt::format("k{}", number); }

std::int64_t count_of_healthy(RunningRedisClient& client) {
  const auto primaries = client->primaries();
  return std::ranges::count_if(primaries,
                               [](const auto& one) { return one.healthy_since.has_value(); });
}

class ClusterClientTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::is_installed()) GTEST_SKIP() << "Redis is not installed";
  }
};

TEST_F(ClusterClientTest, BringsEveryKeyToItsPrimary) {
  RedisCluster& cluster = RedisCluster::shared();
  RunningRedisClient client(cluster.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(count_of_healthy(client), RedisCluster::primaries);
  EXPECT_EQ(client->shape(), "cluster");
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(shown(client.ask({"SET", key(i), std::to_string(i)}, key(i))), "OK");
    EXPECT_EQ(cluster.owner_of(key(i)).command({"GET", key(i)}), std::to_string(i));
    EXPECT_TRUE(client->healthy_since(key(i)));
  }
  EXPECT_EQ(client->state().connects, RedisCluster::primaries);
  EXPECT_EQ(client->state().failures, 0);
}

TEST_F(ClusterClientTest, FindsAllFromOneNodeAndSaysWhichAnswered) {
  RedisCluster& cluster = RedisCluster::shared();
  RunningRedisClient client(fmt::format("cluster://127.0.0.1:{}", cluster.node(1).port()));
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  const auto reply = client.ask({"SET", "k", "v"}, "k");
  ASSERT_EQ(shown(reply), "OK");
  std::promise<std::string> config;
  client->send_to(reply->server, {"CONFIG", "GET", "port"}, [&config](const Result<Reply>& told) {
    config.set_value(told ? told->items.at(1).text : "");
  });
  EXPECT_EQ(config.get_future().get(), std::to_string(cluster.owner_of("k").port()));
  EXPECT_EQ(shown(client.ask({"PING"})), "PONG") << "without a key any node will do";
}

TEST_F(ClusterClientTest, AnswersInTheOrderOfSending) {
  RedisCluster& cluster = RedisCluster::shared();
  cluster.forget_everything();
  RunningRedisClient client(cluster.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  std::vector<std::pair<std::string, std::future<Result<Reply>>>> answers;
  for (int i = 0; i < 3'000; ++i) {
    answers.emplace_back(std::to_string(i / 3 + 1), client.send({"INCR", key(i % 3)}, key(i % 3)));
  }
  for (auto& [expected, answer] : answers) ASSERT_EQ(shown(answer.get()), expected);
}

// Every step of the way under traffic: nothing is lost, doubled or answered out of order.
TEST_F(ClusterClientTest, FollowsASlotOnItsWayUnderTraffic) {
  RedisCluster& cluster = RedisCluster::shared();
  cluster.forget_everything();
  RunningRedisClient client(cluster.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  std::vector<std::future<Result<Reply>>> answers;
  const auto send_some = [&] {
    for (int i = 0; i < 200; ++i) answers.push_back(client.send({"INCR", "n"}, "n"));
  };
  const int slot = cluster.slot_of("n");
  for (int round = 0; round < 3; ++round) {
    RedisServer& to = cluster.another_primary_than(cluster.owner_of("n"));
    send_some();
    cluster.begin_move(slot, to);
    send_some();
    cluster.move_key("n", to);
    send_some();
    cluster.end_move(slot, to);
    send_some();
    ASSERT_TRUE(answers.back().wait_for(10s) == std::future_status::ready);
    EXPECT_EQ(to.command({"GET", "n"}), std::to_string(answers.size()));
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_EQ(shown(answers[i].get()), std::to_string(i + 1));
  }
}

TEST_F(ClusterClientTest, GivesUpKeysThatStayOnBothSidesAndFindsThemAgain) {
  RedisCluster& cluster = RedisCluster::shared();
  cluster.forget_everything();
  RunningRedisClient client(cluster.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  const auto ask_both = [&] {
    const auto reply = client.ask({"MGET", "{t}1", "{t}2"}, "{t}1");
    return reply && reply->items.size() == 2 ? reply->items[0].text + reply->items[1].text
                                             : shown(reply);
  };
  ASSERT_EQ(shown(client.ask({"MSET", "{t}1", "a", "{t}2", "b"}, "{t}1")), "OK");
  const int slot = cluster.slot_of("{t}1");
  RedisServer& to = cluster.another_primary_than(cluster.owner_of("{t}1"));
  cluster.begin_move(slot, to);
  EXPECT_EQ(ask_both(), "ab");
  cluster.move_key("{t}2", to);
  EXPECT_EQ(ask_both(), "unavailable");
  EXPECT_EQ(count_of_healthy(client), RedisCluster::primaries) << "no node is to blame";
  cluster.move_key("{t}1", to);
  EXPECT_EQ(ask_both(), "ab") << "behind ASKING";
  cluster.end_move(slot, to);
  EXPECT_EQ(ask_both(), "ab");
}

TEST_F(ClusterClientTest, ALostPrimaryDoesNotStopTheOthers) {
  RedisCluster cluster;
  RunningRedisClient client(cluster.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  RedisServer& lost = cluster.node(0);
  std::vector<std::string> there;
  std::string away;
  for (int i = 0; there.size() < 10 || away.empty(); ++i) {
    if (cluster.owner_of(key(i)).port() == lost.port()) {
      away = key(i);
    } else {
      there.push_back(key(i));
    }
  }
  lost.crash();
  ASSERT_TRUE(eventually([&] { return !client->healthy_since(away); }));
  EXPECT_EQ(shown(client.ask({"SET", away, "v"}, away)), "unavailable");
  for (const std::string& one : there) {
    EXPECT_EQ(shown(client.ask({"SET", one, "v"}, one)), "OK");
    EXPECT_TRUE(client->healthy_since(one));
  }
  EXPECT_EQ(count_of_healthy(client), RedisCluster::primaries - 1);
  EXPECT_FALSE(client->state().healthy_since);
  EXPECT_EQ(client->state().circuit, ClientState::Circuit::closed);
  lost.start();
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(shown(client.ask({"SET", away, "v"}, away)), "OK");
}

TEST_F(ClusterClientTest, AFrozenPrimaryDoesNotStopTheOthers) {
  RedisCluster cluster;
  RunningRedisClient client(cluster.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  const RedisServer& there = cluster.another_primary_than(cluster.owner_of("k"));
  RedisServer& frozen = cluster.owner_of("k");
  int number = 0;
  while (cluster.owner_of(key(number)).port() != there.port()) ++number;
  frozen.freeze();
  EXPECT_EQ(shown(client.ask({"SET", "k", "v"}, "k")), "timed_out");
  EXPECT_EQ(shown(client.ask({"SET", "k", "v"}, "k")), "unavailable");
  EXPECT_EQ(shown(client.ask({"SET", key(number), "v"}, key(number))), "OK");
  frozen.thaw();
  EXPECT_TRUE(client.becomes_healthy());
}

TEST_F(ClusterClientTest, FollowsToTheReplicaThatIsPromoted) {
  RedisCluster cluster(1, 2s);
  RunningRedisClient client(cluster.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  ASSERT_EQ(shown(client.ask({"SET", "k", "v"}, "k")), "OK");
  RedisServer& old = cluster.owner_of("k");
  old.crash();
  ASSERT_TRUE(client.becomes_unhealthy());
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(shown(client.ask({"SET", "k", "w"}, "k")), "OK");
  RedisServer& promoted = cluster.owner_of("k");
  EXPECT_NE(promoted.port(), old.port());
  EXPECT_EQ(promoted.command({"GET", "k"}), "w");

  old.start();
  ASSERT_TRUE(eventually([&] { return old.command({"ROLE"}).starts_with("slave"); }, 20s));
  const auto is_followed = [&] {
    client.ask({"SET", "k", "x"}, "k");
    const auto primaries = client->primaries();
    return std::ranges::any_of(primaries, [&](const auto& one) {
      return one.healthy_since && one.address == fmt::format("127.0.0.1:{}", old.port());
    });
  };
  // A replica that has not caught up in time gives it up.
  EXPECT_TRUE(eventually(
      [&] {
        return old.command({"CLUSTER", "FAILOVER"}) == "OK" && eventually(is_followed, 6s);
      },
      30s))
      << "by hand, too";
  EXPECT_TRUE(eventually([&] { return shown(client.ask({"SET", "k", "y"}, "k")) == "OK"; }));
}

TEST_F(ClusterClientTest, HearsMessagesOfEveryNodeAlsoWhenTheOneItListensToDies) {
  RedisCluster cluster;
  HeardMessages messages;
  RunningRedisClient client(cluster.url());
  messages.listen(client, "marks");
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  const auto expect_heard_from = [&](int index) {
    const std::string message = fmt::format("from {} {}", index, messages.all().size());
    EXPECT_TRUE(eventually([&] {
      cluster.node(index).command({"PUBLISH", "marks", message});
      return messages.holds(message);
    })) << index;
  };
  for (int i = 0; i < RedisCluster::primaries; ++i) expect_heard_from(i);
  for (int i = 0; i < RedisCluster::primaries; ++i) {
    cluster.node(i).crash();
    expect_heard_from((i + 1) % RedisCluster::primaries);
    cluster.node(i).start();
    ASSERT_TRUE(client.becomes_healthy());
  }
}

TEST_F(ClusterClientTest, StaysOpenWhereThereIsNoCluster) {
  const RedisServer server;
  RunningRedisClient client(fmt::format("cluster://127.0.0.1:{}", server.port()));
  client.start();
  EXPECT_FALSE(client.becomes_healthy(300ms));
  EXPECT_EQ(shown(client.ask({"SET", "k", "v"}, "k")), "unavailable");
}

// A Cluster that misses slots, and is told to stop then, serves none of them.
TEST_F(ClusterClientTest, StaysOpenWhileTheClusterIsDown) {
  const RedisServer server(
      {"cluster-enabled yes", fmt::format("cluster-port {}", tests::free_port())});
  server.command({"CLUSTER", "ADDSLOTSRANGE", "0", "100"});
  RunningRedisClient client(fmt::format("cluster://127.0.0.1:{}", server.port()));
  client.start();
  EXPECT_FALSE(client.becomes_healthy(500ms));
  server.command({"CLUSTER", "ADDSLOTSRANGE", "101", "16383"});
  EXPECT_TRUE(client.becomes_healthy());
  EXPECT_EQ(shown(client.ask({"SET", "k", "v"}, "k")), "OK");
}

TEST_F(ClusterClientTest, EndsWhileItConnects) {
  for (int i = 0; i < 20; ++i) {
    RunningRedisClient client(RedisCluster::shared().url());
    client.start();
  }
}

}  // namespace
}  // namespace rushline::redis
