// From the outbox to the lists: folding, following, days, names.
#include "tests/support/follower_under_test.hpp"

namespace rushline::ranking {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

using FollowerTest = tests::FollowerUnderTest;

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
  const int commits = database_.commits();
  for (int i = 0; i < 10; ++i) {
    clock_.advance(limits::list_poll_interval);
    list_.watch(clock_.monotonic());
    ASSERT_TRUE(run().has_value());
  }
  EXPECT_EQ(reads_of_the_store(), reads);
  EXPECT_EQ(database_.commits(), commits);
  EXPECT_EQ(list_.get(3, 5), bytes);
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

TEST_F(FollowerTest, LabelsAListThatAnotherServerMovedOnWithWhatItIs) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  store_.sell("B", 5, today());
  PopularList other_list("Asia/Seoul");
  Follower other(database_, store_, board_, other_list, calendar_, clock_);
  board_.after_push = [&] {
    board_.after_push = nullptr;
    store_.sell("C", 9, today());
    ASSERT_TRUE(other.run_once().has_value());
  };
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "C:9 B:5 A:1");
  EXPECT_EQ(list_.get(3, 5)->etag.substr(0, 3), "\"3-");
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
  clock_.advance(seconds{2});
  EXPECT_TRUE(run().has_error());
  EXPECT_EQ(follower_.counts().to_list.sum, 2'000'000);  // from the totals
  EXPECT_EQ(follower_.counts().to_board.count(), 0);
  EXPECT_EQ(follower_.counts().followed_at, followed_at);
  board_.down = false;
  clock_.advance(seconds{5});
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(follower_.counts().to_board.sum, 7'000'000);
  EXPECT_EQ(follower_.counts().to_list.count(), 1);
  EXPECT_EQ(follower_.counts().followed_at, clock_.monotonic());
}

TEST_F(FollowerTest, LetsASaleAgeThatCannotBeFolded) {
  ASSERT_TRUE(run().has_value());
  store_.state.written_at = clock_.now();
  store_.sell("A", 2, today());
  for (int tries = 1; tries <= 3; ++tries) {
    clock_.advance(seconds{5});
    database_.fail_next_commit(Errc::timed_out);
    EXPECT_TRUE(run().has_error());
    EXPECT_EQ(follower_.counts().outbox_age, seconds{5 * tries});
    EXPECT_EQ(follower_.counts().outbox_rows, 1);
  }
  // Read between two tries, or while one hangs.
  clock_.advance(seconds{3});
  EXPECT_EQ(follower_.counts().outbox_age, seconds{18});
  ASSERT_TRUE(run().has_value());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(follower_.counts().outbox_age, seconds{0});
  EXPECT_EQ(follower_.counts().outbox_rows, 0);
}

TEST_F(FollowerTest, LetsWhatIsLeftOfABacklogAgeWhenTheNextFoldFails) {
  ASSERT_TRUE(run().has_value());
  store_.state.written_at = clock_.now();
  for (std::size_t i = 0; i <= limits::fold_rows_max; ++i) store_.sell("A", 1, today());
  clock_.advance(seconds{1});
  store_.held_from = Revision{1};
  EXPECT_TRUE(run().has_error());
  clock_.advance(seconds{4});
  EXPECT_EQ(follower_.counts().outbox_age, seconds{5});
}

TEST_F(FollowerTest, CountsFromTheLastLookWhileTheOutboxCannotBeLookedAt) {
  ASSERT_TRUE(run().has_value());
  clock_.advance(limits::list_poll_interval);
  EXPECT_EQ(follower_.counts().outbox_age, seconds{0});
  ASSERT_TRUE(run().has_value());
  store_.state.is_away = true;
  for (int tries = 1; tries <= 3; ++tries) {
    clock_.advance(seconds{5});
    EXPECT_TRUE(run().has_error());
    EXPECT_EQ(follower_.counts().outbox_age, seconds{5 * tries});
  }
  store_.state.is_away = false;
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(follower_.counts().outbox_age, seconds{0});
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
