// An event leaves the line once per loss, comes back by one server at a time, and is patient with a
// Redis that does not hold.
#include "coupons/epochs.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/coupon_samples.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp noon{1'700'000'000s};
constexpr Monotonic start{1'000s};

CouponEvent in_line(std::int64_t epoch) {
  CouponEvent event = tests::sample_event(10);
  event.mode = Mode::redis;
  event.epoch = event.line_epoch = {epoch};
  event.replid = "abc";
  return event;
}

CouponEvent direct(std::int64_t epoch) {
  CouponEvent event = tests::sample_event(10);
  event.epoch = {epoch};
  return event;
}

TEST(Epochs, TheFirstToSeeTheLossTakesTheEventOutOfTheLine) {
  const auto left = leave_line(in_line(4), {4});
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->mode, Mode::direct);
  EXPECT_EQ(left->epoch, Epoch{5});
  EXPECT_EQ(left->line_epoch, Epoch{4});  // its places may survive
  EXPECT_EQ(leave_line(*left, {4}), std::nullopt);
}

TEST(Epochs, WhoSawAnOlderEpochChangesNothing) {
  EXPECT_EQ(leave_line(in_line(6), {4}), std::nullopt);
  EXPECT_EQ(prepare_line(direct(6), {4}, "abc", noon), std::nullopt);
  EXPECT_EQ(open_line(direct(6), {5}), std::nullopt);
}

TEST(Epochs, OnlyOneOfTwoInstallersGetsAnEpoch) {
  const auto first = prepare_line(direct(5), {5}, "abc", noon);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->epoch, Epoch{6});
  EXPECT_EQ(first->mode, Mode::direct);
  EXPECT_EQ(first->replid, "abc");
  EXPECT_EQ(prepare_line(*first, {5}, "def", noon), std::nullopt);
}

TEST(Epochs, TheLineOpensInTheEpochItWasInstalledFor) {
  const auto opened = open_line(*prepare_line(direct(5), {5}, "abc", noon), {6});
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->mode, Mode::redis);
  EXPECT_EQ(opened->line_epoch, Epoch{6});
}

TEST(Epochs, NoLineIsInstalledWhileARaiseIsPending) {
  CouponEvent event = direct(5);
  event.issued = event.quantity;
  event = *raise_quantity(event, 20, noon);
  EXPECT_EQ(prepare_line(event, event.epoch, "abc", noon + 999ms), std::nullopt);
  const auto prepared = prepare_line(event, event.epoch, "abc", noon + 1s);
  ASSERT_TRUE(prepared.has_value());
  EXPECT_EQ(prepared->quantity, 20);
}

TEST(Epochs, ANewRoundKeepsNoLine) {
  CouponEvent event = in_line(4);
  event.issued = event.quantity;
  const CouponEvent raised = *raise_quantity(event, 20, noon);
  EXPECT_EQ(raised.line_epoch, Epoch{0});
  EXPECT_EQ(raised.epoch, Epoch{5});
  EXPECT_EQ(raised.mode, Mode::direct);
}

TEST(Epochs, NoLineForAnEventInWhichNothingIsToBeDecided) {
  CouponEvent closed = direct(5);
  closed.closed_at = noon;
  EXPECT_FALSE(may_have_line(closed, noon));
  CouponEvent sold_out = direct(5);
  sold_out.issued = sold_out.quantity;
  EXPECT_FALSE(may_have_line(sold_out, noon));
  EXPECT_TRUE(may_have_line(direct(5), noon));
}

TEST(Epochs, RowsAreOrderedByWhatOnlyRises) {
  CouponEvent event = direct(5);
  CouponEvent later = *prepare_line(event, {5}, "abc", noon);
  EXPECT_TRUE(is_newer(later, event));
  event = later;
  later = *open_line(event, {6});
  EXPECT_TRUE(is_newer(later, event));
  event = later;
  later.mark = {7};
  EXPECT_TRUE(is_newer(later, event));
  EXPECT_FALSE(is_newer(event, later));
  EXPECT_FALSE(is_newer(event, event));
}

TEST(LineReturn, ANewEventGetsItsLineAtOnceIfRedisIsThere) {
  LineReturn back;
  back.saw_direct(start);
  EXPECT_TRUE(back.is_due(start, start, true));
  EXPECT_FALSE(back.is_due(start, std::nullopt, true));
}

TEST(LineReturn, WaitsUntilRedisHasBeenHealthyForFiveSeconds) {
  LineReturn back;
  back.saw_line(start);
  back.saw_direct(start + 100s);
  const Monotonic healthy = start + 110s;
  EXPECT_FALSE(back.is_due(healthy + 4'999ms, healthy, false));
  EXPECT_TRUE(back.is_due(healthy + 5s, healthy, false));
}

TEST(LineReturn, AForgetfulRedisIsGivenANewLineAtOnceIfTheLastOneHeld) {
  LineReturn back;
  back.saw_line(start);
  back.saw_direct(start + 100s);
  EXPECT_TRUE(back.is_due(start + 100s, start, true));
}

TEST(LineReturn, TheWaitDoublesUpToFiveMinutesWhileTheLineDoesNotHold) {
  LineReturn back;
  Monotonic now = start;
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 8; ++i) {
    back.saw_line(now);
    now += 1s;
    back.saw_direct(now);
    waits.push_back(std::chrono::duration_cast<std::chrono::seconds>(back.wait()).count());
    EXPECT_FALSE(back.is_due(now, start, true)) << "a line that did not hold is no reason to hurry";
    EXPECT_FALSE(back.is_due(now + back.wait() - 1ms, start, true));
    now += back.wait();
    EXPECT_TRUE(back.is_due(now, start, false));
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{10, 20, 40, 80, 160, 300, 300, 300}));
}

TEST(LineReturn, ALineThatHeldMakesTheWaitShortAgain) {
  LineReturn back;
  back.saw_line(start);
  back.saw_direct(start + 1s);
  EXPECT_EQ(back.wait(), 10s);
  back.saw_line(start + 20s);
  back.saw_direct(start + 60s);
  EXPECT_EQ(back.wait(), 5s);
}

TEST(LineReturn, AFailedAttemptWaitsLonger) {
  LineReturn back;
  back.saw_direct(start);
  back.failed(start);
  EXPECT_FALSE(back.is_due(start + 9'999ms, start, true));
  EXPECT_TRUE(back.is_due(start + 10s, start, true));
}

// Whatever servers do in whatever order, with whatever they saw: no epoch is used twice.
RC_GTEST_PROP(Epochs, NoEpochIsEverUsedForTwoStretches, ()) {
  CouponEvent row = direct(1);
  std::vector<CouponEvent> seen = {row};
  std::vector<Epoch> opened;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, std::uint8_t>>>(
      rc::gen::pair(rc::gen::inRange(0, 3), rc::gen::arbitrary<std::uint8_t>()));
  for (const auto& [kind, which] : steps) {
    const CouponEvent& by = seen[which % seen.size()];
    std::optional<CouponEvent> next;
    if (kind == 0) next = leave_line(row, by.epoch);
    if (kind == 1) next = prepare_line(row, by.epoch, "abc", noon);
    if (kind == 2) next = open_line(row, by.epoch);
    if (!next) continue;
    RC_ASSERT(is_newer(*next, row));
    if (kind == 2) opened.push_back(next->epoch);
    row = *next;
    seen.push_back(row);
  }
  RC_ASSERT(std::adjacent_find(opened.begin(), opened.end(), std::greater_equal<>()) ==
            opened.end());
}

}  // namespace
}  // namespace rushline::coupons
