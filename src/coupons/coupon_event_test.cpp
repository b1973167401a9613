// The life of an event: what it is at a moment, and which steps it may take.
#include "coupons/coupon_event.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/limits.hpp"
#include "tests/support/coupon_samples.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;
using tests::sample_event;

constexpr Timestamp noon{1'700'000'000s};

CouponEvent sold_out_event() {
  CouponEvent event = sample_event(5);
  event.issued = 5;
  event.sold_out_at = noon - 1min;
  return event;
}

TEST(CouponEvent, IsScheduledUntilTheOpeningMomentAndOpenFromItOn) {
  CouponEvent event = sample_event(5);
  event.opens_at = noon;
  EXPECT_EQ(state_at(event, noon - 1us), EventState::scheduled);
  EXPECT_EQ(state_at(event, noon), EventState::open);
}

TEST(CouponEvent, IsOpenUntilTheClosingMomentAndClosedFromItOn) {
  CouponEvent event = sample_event(5);
  event.closes_at = noon;
  EXPECT_EQ(state_at(event, noon - 1us), EventState::open);
  EXPECT_EQ(state_at(event, noon), EventState::closed);
}

TEST(CouponEvent, ClosedIsShownBeforeSoldOutAndSoldOutBeforePaused) {
  CouponEvent event = sold_out_event();
  event.paused = true;
  EXPECT_EQ(state_at(event, noon), EventState::sold_out);
  event.closed_at = noon;
  EXPECT_EQ(state_at(event, noon), EventState::closed);
  event = sample_event(5);
  event.paused = true;
  event.opens_at = noon + 1s;
  EXPECT_EQ(state_at(event, noon), EventState::paused);
}

TEST(CouponEvent, PausingAndResumingTwiceOnlyChangesTheReason) {
  const CouponEvent once = *pause(sample_event(5), "stock check", noon);
  EXPECT_TRUE(once.paused);
  const CouponEvent twice = *pause(once, "still checking", noon + 1s);
  EXPECT_TRUE(twice.paused);
  EXPECT_EQ(twice.reason, "still checking");
  const CouponEvent resumed = *resume(*resume(twice, "done", noon), "really", noon);
  EXPECT_FALSE(resumed.paused);
  EXPECT_EQ(resumed.reason, "really");
}

TEST(CouponEvent, ClosingAgainKeepsTheFirstMoment) {
  const CouponEvent closed = *close(sample_event(5), "enough", noon);
  EXPECT_EQ(closed.closed_at, noon);
  const CouponEvent again = *close(closed, "enough!", noon + 1h);
  EXPECT_EQ(again.closed_at, noon);
  EXPECT_EQ(again.reason, "enough!");
}

TEST(CouponEvent, AClosedEventTakesNoOtherStep) {
  const CouponEvent closed = *close(sample_event(5), "enough", noon);
  EXPECT_EQ(pause(closed, "", noon).error().code, Errc::event_closed);
  EXPECT_EQ(resume(closed, "", noon).error().code, Errc::event_closed);
  EXPECT_EQ(raise_quantity(closed, 6, noon).error().code, Errc::event_closed);
  EXPECT_EQ(move_closing(closed, noon + 1h, noon).error().code, Errc::event_closed);
}

TEST(CouponEvent, RaisingBeforeItIsSoldOutCountsAtOnce) {
  const CouponEvent raised = *raise_quantity(sample_event(5), 8, noon);
  EXPECT_EQ(raised.quantity, 8);
  EXPECT_EQ(raised.raise, std::nullopt);
  EXPECT_EQ(raised.epoch, Epoch{1});
}

TEST(CouponEvent, TheQuantityOnlyGoesUp) {
  EXPECT_EQ(raise_quantity(sample_event(5), 4, noon).error().code, Errc::quantity_not_raised);
  EXPECT_EQ(raise_quantity(sample_event(5), 5, noon)->quantity, 5);
  EXPECT_EQ(raise_quantity(sample_event(5), limits::event_quantity_max + 1, noon).error().code,
            Errc::invalid_input);
}

TEST(CouponEvent, RaisingASoldOutEventOpensANewRoundASecondLater) {
  CouponEvent before = sold_out_event();
  before.mode = Mode::redis;
  before.replid = "abc";
  const CouponEvent raised = *raise_quantity(before, 8, noon);

  EXPECT_EQ(raised.epoch, Epoch{2});
  EXPECT_EQ(raised.mode, Mode::direct);
  EXPECT_EQ(raised.replid, "");
  EXPECT_EQ(raised.quantity, 5);
  EXPECT_EQ(raised.raise, (PendingRaise{8, noon + limits::raise_delay}));
  const Timestamp round = noon + limits::raise_delay;
  EXPECT_EQ(effective_quantity(raised, round - 1us), 5);
  EXPECT_EQ(state_at(raised, round - 1us), EventState::sold_out);
  EXPECT_EQ(effective_quantity(raised, round), 8);
  EXPECT_EQ(state_at(raised, round), EventState::open);
}

TEST(CouponEvent, RaisingAgainBeforeTheRoundOpensOnlyMakesItLarger) {
  const CouponEvent raised = *raise_quantity(sold_out_event(), 8, noon);
  const CouponEvent again = *raise_quantity(raised, 9, noon + 500ms);
  EXPECT_EQ(again.raise, (PendingRaise{9, noon + limits::raise_delay}));
  EXPECT_EQ(again.epoch, Epoch{2});
  EXPECT_EQ(raise_quantity(raised, 8, noon)->raise, raised.raise);
  EXPECT_EQ(raise_quantity(raised, 7, noon).error().code, Errc::quantity_not_raised);
}

TEST(CouponEvent, AnEffectiveRaiseBecomesTheQuantity) {
  const CouponEvent raised = *raise_quantity(sold_out_event(), 8, noon);
  const Timestamp round = noon + limits::raise_delay;
  EXPECT_EQ(with_effective_raise(raised, round - 1us).raise, raised.raise);
  const CouponEvent open = with_effective_raise(raised, round);
  EXPECT_EQ(open.quantity, 8);
  EXPECT_EQ(open.raise, std::nullopt);
  EXPECT_EQ(open.sold_out_at, std::nullopt);
}

TEST(CouponEvent, TheClosingTimeMovesOnlyToAFutureMomentAfterTheOpening) {
  CouponEvent event = sample_event(5);
  event.opens_at = noon + 1h;
  EXPECT_EQ(move_closing(event, noon + 1h, noon).error().fields.at(0).field, "closes_at");
  EXPECT_EQ(move_closing(event, noon + 2h, noon)->closes_at, noon + 2h);
  EXPECT_EQ(move_closing(sample_event(5), noon, noon).error().code, Errc::invalid_input);
}

TEST(CouponEvent, AUsedCouponStaysUsedAfterItsExpiry) {
  Coupon coupon{.id = {},
                .event = {},
                .user = tests::user(1),
                .seq = {},
                .epoch = {},
                .discount = {},
                .issued_at = noon,
                .expires_at = noon + 1h,
                .order_id = {}};
  EXPECT_EQ(state_at(coupon, noon + 1h - 1us), CouponState::usable);
  EXPECT_EQ(state_at(coupon, noon + 1h), CouponState::expired);
  coupon.order_id = OrderId{3};
  EXPECT_EQ(state_at(coupon, noon + 2h), CouponState::used);
}

// Whatever is done to an event, in any order, at any time.
RC_GTEST_PROP(CouponEventProperty, TheQuantityNeverFallsAndACloseIsForEver, ()) {
  CouponEvent event = sample_event(*rc::gen::inRange<std::int64_t>(1, 10));
  Timestamp now = noon;
  const int steps = *rc::gen::inRange(0, 30);
  for (int step = 0; step < steps; ++step) {
    now += std::chrono::milliseconds{*rc::gen::inRange(0, 700)};
    const CouponEvent before = event;
    const auto amount = *rc::gen::inRange<std::int64_t>(1, 40);
    Result<CouponEvent> next = event;
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        next = pause(event, "r", now);
        break;
      case 1:
        next = resume(event, "r", now);
        break;
      case 2:
        next = raise_quantity(event, amount, now);
        break;
      case 3:
        next = with_effective_raise(event, now);
        break;
      case 4:
        next->issued = event.quantity;
        break;  // sells out
      default:
        if (amount == 1) next = close(event, "r", now);
    }
    if (next.has_value()) event = *next;
    RC_ASSERT(event.quantity >= before.quantity);
    RC_ASSERT(effective_quantity(event, now) >= effective_quantity(before, now));
    RC_ASSERT(event.issued <= event.quantity);
    RC_ASSERT((!event.raise || event.raise->quantity > event.quantity));
    RC_ASSERT(event.epoch >= before.epoch);
    RC_ASSERT((!is_closed(before, now) || state_at(event, now) == EventState::closed));
  }
}

}  // namespace
}  // namespace rushline::coupons
