// What becomes of a line, of the functions and of the board when their slot moves in a real
// Cluster.
#include <gtest/gtest.h>

#include <optional>
#include <random>

#include "tests/contract/redis_over_network.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/redis_cluster.hpp"

namespace rushline::tests {
namespace {

class RedisClusterLine : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::is_installed()) GTEST_SKIP() << "no Redis";
    under_test_ = std::make_unique<RedisOverCluster>(cluster());
    line_ = std::make_unique<LineUnderTest>(*under_test_);
    ASSERT_EQ(line_->install(2), "ok");
  }

  static RedisCluster& cluster() { return RedisCluster::shared(); }
  LineUnderTest& line() { return *line_; }
  std::string event_key() const { return redis::event_key(line_->event); }
  std::string line_key() const { return redis::line_key(line_->event); }
  int slot() { return cluster().slot_of(event_key()); }
  RedisServer& away() { return cluster().another_primary_than(cluster().owner_of(event_key())); }
  // The line is known to belong to another primary now, and is installed there.
  std::string install_again(std::int64_t epoch, std::int64_t kept) {
    const std::string before = std::exchange(line_->replid, line_->primary());
    EXPECT_NE(line_->replid, before);
    return line_->install(epoch, kept);
  }

 private:
  std::unique_ptr<RedisOverCluster> under_test_;
  std::unique_ptr<LineUnderTest> line_;
};

TEST_F(RedisClusterLine, IsStaleOnAnotherPrimaryAndKeepsItsPlaces) {
  ASSERT_EQ(line().admit(2, "A B"), "2:0 2:1 | 2");
  cluster().move_slot(slot(), away());
  EXPECT_EQ(line().admit(2, "C"), "stale_epoch");
  EXPECT_EQ(line().take(2), "stale_epoch");
  EXPECT_EQ(line().trim(2, sequence(2, 1)), "stale_epoch");
  EXPECT_EQ(line().find("B"), "2:1");
  ASSERT_EQ(install_again(4, 2), "ok");
  EXPECT_EQ(line().admit(4, "C A"), "4:0 2:0= | 3");
  EXPECT_EQ(line().take(4), "A@2:0 B@2:1 C@4:0 | 3");
}

TEST_F(RedisClusterLine, IsNotReachedWhileItsKeysAreOnBothSides) {
  line().admit(2, "A B C");
  RedisServer& to = away();
  cluster().begin_move(slot(), to);
  EXPECT_EQ(line().admit(2, "D"), "2:3 | 4") << "both keys are still there";
  cluster().move_key(event_key(), to);
  EXPECT_EQ(line().admit(2, "E"), "unavailable");
  EXPECT_EQ(line().take(2), "unavailable");
  cluster().move_key(line_key(), to);
  EXPECT_EQ(line().admit(2, "E"), "stale_epoch") << "asked where it is now";
  ASSERT_EQ(install_again(4, 2), "ok") << "the slot still belongs to the old primary";
  EXPECT_EQ(line().admit(4, "E"), "4:0 | 5");
  cluster().end_move(slot(), to);
  EXPECT_EQ(line().take(4), "A@2:0 B@2:1 C@2:2 D@2:3 E@4:0 | 5");
}

// Somebody has moved the slot by force: one half of the line is lost with the old primary.
TEST_F(RedisClusterLine, OfWhichHalfWasLeftBehindIsNotKept) {
  line().admit(2, "A B C");
  RedisServer& to = away();
  cluster().begin_move(slot(), to);
  cluster().move_key(event_key(), to);
  cluster().force_move(slot(), to);
  EXPECT_EQ(line().take(2), "stale_epoch");
  ASSERT_EQ(install_again(4, 2), "ok");
  EXPECT_EQ(line().take(4), "| 0") << "the size that was counted is not there";
  EXPECT_EQ(line().admit(4, "C"), "4:0 | 1");
}

// Redis cannot tell an empty line, which is no key, from one that is on the other side.
TEST_F(RedisClusterLine, ThatIsEmptyWaitsForTheEndOfTheMove) {
  RedisServer& to = away();
  cluster().begin_move(slot(), to);
  EXPECT_EQ(line().admit(2, "A"), "unavailable");
  cluster().move_key(event_key(), to);
  EXPECT_EQ(line().admit(2, "A"), "unavailable");
  cluster().end_move(slot(), to);
  EXPECT_EQ(line().admit(2, "A"), "stale_epoch");
  ASSERT_EQ(install_again(4, 2), "ok");
  EXPECT_EQ(line().admit(4, "A"), "4:0 | 1");
}

TEST_F(RedisClusterLine, BringsItsFunctionsToWhoeverAnswers) {
  line().admit(2, "A");
  for (int i = 0; i < RedisCluster::primaries; ++i)
    cluster().node(i).command({"FUNCTION", "FLUSH"});
  EXPECT_EQ(line().admit(2, "A"), "2:0= | 1");
  RedisServer& to = away();
  cluster().begin_move(slot(), to);
  cluster().move_key(event_key(), to);
  cluster().move_key(line_key(), to);
  EXPECT_EQ(line().admit(2, "A"), "stale_epoch");
  EXPECT_NE(to.command({"FUNCTION", "LIST"}).find("rushline_v"), std::string::npos)
      << "it has no slot, but was asked";
  cluster().end_move(slot(), to);
}

TEST(RedisClusterWait, TellsAPlaceOnceTheReplicaOfItsPrimaryHasIt) {
  if (!RedisServer::is_installed()) GTEST_SKIP() << "no Redis";
  RedisCluster cluster(1);
  RunningRedisClient client(cluster.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  redis::FunctionLibrary library(*client);
  const auto admitted = [&](std::int64_t number, int replicas) {
    redis::RedisWaitingRoom room(*client, library, {replicas, std::chrono::milliseconds(100)});
    const CouponEventId event{number};
    std::promise<std::string> replid;
    room.primary(event, [&](const Result<std::string>& found) { replid.set_value(*found); });
    const coupons::Fence fence{event, {2}, replid.get_future().get()};
    std::promise<bool> installed;
    room.install({fence, {0}, {}, 10},
                 [&](const Result<void>& done) { installed.set_value(done.has_value()); });
    EXPECT_TRUE(installed.get_future().get());
    std::promise<bool> told;
    const std::vector<UserId> users = {*UserId::parse("A")};
    room.admit(fence, users, [&](const auto& given) { told.set_value(given.has_value()); });
    return told.get_future().get();
  };
  for (std::int64_t event = 1; event <= 6; ++event) EXPECT_TRUE(admitted(event, 1)) << event;
  EXPECT_FALSE(admitted(7, 2)) << "there is one replica";
}

// A board whose slot moves between pushes, key by key, ends with what was pushed.
TEST(RedisClusterBoard, FollowsWhileItsSlotMoves) {
  if (!RedisServer::is_installed()) GTEST_SKIP() << "no Redis";
  RedisCluster& cluster = RedisCluster::shared();
  const std::string state_key(redis::board_state_key());
  RedisBoardOverNetwork redis(cluster.owner_of(state_key), cluster.url());
  const Day today = redis.emptied.today;
  std::mt19937 random(20'260'102);
  std::map<ProductId, std::int64_t> sold;
  std::int64_t revision = 0;
  // As the follower does: a push, or a rebuild of a board that is not where the record is.
  const auto follow = [&] {
    const ProductId id = product("p" + std::to_string(random() % 20));
    sold[id] += static_cast<std::int64_t>(random() % 5);
    ++revision;
    const std::vector<ranking::DayTotal> last = {{id, today, sold[id]}};
    const auto pushed = redis.board.push({{revision - 1}, {revision}, today, last});
    if (pushed.has_value() && *pushed) return;
    std::vector<ranking::DayTotal> all;
    for (const auto& [one, total] : sold) all.push_back({one, today, total});
    const auto state = redis.board.state();
    if (state.has_value()) redis.board.rebuild(*state, {revision}, today, all);
  };
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 10; ++i) follow();
    RedisServer& to = cluster.another_primary_than(cluster.owner_of(state_key));
    RedisServer& from = cluster.owner_of(state_key);
    const int slot = cluster.slot_of(state_key);
    cluster.begin_move(slot, to);
    follow();
    for (const std::string& key : cluster.keys_in(slot, from)) {
      cluster.move_key(key, to);
      if (random() % 3 == 0) follow();
    }
    cluster.move_rest(slot, from, to);
    cluster.end_move(slot, to);
  }
  follow();
  follow();
  const auto top = redis.board.top(1, 100);
  ASSERT_TRUE(top.has_value());
  std::map<ProductId, std::int64_t> shown;
  for (const ranking::Score& score : top->scores) shown[score.product] = score.score;
  std::erase_if(sold, [](const auto& entry) { return entry.second == 0; });
  EXPECT_EQ(shown, sold);
}

}  // namespace
}  // namespace rushline::tests
