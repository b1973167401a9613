// From the outbox to the lists, over a board that may be lost, ahead, refused or down.
#include "ranking/follower.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "core/limits.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_ranking_board.hpp"
#include "tests/support/fake_sales_store.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::ranking {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class FollowerTest : public ::testing::Test {
 protected:
  FollowerTest() { database_.undoes(store_.state); }

  Result<void> run() { return follower_.run_once(); }
  Day today() const { return calendar_.day_of(clock_.now()); }
  // "B:7 A:3"
  std::string list(std::int32_t days) const {
    const boost::json::value value = body(days);
    std::string text;
    for (const auto& item : value.at("items").as_array()) {
      if (!text.empty()) text += ' ';
      text += item.at("product_id").as_string();
      text += ':' + std::to_string(item.at("score").as_int64());
    }
    return text;
  }
  boost::json::value body(std::int32_t days) const {
    return boost::json::parse(list_.get(days, limits::popular_limit_max)->body);
  }
  bool is_stale() const { return body(3).at("stale").as_bool(); }
  int reads_of_the_store() const {
    return store_.calls.changes + store_.calls.top + store_.calls.labels;
  }

  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  tests::ManualClock clock_{calendar_.start_of(Day{20'455}) + hours{22}};
  tests::FakeDatabase database_{clock_};
  tests::FakeSalesStore store_;
  tests::FakeRankingBoard board_;
  PopularList list_{"Asia/Seoul"};
  Follower follower_{database_, store_, board_, list_, calendar_, clock_};
};

TEST_F(FollowerTest, FillsTheListsFromTheTotalsAtTheFirstCall) {
  store_.state.totals[{today(), tests::product("A")}] = {4, {3}};
  store_.state.totals[{today() - 2, tests::product("B")}] = {9, {1}};
  store_.state.totals[{today() - 3, tests::product("B")}] = {90, {1}};
  store_.state.record = {{3}, clock_.now(), 0};
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(1), "A:4");
  EXPECT_EQ(list(3), "B:9 A:4");
  EXPECT_EQ(body(3).at("source").as_string(), "board");
  EXPECT_TRUE(list_.published());
}

TEST_F(FollowerTest, PublishesEvenWhenNothingWasEverSold) {
  ASSERT_TRUE(run().has_value());
  EXPECT_TRUE(list_.published());
  EXPECT_FALSE(is_stale());
  EXPECT_EQ(body(3).at("window").at("to").as_string(), to_iso_date(today()));
}

TEST_F(FollowerTest, BringsASaleToTheListsWithItsLabel) {
  ASSERT_TRUE(run().has_value());
  store_.name("A", "Tea", 1'500);
  store_.sell("A", 2, today());
  store_.sell("B", 1, today());
  clock_.advance(seconds{1});
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(1), "A:2 B:1");
  const auto items = body(3).at("items").as_array();
  EXPECT_EQ(items[0].at("name").as_string(), "Tea");
  EXPECT_EQ(items[0].at("price").as_int64(), 1'500);
  EXPECT_TRUE(items[1].at("name").is_null());
  EXPECT_EQ(body(3).at("as_of").as_string(), to_rfc3339(clock_.now()));
}

TEST_F(FollowerTest, PushesOnlyWhatChanged) {
  for (const char* id : {"A", "B", "C"}) store_.sell(id, 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 1);
  store_.sell("B", 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.pushes, 1);
  EXPECT_EQ(board_.last_totals, 1U);
  EXPECT_EQ(list(3), "B:2 C:1 A:1");
}

TEST_F(FollowerTest, DoesNothingButOneSmallReadWhenNothingChanged) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  const auto bytes = list_.get(3, 5);
  const int reads = reads_of_the_store();
  board_.down = true;  // it is not even asked
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(run().has_value());
  EXPECT_EQ(reads_of_the_store(), reads);
  EXPECT_EQ(list_.get(3, 5)->etag, bytes->etag);
}

TEST_F(FollowerTest, ShowsANewNameWithoutASale) {
  store_.name("A", "Tea", 1'500);
  store_.sell("A", 2, today());
  ASSERT_TRUE(run().has_value());
  store_.name("A", "Green tea", 1'600);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(body(3).at("items").at(0).at("name").as_string(), "Green tea");
  EXPECT_EQ(board_.pushes, 0);
}

TEST_F(FollowerTest, FoldsABacklogOfManyBatches) {
  const auto rows = static_cast<std::int64_t>(limits::fold_rows_max) * 3 + 1;
  for (std::int64_t i = 0; i < rows; ++i) store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:" + std::to_string(rows));
  EXPECT_EQ(store_.state.record.revision, Revision{4});
}

TEST_F(FollowerTest, MovesTheWindowsAtMidnightWithoutASale) {
  store_.sell("A", 3, today());
  store_.sell("B", 1, today() + 1);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(1), "A:3");
  clock_.advance(hours{3});
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(1), "B:1");
  EXPECT_EQ(list(3), "A:3 B:1");
  EXPECT_EQ(body(1).at("window").at("to").as_string(), to_iso_date(today()));
  EXPECT_EQ(board_.rebuilds, 1);
  clock_.advance(hours{72});
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "");
}

TEST_F(FollowerTest, CountsSalesOfDaysThatTheBoardDidNotKeepWhenTheyWereFolded) {
  store_.sell("A", 3, today() + 2);
  store_.sell("B", 5, today() + 3);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "");
  clock_.advance(hours{48});
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:3");
  clock_.advance(hours{24});
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "B:5 A:3");
  EXPECT_EQ(board_.rebuilds, 1);
}

TEST_F(FollowerTest, AddsALateSaleToEveryWindowThatHoldsItsDay) {
  ASSERT_TRUE(run().has_value());
  store_.sell("A", 3, today() - 2);
  store_.sell("B", 3, today() - 3);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(1), "");
  EXPECT_EQ(list(3), "A:3");
  EXPECT_EQ(store_.state.totals.size(), 2U);
}

// Trap 8: totals are absolute and carry their revision, so what comes late cannot revive anything.
TEST_F(FollowerTest, KeepsAProductOffTheListThatWasTakenBack) {
  store_.sell("A", 3, today());
  ASSERT_TRUE(run().has_value());
  store_.sell("A", -3, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "");
  board_.where.reset();
  store_.sell("B", 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "B:1");
}

// Trap 10.
TEST_F(FollowerTest, TakesARefundThatIsFoldedBeforeItsPurchase) {
  store_.sell("A", -2, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "");
  store_.sell("A", 5, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:3");
}

// Trap 7: the process died after the fold's commit; a new one finds the board behind.
TEST_F(FollowerTest, MakesUpForACrashBetweenFoldAndPush) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  store_.sell("A", 1, today());
  const auto folded = database_.write_and_wait(
      [&](Transaction& transaction) { return fold_sales(transaction, store_); });
  ASSERT_TRUE(folded.has_value());
  PopularList list("Asia/Seoul");
  Follower next(database_, store_, board_, list, calendar_, clock_);
  ASSERT_TRUE(next.run_once().has_value());
  EXPECT_EQ(board_.rebuilds, 1);
  EXPECT_NE(list.get(1, 5)->body.find(R"("score":2)"), std::string::npos);
}

TEST_F(FollowerTest, RebuildsABoardThatWasEmptied) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  board_.where.reset();
  store_.sell("B", 2, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(list(3), "B:2 A:1");
}

TEST_F(FollowerTest, RebuildsABoardThatIsAboveTheRecord) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  board_.where->revision = {99};
  store_.sell("B", 2, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(list(3), "B:2 A:1");
  EXPECT_EQ(board_.where->revision, Revision{2});
}

TEST_F(FollowerTest, LooksAgainWhenAPushIsRefused) {
  ASSERT_TRUE(run().has_value());
  board_.refusals = 1;
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.pushes, 1);
  EXPECT_EQ(board_.rebuilds, 1);
  EXPECT_EQ(list(3), "A:1");
}

TEST_F(FollowerTest, RebuildsABoardThatKeepsRefusing) {
  ASSERT_TRUE(run().has_value());
  board_.refusals = 1'000;
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(list(3), "A:1");
}

TEST_F(FollowerTest, LooksAgainWhenARebuildIsRefused) {
  store_.sell("A", 3, today());
  board_.rebuild_refusals = 1;
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:3");
}

TEST_F(FollowerTest, GivesUpForNowWhenOthersKeepMovingTheBoard) {
  store_.sell("A", 3, today());
  board_.rebuild_refusals = limits::follow_attempts_max;
  EXPECT_EQ(run().error().code, Errc::unavailable);
  EXPECT_TRUE(is_stale());
  ASSERT_TRUE(run().has_value());
  EXPECT_FALSE(is_stale());
}

TEST_F(FollowerTest, RebuildsWhenMoreChangedThanOnePushTakes) {
  ASSERT_TRUE(run().has_value());
  const auto few = static_cast<int>(limits::board_push_totals_max);
  for (int i = 0; i < few; ++i) store_.sell("p" + std::to_string(i), 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.pushes, 1);
  for (int i = 0; i <= few; ++i) store_.sell("p" + std::to_string(i), 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.pushes, 1);
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(board_.last_totals, limits::board_push_totals_max + 1);
}

TEST_F(FollowerTest, KeepsTheDayOfABoardThatAnotherServerMovedOverMidnight) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  board_.where->today = today() + 1;
  store_.sell("B", 2, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 1);
  EXPECT_EQ(list(1), "");
  EXPECT_EQ(list(3), "B:2 A:1");
}

TEST_F(FollowerTest, RebuildsABoardWhoseDayIsFarAhead) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  board_.where->today = today() + 300;
  store_.sell("B", 2, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(list(1), "B:2 A:1");
}

TEST_F(FollowerTest, ShowsListsFromTheTotalsMarkedStaleWhileTheBoardIsDown) {
  store_.name("A", "Tea", 1'500);
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  board_.down = true;
  store_.sell("B", 2, today() - 1);
  const auto outcome = run();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code, Errc::unavailable);
  EXPECT_TRUE(is_stale());
  EXPECT_EQ(body(3).at("source").as_string(), "database");
  EXPECT_EQ(list(1), "A:1");
  EXPECT_EQ(list(3), "B:2 A:1");
  EXPECT_EQ(body(3).at("items").at(1).at("name").as_string(), "Tea");

  board_.down = false;
  ASSERT_TRUE(run().has_value());
  EXPECT_FALSE(is_stale());
  EXPECT_EQ(list(3), "B:2 A:1");
}

TEST_F(FollowerTest, SparesTheDatabaseWhileTheBoardIsDown) {
  board_.down = true;
  for (int i = 0; i < 10; ++i) {
    store_.sell("A", 1, today());
    EXPECT_TRUE(run().has_error());
    clock_.advance(limits::list_poll_interval);
  }
  EXPECT_EQ(store_.calls.top, 2);  // one look, two windows
  EXPECT_EQ(list(3), "A:1");
  clock_.advance(limits::list_fallback_interval);
  EXPECT_TRUE(run().has_error());
  EXPECT_EQ(list(3), "A:10");
}

TEST_F(FollowerTest, LeavesTheListsAloneWhileTheDatabaseIsDown) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  const auto bytes = list_.get(3, 5);
  store_.sell("A", 1, today());
  database_.refuse(Errc::unavailable);
  EXPECT_EQ(run().error().code, Errc::unavailable);
  EXPECT_EQ(list_.get(3, 5)->body, bytes->body);
  database_.refuse(std::nullopt);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:2");
}

TEST_F(FollowerTest, TellsHowManySalesItFoundAndHowLongTheyTook) {
  ASSERT_TRUE(run().has_value());
  for (const char* id : {"A", "B", "A"}) store_.sell(id, 1, today());
  store_.state.written_at = clock_.now();
  clock_.advance(seconds{2});
  ASSERT_TRUE(run().has_value());
  const FollowerCounts counts = follower_.counts();
  EXPECT_EQ(counts.outbox_rows, 3);
  EXPECT_EQ(counts.outbox_age, seconds{2});
  EXPECT_EQ(counts.clock_offset, seconds{0});
  EXPECT_EQ(counts.followed_at, clock_.monotonic());
  EXPECT_EQ(counts.folds.count(), 1);
  EXPECT_EQ(counts.folds.sum, 3);
  for (const auto* stage : {&counts.to_fold, &counts.to_board, &counts.to_list}) {
    EXPECT_EQ(stage->count(), 1);
    EXPECT_EQ(stage->sum, 2'000'000);
  }
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(follower_.counts().outbox_rows, 0);
  EXPECT_EQ(follower_.counts().outbox_age, seconds{0});
  EXPECT_EQ(follower_.counts().to_list.count(), 1);
}

TEST_F(FollowerTest, TimesASaleToTheBoardFromItsOwnMomentAlsoWhenTheBoardWasAway) {
  ASSERT_TRUE(run().has_value());
  const auto followed_at = follower_.counts().followed_at;
  store_.sell("A", 1, today());
  store_.state.written_at = clock_.now();
  board_.down = true;
  clock_.advance(seconds{1});
  EXPECT_TRUE(run().has_error());
  EXPECT_EQ(follower_.counts().to_list.sum, 1'000'000);  // from the totals
  EXPECT_EQ(follower_.counts().to_board.count(), 0);
  EXPECT_EQ(follower_.counts().followed_at, followed_at);
  board_.down = false;
  clock_.advance(seconds{5});
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(follower_.counts().to_board.sum, 6'000'000);
  EXPECT_EQ(follower_.counts().to_list.count(), 1);
  EXPECT_EQ(follower_.counts().followed_at, clock_.monotonic());
}

TEST_F(FollowerTest, FoldsExactlyOnceWhenACommitFails) {
  ASSERT_TRUE(run().has_value());
  store_.sell("A", 2, today());
  database_.fail_next_commit(Errc::timed_out);
  EXPECT_EQ(run().error().code, Errc::timed_out);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:2");
}

}  // namespace
}  // namespace rushline::ranking
