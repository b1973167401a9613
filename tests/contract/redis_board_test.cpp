// The board in Redis: what it keeps up, that its windows are the union of their days, and that
// several servers may follow with it at once.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <random>
#include <thread>

#include "core/limits.hpp"
#include "ranking/follower.hpp"
#include "tests/contract/redis_board_under_test.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::tests {
namespace {

class RedisBoard : public testing::TestWithParam<RedisBoardCheck> {};

TEST_P(RedisBoard, KeepsUp) {
  if (!RedisServer::is_installed()) GTEST_SKIP() << "no Redis";
  RedisBoardUnderTest redis(RedisServer::shared());
  GetParam().run(redis);
}

std::string name_of(const testing::TestParamInfo<RedisBoardCheck>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Redis, RedisBoard, testing::ValuesIn(redis_board_checks()), name_of);

class RedisBoardHistory : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::is_installed()) GTEST_SKIP() << "no Redis";
  }
};

// "A:3 B:4", lowest first.
std::string text_of(const redis::Reply& members) {
  std::string text;
  for (std::size_t i = 0; i + 1 < members.items.size(); i += 2) {
    text += fmt::format("{}:{} ", members.items[i].text, members.items[i + 1].text);
  }
  return text;
}

void expect_windows_to_be_unions(RedisBoardUnderTest& redis, Day today) {
  for (Day last = today; last <= today + limits::ranking_window_days; last = last + 1) {
    const std::string kept =
        text_of(redis.client.must({"ZRANGE", redis::window_key(last), "0", "-1", "WITHSCORES"}));
    const std::string united = text_of(
        redis.client.must({"ZUNION", "3", redis::daily_key(last - 2), redis::daily_key(last - 1),
                           redis::daily_key(last), "WITHSCORES"}));
    RC_ASSERT(kept == united);
  }
  for (const std::string& key : redis.keys()) {
    RC_ASSERT(redis.client.must({"PTTL", key}).integer > 0);
  }
}

TEST_F(RedisBoardHistory, WindowsAreTheUnionOfTheirDays) {
  EXPECT_TRUE(rc::check([](std::uint32_t seed) {
    std::mt19937 random(seed);
    const auto number = [&](int min, int max) {
      return std::uniform_int_distribution<int>(min, max)(random);
    };
    RedisBoardUnderTest redis(RedisServer::shared());
    Day today = redis.today;
    std::int64_t revision = 1;
    const auto any_totals = [&] {
      RedisBoardUnderTest::Totals totals;
      for (int i = number(0, 60); i > 0; --i) {
        totals.push_back(
            {product(fmt::format("p{}", number(1, 30))), today + number(-3, 2), number(-2, 6)});
      }
      return totals;
    };
    RC_ASSERT(redis.rebuild(std::nullopt, revision, today, any_totals()));
    for (int i = 0; i < 12; ++i) {
      const Day before = today;
      if (number(0, 3) == 0) today = today + number(1, 4);
      if (number(0, 5) == 0) {
        RC_ASSERT(redis.rebuild(ranking::BoardState{{revision}, before}, revision + 1, today,
                                any_totals()));
      } else {
        RC_ASSERT(redis.push(revision, revision + 1, today, any_totals()));
      }
      ++revision;
      expect_windows_to_be_unions(redis, today);
    }
  }));
}

// More than one command of Redis takes: in pieces, and all of it.
TEST_F(RedisBoardHistory, TakesTheLargestPushAndARebuildOfManyChunks) {
  RedisBoardUnderTest redis(RedisServer::shared());
  RedisBoardUnderTest::Totals totals;
  for (std::size_t i = 0; i < limits::board_push_totals_max; ++i) {
    totals.push_back({product(fmt::format("p{}", i / 4)),
                      redis.today + (static_cast<std::int32_t>(i % 4) - 2), 1});
  }
  ASSERT_TRUE(redis.rebuild(std::nullopt, 1, redis.today, totals));
  const auto expect_score = [&](Day day, std::int64_t score) {
    const auto top = redis.board.top(3, 1'000'000)->scores;
    EXPECT_EQ(top.size(), totals.size() / 4);
    EXPECT_EQ(top.front().score, score);
    EXPECT_EQ(top.back().score, score);
    expect_windows_to_be_unions(redis, day);
  };
  expect_score(redis.today, 3);
  for (ranking::DayTotal& total : totals) total.total = 2;
  ASSERT_TRUE(redis.push(1, 2, redis.today, totals));
  expect_score(redis.today, 6);
}

// A board on whose way to a push or a rebuild another server does the same.
class RacedBoard final : public ranking::RankingBoard {
 public:
  explicit RacedBoard(ranking::RankingBoard& board) : board_(board) {}

  std::function<void()> meanwhile;  // called once

  Result<std::optional<ranking::BoardState>> state() override { return board_.state(); }
  Result<bool> push(const ranking::Push& push) override {
    race();
    return board_.push(push);
  }
  Result<std::unique_ptr<ranking::BoardRebuild>> begin_rebuild(
      const std::optional<ranking::BoardState>& replaced, Day today) override {
    race();
    return board_.begin_rebuild(replaced, today);
  }
  Result<ranking::Top> top(std::int32_t days, std::int64_t count_max) override {
    return board_.top(days, count_max);
  }
  Result<ranking::Standing> standing(std::int32_t days, const ProductId& id) override {
    return board_.standing(days, id);
  }

 private:
  void race() {
    if (meanwhile) std::exchange(meanwhile, nullptr)();
  }
  ranking::RankingBoard& board_;
};

// A server: its own way to the shared Redis, its own lists, on the shared record.
struct FollowingServer {
  FollowingServer(FakeDatabase& database, FakeSalesStore& store, const ShopCalendar& calendar,
                  const Clock& clock)
      : client(RedisServer::shared().port()),
        library(client),
        board(library, calendar),
        raced(board),
        list(calendar.zone_name()),
        follower(database, store, raced, list, calendar, clock) {}

  std::string shown(std::int32_t days) const {
    const auto value = boost::json::parse(list.get(days, 100)->body);
    EXPECT_FALSE(value.at("stale").as_bool());
    std::string text;
    for (const auto& item : value.at("items").as_array()) {
      text += fmt::format("{}:{} ", std::string(item.at("product_id").as_string()),
                          item.at("score").as_int64());
    }
    return text;
  }

  BlockingRedisClient client;
  redis::FunctionLibrary library;
  redis::RedisRankingBoard board;
  RacedBoard raced;
  ranking::PopularList list;
  ranking::Follower follower;
};

class TwoFollowers : public RedisBoardHistory {
 protected:
  TwoFollowers() { database_.undoes(store_.state); }
  void SetUp() override {
    RedisBoardHistory::SetUp();
    if (!IsSkipped()) RedisBoardUnderTest(RedisServer::shared());  // empties it
  }

  Day today() const { return calendar_.day_of(clock_.now()); }
  std::string expected(std::int32_t days) const {
    std::map<ProductId, std::int64_t> scores;
    for (const auto& [key, stored] : store_.state.totals) {
      if (DayWindow{today(), days}.holds(key.first)) {
        scores[key.second] += std::max<std::int64_t>(stored.total, 0);
      }
    }
    std::string text;
    for (const auto& score : best_first(scores, 100)) {
      text += fmt::format("{}:{} ", score.product.view(), score.score);
    }
    return text;
  }

  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  ManualClock clock_{calendar_.start_of(day_in_the_future(calendar_)) + std::chrono::hours(20)};
  FakeDatabase database_{clock_};
  FakeSalesStore store_;
};

// What happens to a Redis: everything, a key, a member or a field is gone, or it is what it was.
class Accidents {
 public:
  Accidents(BlockingRedisClient& client, std::mt19937& random) : client_(client), random_(random) {}

  void remember() {
    kept_.clear();
    for (const std::string& key : keys()) {
      kept_.push_back({key, std::to_string(client_.must({"PTTL", key}).integer),
                       client_.must({"DUMP", key}).text});
    }
  }

  void happen() {
    const auto all = keys();
    if (all.empty()) return;
    const std::string key = all[below(all.size())];
    const bool is_set = key != redis::board_state_key();
    switch (below(5)) {
      case 0:
        client_.must({"FLUSHALL"});
        break;
      case 1:
        client_.must({"DEL", key});
        break;
      case 2:
        if (is_set) client_.must({"ZPOPMAX", key});
        break;
      case 3: {
        const auto fields = client_.must({"HKEYS", redis::board_state_key()}).items;
        if (fields.empty()) break;
        client_.must({"HDEL", redis::board_state_key(), fields[below(fields.size())].text});
        break;
      }
      default:
        client_.must({"FLUSHALL"});
        for (const Kept& kept : kept_) client_.must({"RESTORE", kept.key, kept.ttl, kept.dump});
    }
  }

 private:
  struct Kept {
    std::string key;
    std::string ttl;
    std::string dump;
  };

  std::vector<std::string> keys() {
    std::vector<std::string> names;
    for (redis::Reply& key : client_.must({"KEYS", "*"}).items) {
      names.push_back(std::move(key.text));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }

  BlockingRedisClient& client_;
  std::mt19937& random_;
  std::vector<Kept> kept_;
};

TEST_F(TwoFollowers, FollowAgainWhateverRedisLost) {
  EXPECT_TRUE(rc::check([this](std::uint32_t seed) {
    RedisBoardUnderTest redis(RedisServer::shared());
    store_.state = {};
    FollowingServer one(database_, store_, calendar_, clock_);
    FollowingServer other(database_, store_, calendar_, clock_);
    std::mt19937 random(seed);
    const auto number = [&](int min, int max) {
      return std::uniform_int_distribution<int>(min, max)(random);
    };
    Accidents accidents(redis.client, random);
    for (int round = 0; round < 25; ++round) {
      for (int i = number(0, 2); i > 0; --i) {
        store_.sell(fmt::format("p{}", number(1, 9)), number(-3, 6), today() - number(-1, 3));
      }
      if (number(0, 3) == 0) accidents.remember();
      if (number(0, 1) == 0) accidents.happen();
      one.raced.meanwhile = [&] {
        if (number(0, 2) == 0) accidents.happen();
        RC_ASSERT(other.follower.run_once().has_value());
      };
      RC_ASSERT(one.follower.run_once().has_value());
      one.raced.meanwhile = nullptr;
      for (FollowingServer* server : {&other, &one}) {
        for (int again = 0; again < 2; ++again) {  // what another one moved is looked at again
          RC_ASSERT(server->follower.run_once().has_value());
        }
        for (const std::int32_t days : {1, 3}) RC_ASSERT(server->shown(days) == expected(days));
      }
      expect_windows_to_be_unions(redis, today());
      RC_ASSERT(redis.is_whole());
      clock_.advance(std::chrono::minutes(number(0, 300)));
    }
  }));
}

TEST_F(TwoFollowers, OvertakeEachOtherAndShowTheSame) {
  FollowingServer one(database_, store_, calendar_, clock_);
  FollowingServer other(database_, store_, calendar_, clock_);
  std::mt19937 random(20'260'102);
  const auto number = [&](int min, int max) {
    return std::uniform_int_distribution<int>(min, max)(random);
  };
  for (int round = 0; round < 200; ++round) {
    const auto sell = [&] {
      store_.sell(fmt::format("p{}", number(1, 9)), number(-3, 6), today() - number(0, 2));
    };
    sell();
    if (round % 40 == 20) one.client.must({"DEL", redis::daily_key(today())});
    one.raced.meanwhile = [&] {
      if (number(0, 1) == 0) sell();
      ASSERT_TRUE(other.follower.run_once().has_value());
    };
    ASSERT_TRUE(one.follower.run_once().has_value());
    ASSERT_TRUE(other.follower.run_once().has_value());
    ASSERT_TRUE(one.follower.run_once().has_value());
    for (const std::int32_t days : {1, 3}) {
      ASSERT_EQ(one.shown(days), expected(days)) << "round " << round;
      ASSERT_EQ(other.shown(days), expected(days)) << "round " << round;
    }
    clock_.advance(std::chrono::minutes(number(0, 90)));
  }
}

}  // namespace
}  // namespace rushline::tests
