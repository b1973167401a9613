// The board, the database or the follower's turn at the board is away: what lists say meanwhile.
#include "tests/support/follower_under_test.hpp"

namespace rushline::ranking {
namespace {

using std::chrono::hours;

using FollowerAlone = tests::FollowerUnderTest;

TEST_F(FollowerAlone, GivesUpForNowWhenOthersKeepMovingTheBoard) {
  store_.sell("A", 3, today());
  board_.rebuild_refusals = limits::follow_attempts_max;
  ASSERT_TRUE(run().has_value());
  EXPECT_TRUE(is_stale());
  EXPECT_EQ(list(3), "A:3");
  ASSERT_TRUE(run().has_value());
  EXPECT_FALSE(is_stale());
}

TEST_F(FollowerAlone, ShowsWhatItHasWhileAnotherServerMovesTheBoardForAMoment) {
  store_.sell("A", 3, today());
  ASSERT_TRUE(run().has_value());
  store_.sell("A", 1, today());
  board_.refusals = 1'000;
  board_.rebuild_refusals = 1'000;
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:3");
  EXPECT_FALSE(is_stale());
  wait_unconfirmed();
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:4");
  EXPECT_TRUE(is_stale());
}

TEST_F(FollowerAlone, ShowsListsFromTheTotalsMarkedStaleWhileTheBoardIsDown) {
  store_.name("A", "Tea", 1'500);
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  board_.down = true;
  store_.sell("B", 2, today() - 1);
  EXPECT_TRUE(run().has_error());
  EXPECT_EQ(list(3), "A:1") << "the last good list, for a moment";
  wait_unconfirmed();
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

TEST_F(FollowerAlone, SaysThatAListIsStaleAlthoughNothingIsSoldWhileTheBoardIsDown) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  const std::string etag = list_.get(3, 5)->etag;
  board_.down = true;
  for (int i = 0; i < 40; ++i) {
    clock_.advance(limits::list_poll_interval);
    list_.watch(clock_.monotonic());
    EXPECT_TRUE(run().has_error());
  }
  EXPECT_TRUE(is_stale());
  EXPECT_EQ(body(3).at("source").as_string(), "database");
  EXPECT_NE(list_.get(3, 5)->etag, etag);
  EXPECT_EQ(store_.calls.top, 2) << "one look is enough";
  EXPECT_EQ(list_.get(3, 5)->stale_since, clock_.monotonic());
  board_.down = false;
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list_.get(3, 5)->etag, etag);
}

TEST_F(FollowerAlone, SparesTheDatabaseWhileTheBoardIsDown) {
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

TEST_F(FollowerAlone, LeavesTheListsAloneWhileTheDatabaseIsDown) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  const auto bytes = list_.get(3, 5);
  store_.sell("A", 1, today());
  database_.refuse(Errc::unavailable);
  EXPECT_EQ(run().error().code, Errc::unavailable);
  EXPECT_EQ(list_.get(3, 5)->body, bytes->body);
  const Monotonic confirmed_at = clock_.monotonic();
  wait_unconfirmed();
  EXPECT_EQ(run().error().code, Errc::unavailable);
  EXPECT_EQ(list(3), "A:1");
  EXPECT_TRUE(is_stale());
  EXPECT_EQ(body(3).at("source").as_string(), "board");
  EXPECT_EQ(list_.get(3, 5)->stale_since, confirmed_at);
  EXPECT_NE(list_.get(3, 5)->etag, bytes->etag);
  database_.refuse(std::nullopt);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:2");
}

TEST_F(FollowerAlone, SaysWhichDayAListIsOfThatCouldNotBeMovedAtMidnight) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  const Day yesterday = today();
  database_.refuse(Errc::unavailable);
  clock_.advance(hours{3});
  list_.watch(clock_.monotonic());
  EXPECT_TRUE(run().has_error());
  EXPECT_EQ(body(1).at("window").at("to").as_string(), to_iso_date(yesterday));
  EXPECT_TRUE(body(1).at("stale").as_bool());
}

TEST_F(FollowerAlone, ShowsNoEarlierDayWithoutTheBoardThanWithIt) {
  store_.sell("A", 1, today());
  store_.sell("B", 2, today() + 1);
  ASSERT_TRUE(run().has_value());
  board_.where->today = today() + 1;  // by a server whose clock is ahead
  store_.sell("C", 3, today() + 1);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(1), "C:3 B:2");
  board_.down = true;
  wait_unconfirmed();
  EXPECT_TRUE(run().has_error());
  EXPECT_TRUE(is_stale());
  EXPECT_EQ(list(1), "C:3 B:2");
}

}  // namespace
}  // namespace rushline::ranking
