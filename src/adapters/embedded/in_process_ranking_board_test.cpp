// What is the embedded board's own: readers beside a writer, and memory that days give back.
// What every board must do: tests/contract/ranking_board_contract.hpp.
#include "adapters/embedded/in_process_ranking_board.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "core/limits.hpp"

namespace rushline::embedded {
namespace {

using ranking::DayTotal;

constexpr Day today{20'455};

ProductId product(int number) { return *ProductId::parse(fmt::format("p{}", number)); }

// Every product gets the revision as its total, so that a torn state would show two scores.
std::vector<DayTotal> totals_at(std::int64_t revision, int products) {
  std::vector<DayTotal> totals;
  for (int i = 0; i < products; ++i) totals.push_back({product(i), today, revision});
  return totals;
}

TEST(InProcessRankingBoard, ShowsReadersOneConsistentStateThatNeverGoesBack) {
  constexpr int products = 600;
  constexpr std::int64_t revisions = 60;
  InProcessRankingBoard board;
  ASSERT_TRUE(*board.rebuild(std::nullopt, {1}, today, totals_at(1, products)));
  std::atomic<int> broken = 0;
  const auto read = [&] {
    for (std::int64_t seen = 1; seen < revisions;) {
      const auto top = board.top(3, 100)->scores;
      if (top.size() != 100U || top.front().score < seen) ++broken;
      for (const auto& score : top) {
        if (score.score != top.front().score) ++broken;
      }
      seen = top.front().score;
      const auto standing = *board.standing(1, product(0));  // the last of all
      if (standing.rank != products || standing.score < seen) ++broken;
      if ((*board.state())->revision.value < seen) ++broken;
    }
  };
  std::thread first(read);
  std::thread second(read);
  for (std::int64_t revision = 2; revision <= revisions; ++revision) {
    const auto totals = totals_at(revision, products);
    if (revision % 10 == 0) {
      ASSERT_TRUE(*board.rebuild(*board.state(), {revision}, today, totals));
    } else {
      ASSERT_TRUE(*board.push({{revision - 1}, {revision}, today, totals}));
    }
  }
  first.join();
  second.join();
  EXPECT_EQ(broken, 0);
}

TEST(InProcessRankingBoard, StaysExactWhenProductsOfPastDaysMakeRoomForNewOnes) {
  InProcessRankingBoard board;
  ASSERT_TRUE(*board.rebuild(std::nullopt, {0}, today, {}));
  constexpr int products_a_day = 400;
  for (int passed = 0; passed < 30; ++passed) {
    std::vector<DayTotal> totals;
    for (int i = 0; i < products_a_day; ++i) {
      totals.push_back({product(passed * products_a_day + i), today + passed, i + 1});
    }
    ASSERT_TRUE(*board.push({{passed}, {passed + 1}, today + passed, totals}));
    const auto top = board.top(3, 5)->scores;
    ASSERT_EQ(top.size(), 5U);
    EXPECT_EQ(top[0].score, products_a_day);
    EXPECT_EQ(board.standing(1, product(passed * products_a_day))->rank, products_a_day);
    if (passed >= 3) {
      EXPECT_EQ(board.standing(3, product((passed - 3) * products_a_day))->rank, std::nullopt);
    }
  }
}

TEST(InProcessRankingBoard, GivesMoreThanItKeepsSortedWhenAsked) {
  InProcessRankingBoard board;
  ASSERT_TRUE(*board.rebuild(std::nullopt, {1}, today, totals_at(4, 3'000)));
  const auto all = board.top(1, 5'000)->scores;
  ASSERT_EQ(all.size(), 3'000U);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_GT(all[i - 1].product, all[i].product);
}

}  // namespace
}  // namespace rushline::embedded
