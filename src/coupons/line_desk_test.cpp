// How long a line waits is known without remembering its places one by one.
#include "coupons/line_desk.hpp"

#include <gtest/gtest.h>

#include "tests/support/coupon_samples.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;

constexpr Monotonic start{1h};

// A line through which `given` places went to requests of this server, one batch of them at a time.
class WaitingDesk : public testing::Test {
 protected:
  WaitingDesk() {
    row_ = tests::sample_event(1'000'000);
    row_.mode = Mode::redis;
    learn(0, start);
  }
  void give(std::int64_t last, Monotonic now, std::int64_t unwatched = 0) {
    desk_.note_line_size(last - row_.mark.value, now);
    desk_.note_given({Sequence{last}, now - 10ms, now, 100, unwatched});
  }
  void learn(std::int64_t mark, Monotonic now) {
    row_.mark = Sequence{mark};
    desk_.learn(row_, Timestamp{now.time_since_epoch() / 1us * 1us}, now, now);
  }

  CouponEvent row_;
  LineDesk desk_;
};

TEST_F(WaitingDesk, ALongLineThatMovesIsNotStillHoweverLongItsFirstHasWaited) {
  for (int second = 0; second < 50; ++second) give(100 * (second + 1), start + second * 1s);
  for (int second = 50; second < 90; ++second) {
    const Monotonic now = start + second * 1s;
    learn(100 * (second - 49), now);
    EXPECT_EQ(desk_.still_since(), now);
    EXPECT_EQ(desk_.waiting_since(), start + (second - 49) * 1s - 10ms);
  }
}

TEST_F(WaitingDesk, ALineThatDoesNotMoveIsStillThoughPlacesComeIn) {
  for (int second = 0; second < 50; ++second) give(100 * (second + 1), start + second * 1s);
  learn(0, start + 50s);
  EXPECT_EQ(desk_.still_since(), start);
  EXPECT_EQ(desk_.waiting_since(), start - 10ms);
}

TEST_F(WaitingDesk, AnEmptyOrPausedLineIsNotStillAndOneThatResumesBeginsAnew) {
  EXPECT_FALSE(desk_.still_since());
  give(100, start);
  row_.paused = true;
  learn(0, start + 1s);
  EXPECT_FALSE(desk_.still_since());
  EXPECT_FALSE(desk_.waiting_since());
  row_.paused = false;
  learn(0, start + 100s);
  EXPECT_EQ(desk_.still_since(), start + 100s);
  EXPECT_TRUE(desk_.take_settled(Sequence{100}).empty()) << "the wait was on purpose";
}

TEST_F(WaitingDesk, GivesTheSamplesThatAMarkHasPassedOnce) {
  give(100, start, 7);
  give(200, start + 1s);
  EXPECT_TRUE(desk_.take_settled(Sequence{99}).empty());
  const auto settled = desk_.take_settled(Sequence{150});
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].given, start);
  EXPECT_EQ(settled[0].unwatched, 7);
  EXPECT_TRUE(desk_.take_settled(Sequence{150}).empty());
  EXPECT_EQ(desk_.take_settled(Sequence{200}).size(), 1U);
}

TEST_F(WaitingDesk, KeepsAFewSamplesOfAnyLineAndLosesNoPlace) {
  constexpr int batches = 10'000;
  for (int i = 0; i < batches; ++i) give(100 * (i + 1), start + i * 10ms, 1);
  // The wait of the first above any mark is off by less than a fiftieth of the whole time.
  for (int i = 0; i < batches; i += 997) {
    learn(100 * i, start + 200s);
    const Monotonic exact = start + i * 10ms - 10ms;
    EXPECT_LE(*desk_.waiting_since(), exact);
    EXPECT_GE(*desk_.waiting_since(), exact - 2s);
  }
  std::int64_t places = 0;
  std::int64_t unwatched = 0;
  const auto settled = desk_.take_settled(Sequence{100 * batches});
  for (const LineSample& sample : settled) {
    places += sample.places;
    unwatched += sample.unwatched;
  }
  EXPECT_LE(settled.size(), limits::line_samples_max);
  EXPECT_EQ(places, 100 * batches);
  EXPECT_EQ(unwatched, batches);
}

}  // namespace
}  // namespace rushline::coupons
