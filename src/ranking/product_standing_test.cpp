// The rank of a product: from the board, and what is told without one.
#include "ranking/product_standing.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_ranking_board.hpp"
#include "tests/support/fake_sales_store.hpp"
#include "tests/support/fake_transaction.hpp"

namespace rushline::ranking {
namespace {

class ProductStandingTest : public ::testing::Test {
 protected:
  ProductStandingTest() {
    const std::vector<DayTotal> totals{{tests::product("A"), today_, 5},
                                       {tests::product("B"), today_, 9}};
    EXPECT_TRUE(*board_.rebuild(std::nullopt, {1}, today_, totals));
    store_.state.totals[{today_, tests::product("A")}] = {6, {2}};
    store_.state.totals[{today_ - 1, tests::product("A")}] = {4, {2}};
    store_.state.totals[{today_ - 3, tests::product("A")}] = {90, {2}};
  }

  Standing of(std::int32_t days, std::string_view id) {
    tests::FakeTransaction transaction(calendar_.start_of(today_));
    return *standing_.of(transaction, days, tests::product(id));
  }

  const Day today_{20'455};
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  tests::FakeRankingBoard board_;
  PopularList list_{"Asia/Seoul"};
  tests::FakeSalesStore store_;
  ProductStanding standing_{board_, list_, store_, calendar_};
};

TEST_F(ProductStandingTest, IsTheBoards) {
  EXPECT_EQ(of(3, "A").rank, 2);
  EXPECT_EQ(of(3, "A").score, 5);
  EXPECT_EQ(of(3, "nowhere").rank, std::nullopt);
}

TEST_F(ProductStandingTest, IsThatOfTheListWhileTheBoardIsAway) {
  board_.down = true;
  list_.publish({.window = {today_, 3},
                 .record = {},
                 .source = ListSource::database,
                 .confirmed_at = {},
                 .items = {{tests::product("B"), 9, {}, {}}, {tests::product("A"), 8, {}, {}}}});
  EXPECT_EQ(of(3, "A").rank, 2);
  EXPECT_EQ(of(3, "A").score, 8);
}

TEST_F(ProductStandingTest, IsAScoreByTheRecordForWhatIsNotOnTheListEither) {
  board_.down = true;
  EXPECT_EQ(of(3, "A").rank, std::nullopt);
  EXPECT_EQ(of(3, "A").score, 10);
  EXPECT_EQ(of(1, "A").score, 6);
  EXPECT_EQ(of(3, "nowhere").score, 0);
}

TEST_F(ProductStandingTest, IsNoneOfABoardThatIsEmpty) {
  board_.where.reset();
  EXPECT_EQ(of(3, "A").score, 10);
}

}  // namespace
}  // namespace rushline::ranking
