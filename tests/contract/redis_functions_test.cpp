// How the functions come to a Redis and outlive what happens to it; and what its lines keep up.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/contract/redis_line_checks.hpp"
#include "tests/support/eventually.hpp"

namespace rushline::tests {
namespace {

using coupons::Sequence;

#define SKIP_WITHOUT_REDIS() \
  if (!RedisServer::is_installed()) GTEST_SKIP() << "no Redis"

class RedisLine : public testing::TestWithParam<RedisLineCheck> {};

TEST_P(RedisLine, KeepsUp) {
  SKIP_WITHOUT_REDIS();
  RedisUnderTest redis(RedisServer::shared());
  GetParam().run(redis);
}

std::string name_of(const testing::TestParamInfo<RedisLineCheck>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Redis, RedisLine, testing::ValuesIn(redis_line_checks()), name_of);

// "rushline_v1_0123abcd rushline_v2_4567cdef"
std::string libraries_of(BlockingRedisClient& client) {
  std::set<std::string> names;
  for (const redis::Reply& library : client.must({"FUNCTION", "LIST"}).items) {
    names.insert(library.items[1].text);
  }
  return fmt::format("{}", fmt::join(names, " "));
}

redis::LibrarySource version(int number, std::string_view difference = "") {
  auto source = redis::LibrarySource::embedded();
  source.version = number;
  source.text += difference;
  return source;
}

class RedisFunctions : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_REDIS();
    RedisUnderTest(RedisServer::shared()).client.must({"FUNCTION", "FLUSH"});
  }
};

TEST_F(RedisFunctions, AreLoadedWhenTheServerDoesNotKnowThem) {
  RedisUnderTest redis(RedisServer::shared());
  EXPECT_EQ(libraries_of(redis.client), "");
  LineUnderTest line(redis);  // asks for the primary
  EXPECT_EQ(libraries_of(redis.client), redis.library.name());
  ASSERT_EQ(line.install(2), "ok");
  EXPECT_EQ(libraries_of(redis.client), redis.library.name());
  redis.client.must({"FUNCTION", "FLUSH"});
  EXPECT_EQ(line.admit(2, "A"), "2:0 | 1");
  EXPECT_EQ(libraries_of(redis.client), redis.library.name());
}

TEST_F(RedisFunctions, OfTwoServersThatLoadAtOnceAreTheSame) {
  RedisUnderTest one(RedisServer::shared());
  RedisUnderTest other(RedisServer::shared());
  EXPECT_EQ(one.library.name(), other.library.name());
  LineUnderTest line(one);
  ASSERT_EQ(line.install(2), "ok");
  const std::string load = fmt::format("#!lua name={}\n", other.library.name());
  EXPECT_TRUE(other.client.ask(redis::Command({"FUNCTION", "LOAD", load}))->is_error());
  EXPECT_EQ(LineUnderTest(other).admit(2, "A"), "2:0 | 1");
}

TEST_F(RedisFunctions, OfANewerVersionWorkBesideTheOlderAndReplaceIt) {
  RedisUnderTest old_server(RedisServer::shared(), version(8));
  RedisUnderTest new_server(RedisServer::shared(), version(9));
  RedisUnderTest patched_server(RedisServer::shared(), version(9, "-- another text"));
  LineUnderTest old_line(old_server);
  ASSERT_EQ(old_line.install(2), "ok");
  LineUnderTest new_line(new_server);
  EXPECT_EQ(new_line.admit(2, "A"), "2:0 | 1");
  EXPECT_EQ(libraries_of(new_server.client), new_server.library.name()) << "the older one is gone";
  EXPECT_EQ(old_line.admit(2, "B A"), "2:1 2:0= | 2");
  EXPECT_EQ(LineUnderTest(patched_server).admit(2, "B"), "2:1= | 2");
  EXPECT_NE(libraries_of(new_server.client).find(new_server.library.name()), std::string::npos)
      << "one of the same version stays";
  old_server.client.must({"FUNCTION", "FLUSH"});
  EXPECT_EQ(new_line.admit(2, "C"), "2:2 | 3");
  EXPECT_EQ(old_line.admit(2, "D"), "2:3 | 4");
  EXPECT_EQ(libraries_of(new_server.client),
            fmt::format("{} {}", old_server.library.name(), new_server.library.name()))
      << "an older version removes no newer one";
}

TEST_F(RedisFunctions, OfOthersAreLeftAlone) {
  RedisUnderTest redis(RedisServer::shared(), version(9));
  for (const char* name : {"rushline_vx", "rushline_v1", "others", "rushline_v1x_ab"}) {
    const std::string code = fmt::format(
        "#!lua name={0}\nredis.register_function('f_{0}', function() return 1 end)", name);
    redis.client.must({"FUNCTION", "LOAD", code});
  }
  LineUnderTest(redis).install(2);
  EXPECT_EQ(libraries_of(redis.client),
            fmt::format("others rushline_v1 rushline_v1x_ab {} rushline_vx", redis.library.name()));
}

// Trap 10.
TEST_F(RedisFunctions, DoNotWaitForReplicas) {
  EXPECT_EQ(redis::LibrarySource::embedded().text.find("'WAIT'"), std::string::npos);
}

// Trap 10: fewer replicas than asked for means unknown, not failed.
TEST_F(RedisFunctions, GiveAPlaceThatIsUnknownWhenNoReplicaHasIt) {
  RedisUnderTest redis(RedisServer::shared());
  redis::RedisWaitingRoom careful(redis.client, redis.library,
                                  {.replicas = 1, .time_max = std::chrono::milliseconds(1)});
  LineUnderTest line(redis);
  ASSERT_EQ(line.install(2), "ok");
  std::optional<Errc> outcome;
  const std::vector<UserId> users = {*UserId::parse("A")};
  careful.admit({line.event, {2}, line.replid}, users,
                [&](const auto& admissions) { outcome = admissions.error().code; });
  EXPECT_EQ(outcome, Errc::timed_out);
  EXPECT_EQ(line.admit(2, "A"), "2:0= | 1");
}

TEST_F(RedisFunctions, AndTheLineSurviveACrashInTheirFile) {
  RedisServer server({"appendfsync always"});
  RedisUnderTest redis(server);
  LineUnderTest line(redis);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "B A");
  server.crash();
  EXPECT_EQ(line.admit(2, "C"), "timed_out");
  server.start();
  EXPECT_EQ(libraries_of(redis.client), redis.library.name());
  EXPECT_EQ(line.admit(2, "C"), "stale_epoch") << "a restarted server has another replication id";
  line.replid = line.primary();
  ASSERT_EQ(line.install(4, 2), "ok");
  EXPECT_EQ(line.admit(4, "C"), "4:0 | 3");
  EXPECT_EQ(line.take(4), "B@2:0 A@2:1 C@4:0 | 3");
}

// Two servers, of which one follows the other.
class RedisPair {
 public:
  RedisPair() {
    follower.client.must({"REPLICAOF", "127.0.0.1", std::to_string(first_server.port())});
    if (!eventually([&] {
          const std::string info = follower.client.must({"INFO", "replication"}).text;
          return info.find("master_link_status:up") != std::string::npos;
        })) {
      throw std::runtime_error("the replica does not follow");
    }
  }

  RedisServer first_server;
  RedisServer second_server;
  RedisUnderTest first{first_server};
  RedisUnderTest follower{second_server};
};

// Trap 9: with EVALSHA this would be NOSCRIPT.
TEST_F(RedisFunctions, AreThereAfterAPromotionThatLosesTheEndOfTheLine) {
  RedisPair pair;
  LineUnderTest line(pair.first);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A B");
  ASSERT_EQ(pair.first.client.must({"WAIT", "1", "5000"}).integer, 1);
  pair.follower.client.must({"REPLICAOF", "127.0.0.1", "1"});  // it is cut off
  line.admit(2, "C");
  pair.first_server.crash();
  pair.follower.client.must({"REPLICAOF", "NO", "ONE"});

  EXPECT_EQ(libraries_of(pair.follower.client), pair.follower.library.name());
  LineUnderTest promoted(pair.follower);
  const std::string new_replid = std::exchange(promoted.replid, line.replid);
  EXPECT_EQ(promoted.take(2), "stale_epoch");
  EXPECT_EQ(promoted.admit(2, "C"), "stale_epoch");
  promoted.replid = new_replid;
  ASSERT_EQ(promoted.install(4, 2), "ok");
  EXPECT_EQ(promoted.admit(4, "C A"), "4:0 2:0= | 3");
}

TEST_F(RedisFunctions, AreNotCarriedOutByAReplica) {
  RedisPair pair;
  LineUnderTest line(pair.first);
  ASSERT_EQ(line.install(2), "ok");
  ASSERT_EQ(pair.first.client.must({"WAIT", "1", "5000"}).integer, 1);
  LineUnderTest replica(pair.follower);
  EXPECT_EQ(replica.primary(), "unavailable");
  replica.replid = line.replid;
  EXPECT_EQ(replica.admit(2, "A"), "unavailable");
  EXPECT_EQ(replica.install(3), "unavailable");
  EXPECT_EQ(line.admit(2, "A"), "2:0 | 1");
}

TEST_F(RedisFunctions, SettleOnWhenMemoryIsFull) {
  RedisServer server({"maxmemory-policy noeviction"});
  RedisUnderTest redis(server);
  LineUnderTest line(redis);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A B");
  redis.client.must({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(line.admit(2, "C"), "unavailable");
  EXPECT_EQ(line.take(2), "A@2:0 B@2:1 | 2");
  EXPECT_EQ(line.trim(2, sequence(2, 1)), "ok");
  EXPECT_EQ(line.mark_sold_out(2), "ok");
  EXPECT_EQ(line.install(3, 2), "unavailable");
}

}  // namespace
}  // namespace rushline::tests
