// The boards of this version under their contract: the embedded one, Redis, and the model itself.
#include "tests/contract/ranking_board_contract.hpp"

#include "adapters/embedded/in_process_ranking_board.hpp"
#include "tests/contract/redis_board_under_test.hpp"
#include "tests/contract/redis_over_network.hpp"
#include "tests/contract/redis_under_test.hpp"
#include "tests/support/redis_cluster.hpp"
#include "tests/support/redis_sentinels.hpp"

namespace rushline::tests {
namespace {

struct EmbeddedFixture {
  ranking::RankingBoard& board() { return in_process; }
  embedded::InProcessRankingBoard in_process;
};

// The days of the contract are over, and Redis keeps no set of days that are: the board sees them
// moved into the future.
class LaterBoard final : public ranking::RankingBoard {
 public:
  LaterBoard(ranking::RankingBoard& board, std::int32_t days) : board_(board), days_(days) {}

  Result<std::optional<ranking::BoardState>> state() override {
    auto state = board_.state();
    if (state.has_value() && *state) (*state)->today = (*state)->today - days_;
    return state;
  }
  Result<bool> push(const ranking::Push& push) override {
    return board_.push({push.expected, push.reached, push.today + days_, later(push.totals)});
  }
  Result<std::unique_ptr<ranking::BoardRebuild>> begin_rebuild(
      const std::optional<ranking::BoardState>& replaced, Day today) override {
    auto later_replaced = replaced;
    if (replaced) later_replaced->today = replaced->today + days_;
    auto rebuild = board_.begin_rebuild(later_replaced, today + days_);
    if (rebuild.has_value() && *rebuild) {
      *rebuild = std::make_unique<LaterRebuild>(*this, std::move(*rebuild));
    }
    return rebuild;
  }
  Result<ranking::Top> top(std::int32_t days, std::int64_t count_max) override {
    auto top = board_.top(days, count_max);
    if (top.has_value()) top->at.today = top->at.today - days_;
    return top;
  }
  Result<ranking::Standing> standing(std::int32_t days, const ProductId& id) override {
    return board_.standing(days, id);
  }

 private:
  class LaterRebuild final : public ranking::BoardRebuild {
   public:
    LaterRebuild(LaterBoard& board, std::unique_ptr<ranking::BoardRebuild> rebuild)
        : board_(board), rebuild_(std::move(rebuild)) {}

    Result<bool> fill(std::span<const ranking::DayTotal> totals) override {
      return rebuild_->fill(board_.later(totals));
    }
    Result<bool> correct(std::span<const ranking::DayTotal> totals) override {
      return rebuild_->correct(board_.later(totals));
    }
    Result<bool> finish(ranking::Revision reached) override { return rebuild_->finish(reached); }

   private:
    LaterBoard& board_;
    std::unique_ptr<ranking::BoardRebuild> rebuild_;
  };

  // Valid until the next call.
  std::span<const ranking::DayTotal> later(std::span<const ranking::DayTotal> totals) {
    later_.assign(totals.begin(), totals.end());
    for (ranking::DayTotal& total : later_) total.day = total.day + days_;
    return later_;
  }

  ranking::RankingBoard& board_;
  const std::int32_t days_;  // constant
  std::vector<ranking::DayTotal> later_;
};

class RedisFixture {
 public:
  RedisFixture() : RedisFixture(RedisServer::shared()) {}
  static bool is_possible() { return RedisServer::is_installed(); }
  ranking::RankingBoard& board() { return later_; }

 protected:
  explicit RedisFixture(RedisServer& server) : redis_(server) {}

 private:
  RedisBoardUnderTest redis_;
  LaterBoard later_{redis_.board, redis_.today.number - contract_today.number};
};

// Refuses functions whose keys are of several slots.
class RedisClusterFixture : public RedisFixture {
 public:
  RedisClusterFixture() : RedisFixture(shared_redis_cluster()) {}
};

class RedisOverNetworkFixture {
 public:
  static bool is_possible() { return RedisServer::is_installed(); }
  ranking::RankingBoard& board() { return later_; }

 private:
  RedisBoardOverNetwork redis_{RedisServer::shared(), RedisServer::shared().url_of("rushline")};
  LaterBoard later_{redis_.board, redis_.emptied.today.number - contract_today.number};
};

class RedisOverSentinelsFixture {
 public:
  static bool is_possible() { return RedisServer::is_installed(); }
  ranking::RankingBoard& board() { return later_; }

 private:
  RedisBoardOverNetwork redis_{RedisSentinels::shared().primary(), RedisSentinels::shared().url()};
  LaterBoard later_{redis_.board, redis_.emptied.today.number - contract_today.number};
};

class RedisOverClusterFixture {
 public:
  static bool is_possible() { return RedisServer::is_installed(); }
  ranking::RankingBoard& board() { return later_; }

 private:
  RedisBoardOverNetwork redis_{
      RedisCluster::shared().owner_of(std::string(redis::board_state_key())),
      RedisCluster::shared().url()};
  LaterBoard later_{redis_.board, redis_.emptied.today.number - contract_today.number};
};

struct ModelFixture {
  ranking::RankingBoard& board() { return model; }
  FakeRankingBoard model;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, RankingBoardContract, EmbeddedFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(Redis, RankingBoardContract, RedisFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(RedisOverNetwork, RankingBoardContract, RedisOverNetworkFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(RedisOverSentinels, RankingBoardContract, RedisOverSentinelsFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(RedisOverCluster, RankingBoardContract, RedisOverClusterFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(RedisCluster, RankingBoardContract, RedisClusterFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(Model, RankingBoardContract, ModelFixture);

}  // namespace
}  // namespace rushline::tests
