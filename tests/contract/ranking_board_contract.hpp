// What every ranking board must do, whatever it is made of.
//
// A fixture has a member `board()` that gives an empty RankingBoard, and may have a static
// `is_possible()`. To run the suite on a board:
//   INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, RankingBoardContract, EmbeddedFixture);
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <random>
#include <set>

#include "tests/support/fake_ranking_board.hpp"

namespace rushline::tests {

inline constexpr Day contract_today{20'455};  // 2026-01-02

template <class Fixture>
class RankingBoardContract : public ::testing::Test {
 protected:
  using Totals = std::vector<ranking::DayTotal>;

  void SetUp() override {
    if constexpr (requires { Fixture::is_possible(); }) {
      if (!Fixture::is_possible()) GTEST_SKIP() << "this machine lacks the programs";
    }
    fixture_ = std::make_unique<Fixture>();
  }

  ranking::RankingBoard& board() { return fixture_->board(); }

  // A board that stands at revision 1 on contract_today.
  void start(const Totals& totals) {
    ASSERT_TRUE(rebuild(std::nullopt, 1, contract_today, totals));
  }
  bool rebuild(const std::optional<ranking::BoardState>& replaced, std::int64_t reached, Day today,
               const Totals& totals) {
    const auto rebuilt = board().rebuild(replaced, {reached}, today, totals);
    EXPECT_TRUE(rebuilt.has_value());
    return rebuilt.has_value() && *rebuilt;
  }
  bool push(std::int64_t from, std::int64_t to, Day today, const Totals& totals) {
    auto pushed = board().push({{from}, {to}, today, totals});
    EXPECT_TRUE(pushed.has_value());
    return pushed.has_value() && *pushed;
  }
  // "B:7 A:3"
  std::string top(std::int32_t days, std::int64_t count_max = 100) {
    const auto top = board().top(days, count_max);
    if (top.has_error()) return std::string(to_word(top.error().code));
    std::string text;
    for (const ranking::Score& score : top->scores) {
      text += fmt::format("{}{}:{}", text.empty() ? "" : " ", score.product.view(), score.score);
    }
    return text;
  }
  // "#2 of 7", "-" when it is on no list.
  std::string standing(std::int32_t days, std::string_view id) {
    const auto standing = board().standing(days, product(id));
    if (standing.has_error()) return std::string(to_word(standing.error().code));
    if (!standing->rank) return standing->score == 0 ? "-" : "a score without a rank";
    return fmt::format("#{} of {}", *standing->rank, standing->score);
  }

 private:
  std::unique_ptr<Fixture> fixture_;  // set by SetUp()
};

TYPED_TEST_SUITE_P(RankingBoardContract);

TYPED_TEST_P(RankingBoardContract, IsEmptyUntilItIsRebuilt) {
  EXPECT_EQ(*this->board().state(), std::nullopt);
  EXPECT_EQ(this->top(3), "unavailable");
  EXPECT_EQ(this->standing(3, "A"), "unavailable");
  EXPECT_FALSE(this->push(0, 1, contract_today, {{product("A"), contract_today, 1}}));
  EXPECT_EQ(*this->board().state(), std::nullopt);
}

TYPED_TEST_P(RankingBoardContract, KnowsWhereItStands) {
  this->start({});
  EXPECT_EQ((*this->board().state())->revision, ranking::Revision{1});
  EXPECT_TRUE(this->push(1, 5, contract_today + 1, {}));
  EXPECT_EQ((*this->board().state())->revision, ranking::Revision{5});
  EXPECT_EQ((*this->board().state())->today, contract_today + 1);
}

TYPED_TEST_P(RankingBoardContract, AddsTheDaysOfAWindow) {
  const Day today = contract_today;
  this->start({{product("A"), today, 1},
               {product("A"), today - 1, 2},
               {product("A"), today - 2, 4},
               {product("A"), today - 3, 8},
               {product("A"), today + 1, 16},
               {product("B"), today - 2, 9}});
  EXPECT_EQ(this->top(1), "A:1");
  EXPECT_EQ(this->top(3), "B:9 A:7");
}

TYPED_TEST_P(RankingBoardContract, OrdersEqualScoresByDescendingBytesOfTheId) {
  const Day today = contract_today;
  this->start({});
  EXPECT_TRUE(this->push(1, 2, today,
                         {{product("a"), today, 5},
                          {product("B"), today, 5},
                          {product("10"), today, 5},
                          {product("9"), today, 5},
                          {product("ab"), today, 5},
                          {product("_"), today, 5},
                          {product("Z"), today, 6}}));
  EXPECT_EQ(this->top(1), "Z:6 ab:5 a:5 _:5 B:5 9:5 10:5");
  EXPECT_EQ(this->top(1, 3), "Z:6 ab:5 a:5");
  EXPECT_EQ(this->standing(1, "B"), "#5 of 5");
}

TYPED_TEST_P(RankingBoardContract, TakesTotalsSoThatPushingThemAgainChangesNothing) {
  const Day today = contract_today;
  this->start({});
  EXPECT_TRUE(this->push(1, 2, today, {{product("A"), today, 3}}));
  EXPECT_TRUE(this->push(2, 3, today, {{product("A"), today, 3}, {product("A"), today, 3}}));
  EXPECT_EQ(this->top(3), "A:3");
}

TYPED_TEST_P(RankingBoardContract, AppliesNothingOfAPushThatBeginsElsewhere) {
  const Day today = contract_today;
  this->start({{product("A"), today, 3}});
  EXPECT_FALSE(this->push(0, 2, today, {{product("A"), today, 9}}));
  EXPECT_FALSE(this->push(2, 3, today, {{product("A"), today, 9}}));
  EXPECT_FALSE(this->push(1, 2, today - 1, {{product("A"), today, 9}}));
  EXPECT_EQ(this->top(3), "A:3");
  EXPECT_EQ((*this->board().state())->revision, ranking::Revision{1});
  EXPECT_TRUE(this->push(1, 2, today, {{product("A"), today, 4}}));
}

TYPED_TEST_P(RankingBoardContract, TakesAProductOffTheListAtZeroOrLessAndBackAboveIt) {
  const Day today = contract_today;
  this->start({{product("A"), today, 3}, {product("B"), today, 1}});
  EXPECT_TRUE(this->push(1, 2, today, {{product("A"), today, 0}}));
  EXPECT_EQ(this->top(1), "B:1");
  EXPECT_EQ(this->standing(1, "A"), "-");
  EXPECT_TRUE(this->push(2, 3, today, {{product("B"), today, -4}, {product("C"), today, -1}}));
  EXPECT_EQ(this->top(1), "");
  EXPECT_TRUE(this->push(3, 4, today, {{product("A"), today, 2}}));
  EXPECT_EQ(this->top(1), "A:2");
}

TYPED_TEST_P(RankingBoardContract, LetsARefundThatCameFirstTakeNothingFromOtherDays) {
  const Day today = contract_today;
  this->start({{product("A"), today - 1, 5}});
  EXPECT_TRUE(this->push(1, 2, today, {{product("A"), today, -3}}));
  EXPECT_EQ(this->top(3), "A:5");
  EXPECT_TRUE(this->push(2, 3, today, {{product("A"), today, 1}}));
  EXPECT_EQ(this->top(3), "A:6");
}

TYPED_TEST_P(RankingBoardContract, CountsALateSaleInEveryWindowThatHoldsItsDay) {
  const Day today = contract_today;
  this->start({{product("A"), today, 2}});
  EXPECT_TRUE(this->push(1, 2, today, {{product("A"), today - 2, 7}}));
  EXPECT_EQ(this->top(1), "A:2");
  EXPECT_EQ(this->top(3), "A:9");
  EXPECT_TRUE(this->push(2, 3, today + 1, {{product("A"), today, 3}}));
  EXPECT_EQ(this->top(3), "A:3");
  EXPECT_EQ(this->top(1), "");
  EXPECT_TRUE(this->push(3, 4, today + 1, {{product("A"), today - 2, 50}}));
  EXPECT_EQ(this->top(3), "A:3");
}

TYPED_TEST_P(RankingBoardContract, MovesTheWindowsAtMidnightWithoutASale) {
  const Day today = contract_today;
  this->start({{product("A"), today - 2, 4},
               {product("B"), today - 1, 3},
               {product("C"), today, 2},
               {product("D"), today + 1, 1}});
  EXPECT_EQ(this->top(3), "A:4 B:3 C:2");
  EXPECT_TRUE(this->push(1, 1, today + 1, {}));
  EXPECT_EQ(this->top(1), "D:1");
  EXPECT_EQ(this->top(3), "B:3 C:2 D:1");
  EXPECT_TRUE(this->push(1, 1, today + 2, {}));
  EXPECT_EQ(this->top(1), "");
  EXPECT_EQ(this->top(3), "C:2 D:1");
  EXPECT_TRUE(this->push(1, 1, today + 4, {}));
  EXPECT_EQ(this->top(3), "");
  EXPECT_EQ(this->standing(3, "D"), "-");
}

TYPED_TEST_P(RankingBoardContract, ForgetsDaysThatAreOverWhenTheirPlaceIsTakenAgain) {
  const Day today = contract_today;
  this->start({{product("A"), today - 2, 100}, {product("A"), today - 1, 10}});
  for (std::int32_t passed = 1; passed <= 9; ++passed) {
    EXPECT_TRUE(
        this->push(passed, passed + 1, today + passed, {{product("A"), today + passed, passed}}));
    EXPECT_EQ(this->top(1), fmt::format("A:{}", passed));
  }
  EXPECT_EQ(this->top(3), "A:24");
}

TYPED_TEST_P(RankingBoardContract, IsWhollyReplacedByARebuild) {
  const Day today = contract_today;
  this->start({{product("A"), today, 3}, {product("B"), today, 2}});
  ASSERT_TRUE(
      this->rebuild(ranking::BoardState{{1}, today}, 9, today - 1, {{product("B"), today, 8}}));
  EXPECT_EQ((*this->board().state())->revision, ranking::Revision{9});
  EXPECT_EQ(this->top(3), "");
  EXPECT_TRUE(this->push(9, 10, today, {}));
  EXPECT_EQ(this->top(3), "B:8");
}

// Trap 8.
TYPED_TEST_P(RankingBoardContract, RevivesNothingByALateTotalOfAProductTakenBack) {
  const Day today = contract_today;
  this->start({{product("A"), today, 5}});
  EXPECT_TRUE(this->push(1, 2, today, {{product("A"), today, 0}}));
  EXPECT_FALSE(this->push(1, 2, today, {{product("A"), today, 5}}));
  EXPECT_EQ(this->top(3), "");
}

// Trap 9.
TYPED_TEST_P(RankingBoardContract, LosesNoPushThatCameBetweenARebuildsSnapshotAndItsEnd) {
  const Day today = contract_today;
  this->start({{product("A"), today, 3}});
  const auto before = *this->board().state();
  EXPECT_TRUE(this->push(1, 2, today, {{product("A"), today, 4}}));
  EXPECT_FALSE(this->rebuild(before, 1, today, {{product("A"), today, 3}}));
  EXPECT_FALSE(this->rebuild(std::nullopt, 1, today, {{product("A"), today, 3}}));
  EXPECT_EQ(this->top(3), "A:4");
  EXPECT_EQ((*this->board().state())->revision, ranking::Revision{2});
  EXPECT_TRUE(this->push(2, 2, today + 1, {}));
  EXPECT_FALSE(this->rebuild(ranking::BoardState{{2}, today}, 2, today, {}));
  EXPECT_TRUE(this->rebuild(*this->board().state(), 2, today, {{product("A"), today, 4}}));
  EXPECT_EQ(this->top(3), "A:4");
}

TYPED_TEST_P(RankingBoardContract, IsNotRebuiltOverAStateThatIsGone) {
  EXPECT_FALSE(this->rebuild(ranking::BoardState{{1}, contract_today}, 2, contract_today,
                             {{product("A"), contract_today, 3}}));
  EXPECT_EQ(*this->board().state(), std::nullopt);
  EXPECT_EQ(this->top(3), "unavailable");
}

TYPED_TEST_P(RankingBoardContract, TakesIdsOfEveryLength) {
  const Day today = contract_today;
  this->start({});
  std::vector<ranking::DayTotal> totals;
  for (std::size_t length = 1; length <= shop_id_length_max; ++length) {
    totals.push_back({product(std::string(length, 'x')), today, 5});
  }
  EXPECT_TRUE(this->push(1, 2, today, totals));
  const auto top = this->board().top(1, 100)->scores;
  ASSERT_EQ(top.size(), shop_id_length_max);
  for (std::size_t i = 0; i < top.size(); ++i) {
    EXPECT_EQ(top[i].product.view().size(), shop_id_length_max - i);
  }
}

TYPED_TEST_P(RankingBoardContract, FindsTheNextBestWhenHundredsAreTakenBack) {
  const Day today = contract_today;
  std::vector<ranking::DayTotal> totals;
  for (int i = 0; i < 3'000; ++i) totals.push_back({product(fmt::format("{:04}", i)), today, i});
  this->start(totals);
  std::int64_t revision = 1;
  for (int best = 2'999; best > 200; best -= 50) {
    std::vector<ranking::DayTotal> taken_back;
    for (int i = best; i > best - 50; --i) {
      taken_back.push_back({product(fmt::format("{:04}", i)), today, 0});
    }
    ASSERT_TRUE(this->push(revision, revision + 1, today, taken_back));
    ++revision;
    const auto top = this->board().top(3, 100)->scores;
    ASSERT_EQ(top.size(), 100U);
    EXPECT_EQ(top.front().score, best - 50);
    EXPECT_EQ(top.back().score, best - 149);
  }
}

// Random pushes to a board and to the model; both are compared after each.
class BoardHistory {
 public:
  BoardHistory(ranking::RankingBoard& board, std::uint32_t seed) : board_(board), random_(seed) {
    products_count_ = one_of({5, 150, 700, 2'000});
    score_max_ = one_of({1, 3, 1'000'000});
    totals_max_ = one_of({1, 20, 600});
  }

  void step() {
    const int kind = number(0, 9);
    if (kind == 0 || !model_.where) {
      rebuild();
    } else if (kind == 1) {
      push(revision_ + number(1, 3), today_);  // from where it does not stand
    } else {
      if (kind == 2) today_ = today_ + one_of({1, 1, 1, 2, 3, 4, 5, 9});
      push(revision_, today_);
    }
    compare();
  }

 private:
  int number(int min, int max) { return std::uniform_int_distribution<int>(min, max)(random_); }
  int one_of(std::vector<int> choices) {
    return choices[static_cast<std::size_t>(number(0, static_cast<int>(choices.size()) - 1))];
  }
  ProductId any_product() { return product(fmt::format("p{}", number(1, products_count_))); }

  std::vector<ranking::DayTotal> any_totals(int count) {
    std::vector<ranking::DayTotal> totals;
    std::set<std::pair<Day, ProductId>> chosen;
    const bool falling = number(0, 2) == 0;
    for (int i = 0; i < count; ++i) {
      const Day day = today_ + one_of({-4, -3, -2, -1, 0, 0, 0, 1, 2});
      const ProductId id = any_product();
      if (!chosen.insert({day, id}).second) continue;
      const int total = falling && number(0, 3) > 0 ? number(-2, 0) : number(-1, score_max_);
      totals.push_back({id, day, total});
    }
    return totals;
  }

  void rebuild() {
    const auto totals = any_totals(products_count_ * 2);
    revision_ += number(0, 2);
    const auto replaced = model_.where;
    RC_ASSERT(*board_.rebuild(replaced, {revision_}, today_, totals));
    RC_ASSERT(*model_.rebuild(replaced, {revision_}, today_, totals));
  }

  void push(std::int64_t expected, Day today) {
    const auto totals = any_totals(number(0, totals_max_));
    const ranking::Push push{{expected}, {revision_ + 1}, today, totals};
    const bool pushed = *board_.push(push);
    RC_ASSERT(pushed == *model_.push(push));
    if (pushed) ++revision_;
  }

  void compare() {
    RC_ASSERT((*board_.state())->revision == model_.where->revision);
    RC_ASSERT((*board_.state())->today == model_.where->today);
    for (const std::int32_t days : {1, limits::ranking_window_days}) {
      for (const std::int64_t count : {5, 100}) {
        const auto top = *board_.top(days, count);
        RC_ASSERT(top.scores == model_.top(days, count)->scores);
        RC_ASSERT(top.at == *model_.where);
      }
      const ProductId id = any_product();
      RC_ASSERT(board_.standing(days, id)->rank == model_.standing(days, id)->rank);
      RC_ASSERT(board_.standing(days, id)->score == model_.standing(days, id)->score);
    }
  }

  ranking::RankingBoard& board_;
  FakeRankingBoard model_;
  std::mt19937 random_;
  int products_count_ = 0;
  int score_max_ = 0;
  int totals_max_ = 0;
  std::int64_t revision_ = 1;
  Day today_ = contract_today;
};

TYPED_TEST_P(RankingBoardContract, EqualsTheModelUnderRandomHistories) {
  const bool equal = rc::check([&](std::uint32_t seed) {
    TypeParam fixture;
    BoardHistory history(fixture.board(), seed);
    for (int i = 0; i < 30; ++i) history.step();
  });
  EXPECT_TRUE(equal);
}

REGISTER_TYPED_TEST_SUITE_P(
    RankingBoardContract, IsEmptyUntilItIsRebuilt, KnowsWhereItStands, AddsTheDaysOfAWindow,
    OrdersEqualScoresByDescendingBytesOfTheId, TakesTotalsSoThatPushingThemAgainChangesNothing,
    AppliesNothingOfAPushThatBeginsElsewhere, TakesAProductOffTheListAtZeroOrLessAndBackAboveIt,
    LetsARefundThatCameFirstTakeNothingFromOtherDays, CountsALateSaleInEveryWindowThatHoldsItsDay,
    MovesTheWindowsAtMidnightWithoutASale, ForgetsDaysThatAreOverWhenTheirPlaceIsTakenAgain,
    IsWhollyReplacedByARebuild, RevivesNothingByALateTotalOfAProductTakenBack,
    LosesNoPushThatCameBetweenARebuildsSnapshotAndItsEnd, IsNotRebuiltOverAStateThatIsGone,
    TakesIdsOfEveryLength, FindsTheNextBestWhenHundredsAreTakenBack,
    EqualsTheModelUnderRandomHistories);

}  // namespace rushline::tests
