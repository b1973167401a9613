// A board that has lost something, or takes no push: it is brought back, while sales go on.
#include <fmt/format.h>

#include "tests/support/follower_under_test.hpp"

namespace rushline::ranking {
namespace {

using FollowerOfALostBoard = tests::FollowerUnderTest;

TEST_F(FollowerOfALostBoard, RebuildsABoardThatWasEmptiedAlthoughNothingIsSold) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  const std::string etag = list_.get(3, 5)->etag;
  board_.where.reset();
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(list_.get(3, 5)->etag, etag);
}

TEST_F(FollowerOfALostBoard, BringsABoardForwardThatLostItsLastPushes) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  const auto before = board_.where;
  store_.sell("B", 2, today());
  ASSERT_TRUE(run().has_value());
  board_.where = before;
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 1);
  EXPECT_EQ(board_.pushes, 2);
  EXPECT_EQ(board_.where->revision, Revision{2});
}

TEST_F(FollowerOfALostBoard, RebuildsABoardThatWasEmptied) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  board_.where.reset();
  store_.sell("B", 2, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(list(3), "B:2 A:1");
}

TEST_F(FollowerOfALostBoard, RebuildsABoardThatIsAboveTheRecord) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  board_.where->revision = {99};
  store_.sell("B", 2, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(list(3), "B:2 A:1");
  EXPECT_EQ(board_.where->revision, Revision{2});
}

TEST_F(FollowerOfALostBoard, LooksAgainWhenAPushIsRefused) {
  ASSERT_TRUE(run().has_value());
  board_.refusals = 1;
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.pushes, 1);
  EXPECT_EQ(board_.rebuilds, 1);
  EXPECT_EQ(list(3), "A:1");
}

TEST_F(FollowerOfALostBoard, RebuildsABoardThatKeepsRefusing) {
  ASSERT_TRUE(run().has_value());
  board_.refusals = 1'000;
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(list(3), "A:1");
}

TEST_F(FollowerOfALostBoard, LooksAgainWhenARebuildIsRefused) {
  store_.sell("A", 3, today());
  board_.rebuild_refusals = 1;
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(list(3), "A:3");
}

TEST_F(FollowerOfALostBoard, RebuildsWhenMoreChangedThanOnePushTakes) {
  ASSERT_TRUE(run().has_value());
  const auto set_all = [&](std::size_t count) {
    ++store_.state.record.revision.value;
    for (std::size_t i = 0; i < count; ++i) {
      store_.state.totals[{today(), tests::product("p" + std::to_string(i))}] = {
          1, store_.state.record.revision};
    }
  };
  set_all(limits::board_push_totals_max);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.pushes, 1);
  set_all(limits::board_push_totals_max + 1);
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.pushes, 1);
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(board_.last_totals, limits::board_push_totals_max + 1);
}

// Pages of different lengths, and what is sold while they are read: before the page's place and
// after it, more and less than before.
TEST_F(FollowerOfALostBoard, RebuildsALargeBoardWhileSalesGoOn) {
  const auto page = static_cast<int>(limits::totals_page_max);
  for (int i = 0; i < page * 2 + 7; ++i) {
    const auto id = tests::product(fmt::format("p{:06}", i));
    store_.state.totals[{today(), id}] = {i + 1, {1}};
    if (i % 3 == 0) store_.state.totals[{today() - 1, id}] = {2, {1}};
  }
  store_.state.record = {{1}, clock_.now(), 0};
  int sold = 0;
  board_.on_fill = [&] {
    store_.sell(fmt::format("p{:06}", sold * 1'000), 100'000, today());
    store_.sell(fmt::format("new{}", sold), 500'000 + sold, today() - 2);
    store_.sell("p010000", -10'001, today());
    clock_.advance(limits::rebuild_turn_max);
    ++sold;
  };
  ASSERT_TRUE(*follower_.run_once()) << "a rebuild takes several turns";
  EXPECT_TRUE(follower_.counts().is_rebuilding);
  EXPECT_TRUE(is_stale());
  EXPECT_GT(body(3).at("items").as_array().size(), 0U) << "lists do not wait for the board";
  ASSERT_TRUE(run().has_value());
  EXPECT_GT(sold, 2);
  EXPECT_FALSE(is_stale());
  EXPECT_EQ(follower_.counts().rebuilds, 1);
  EXPECT_FALSE(follower_.counts().is_rebuilding);
  for (const std::int32_t days : {1, 3}) {
    tests::FakeTransaction transaction(clock_.now());
    const auto expected = *store_.top(transaction, {today(), days}, 100'000);
    EXPECT_EQ(board_.top(days, 100'000)->scores, expected);
  }
}

TEST_F(FollowerOfALostBoard, BeginsARebuildAnewThatCannotGoOn) {
  for (int i = 0; i < 10; ++i) store_.sell(fmt::format("p{}", i), 1, today());
  board_.on_fill = [&] { board_.down = true; };
  EXPECT_TRUE(run().has_error());
  board_.on_fill = nullptr;
  board_.down = false;
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 1);
  EXPECT_EQ(board_.last_totals, 10U);
}

TEST_F(FollowerOfALostBoard, RebuildsABoardWhoseDayIsFarAhead) {
  store_.sell("A", 1, today());
  ASSERT_TRUE(run().has_value());
  board_.where->today = today() + 300;
  store_.sell("B", 2, today());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(board_.rebuilds, 2);
  EXPECT_EQ(list(1), "B:2 A:1");
}

}  // namespace
}  // namespace rushline::ranking
