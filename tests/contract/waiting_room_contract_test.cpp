// The waiting rooms of this version under their contract: Redis, a Cluster, and the model itself.
#include "tests/contract/waiting_room_contract.hpp"

#include <fmt/format.h>
#include <rapidcheck/gtest.h>

#include "tests/contract/redis_over_network.hpp"
#include "tests/contract/redis_under_test.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_waiting_room.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/redis_sentinels.hpp"

namespace rushline::tests {

RedisServer& shared_redis_cluster() {
  static RedisServer server({"cluster-enabled yes", fmt::format("cluster-port {}", free_port())});
  static const bool is_ready = [] {
    BlockingRedisClient client(server.port());
    client.must({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
    return eventually([&] {
      return client.must({"CLUSTER", "INFO"}).text.starts_with("cluster_state:ok");
    });
  }();
  if (!is_ready) throw std::runtime_error("the cluster does not come up");
  return server;
}

namespace {

class ModelUnderTest final : public WaitingRoomUnderTest {
 public:
  coupons::WaitingRoom& room() override { return model_; }
  void forget_everything() override { model_.forget_everything(); }
  void lose_event(CouponEventId event) override { model_.lose_event(event); }
  void lose_line(CouponEventId event) override { model_.lose_line(event); }
  void lose_last_place(CouponEventId event) override { model_.lose_last_place(event); }
  void change_primary() override {
    model_.change_primary(fmt::format("{:040x}", ++primaries_ + 100));
  }

 private:
  ManualClock clock_;
  FakeWaitingRoom model_{clock_};
  int primaries_ = 0;
};

std::unique_ptr<WaitingRoomUnderTest> make_model() { return std::make_unique<ModelUnderTest>(); }
std::unique_ptr<WaitingRoomUnderTest> make_redis() {
  return std::make_unique<RedisUnderTest>(RedisServer::shared());
}
std::unique_ptr<WaitingRoomUnderTest> make_redis_cluster() {
  return std::make_unique<RedisUnderTest>(shared_redis_cluster());
}
std::unique_ptr<WaitingRoomUnderTest> make_redis_over_network() {
  RedisServer& server = RedisServer::shared();
  // A command or key that deploy/redis/users.acl forgets fails here.
  return std::make_unique<RedisOverNetwork>(server, server.url_of("rushline"));
}
std::unique_ptr<WaitingRoomUnderTest> make_redis_over_sentinels() {
  RedisSentinels& sentinels = RedisSentinels::shared();
  return std::make_unique<RedisOverNetwork>(sentinels.primary(), sentinels.url());
}

std::unique_ptr<WaitingRoomUnderTest> make_redis_over_cluster() {
  return std::make_unique<RedisOverCluster>(RedisCluster::shared());
}

const std::array<WaitingRoomKind, 4> kinds = {{
    {"Model", &make_model},
    {"Redis", &make_redis, &RedisServer::is_installed},
    {"RedisOverNetwork", &make_redis_over_network, &RedisServer::is_installed},
    {"RedisCluster", &make_redis_cluster, &RedisServer::is_installed},
}};

// Of these the servers take longer to start than a check takes: all checks run in one test.
const std::array<WaitingRoomKind, 2> large_kinds = {{
    {"RedisOverSentinels", &make_redis_over_sentinels, &RedisServer::is_installed},
    {"RedisOverCluster", &make_redis_over_cluster, &RedisServer::is_installed},
}};

using KindAndCheck = std::tuple<WaitingRoomKind, WaitingRoomCheck>;

class WaitingRoomContract : public testing::TestWithParam<KindAndCheck> {};

TEST_P(WaitingRoomContract, Holds) {
  const auto& [kind, check] = GetParam();
  if (kind.is_possible != nullptr && !kind.is_possible()) GTEST_SKIP() << "no " << kind.name;
  const auto under_test = kind.make();
  check.run(*under_test);
}

std::vector<KindAndCheck> all_pairs() {
  std::vector<KindAndCheck> pairs;
  for (const WaitingRoomKind& kind : kinds) {
    for (const WaitingRoomCheck& check : waiting_room_checks()) pairs.emplace_back(kind, check);
  }
  return pairs;
}

std::string name_of(const testing::TestParamInfo<KindAndCheck>& info) {
  const auto& [kind, check] = info.param;
  return std::string(kind.name) + check.name;
}

INSTANTIATE_TEST_SUITE_P(WaitingRooms, WaitingRoomContract, testing::ValuesIn(all_pairs()),
                         name_of);

class LargeWaitingRoom : public testing::TestWithParam<WaitingRoomKind> {
 protected:
  void SetUp() override {
    const auto is_possible = GetParam().is_possible;
    if (is_possible != nullptr && !is_possible()) GTEST_SKIP() << "no " << GetParam().name;
  }
};

TEST_P(LargeWaitingRoom, Holds) {
  for (const WaitingRoomCheck& check : waiting_room_checks()) {
    SCOPED_TRACE(check.name);
    const auto under_test = GetParam().make();
    check.run(*under_test);
  }
}

void expect_to_equal_the_model(const WaitingRoomKind& kind) {
  SCOPED_TRACE(kind.name);
  const auto under_test = kind.make();
  EXPECT_TRUE(rc::check([&](std::uint32_t seed) { compare_with_model(*under_test, seed, 60); }));
}

TEST_P(LargeWaitingRoom, EqualsTheModelUnderRandomHistories) {
  expect_to_equal_the_model(GetParam());
}

INSTANTIATE_TEST_SUITE_P(WaitingRooms, LargeWaitingRoom, testing::ValuesIn(large_kinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST(WaitingRoom, EqualsTheModelUnderRandomHistories) {
  for (const WaitingRoomKind& kind : kinds) {
    if (kind.is_possible != nullptr && !kind.is_possible()) continue;
    expect_to_equal_the_model(kind);
  }
}

}  // namespace
}  // namespace rushline::tests
