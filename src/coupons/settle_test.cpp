// A settle transaction writes what it decides, all of it or nothing, and tells it truly.
#include "coupons/settle.hpp"

#include <gtest/gtest.h>

#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_transaction.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;
using enum Outcome;
using tests::sample_event;
using tests::user;
using tests::users;

constexpr Timestamp noon{1'700'000'000s};

class Settle : public testing::Test {
 protected:
  Settlement settle(CouponEventId event, const std::vector<UserId>& arrivals,
                    Timestamp now = noon) {
    auto outcome = tests::run_unit(store_.record, now, [&](Transaction& transaction) {
      return settle_direct(transaction, store_, calendar_, event, std::nullopt, arrivals);
    });
    EXPECT_TRUE(outcome.has_value());
    return outcome.value();
  }

  static std::vector<Outcome> outcomes(const Settlement& settlement) {
    std::vector<Outcome> found;
    for (const Settled& answer : settlement.answers) found.push_back(answer.outcome);
    return found;
  }

  const CouponEvent& stored(CouponEventId event) { return store_.record.events.at(event); }

  tests::FakeCouponStore store_;
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
};

TEST_F(Settle, WritesTheCouponsItTellsOf) {
  const CouponEventId event = tests::add_event(store_, sample_event(5));
  const Settlement settlement = settle(event, users(1, 2));

  ASSERT_EQ(outcomes(settlement), (std::vector{issued, issued}));
  for (int i = 0; i < 2; ++i) {
    const Settled& told = settlement.answers[static_cast<std::size_t>(i)];
    const Coupon& coupon = store_.record.coupons.at(told.coupon);
    EXPECT_EQ(coupon.user, user(i + 1));
    EXPECT_EQ(coupon.event, event);
    EXPECT_EQ(coupon.issue_no, told.issue_no);
    EXPECT_EQ(coupon.issued_at, noon);
    EXPECT_EQ(coupon.discount, sample_event(5).discount);
    EXPECT_EQ(coupon.seq, std::nullopt);
  }
  EXPECT_EQ(stored(event).issued, 2);
  EXPECT_EQ(settlement.event.issued, 2);
}

TEST_F(Settle, SoldOutInsideTheBatchKeepsTheCouponsBeforeIt) {
  CouponEvent row = sample_event(10);
  const CouponEventId event = tests::add_event(store_, row);
  settle(event, users(1, 3));
  const Settlement settlement = settle(event, users(11, 20));

  EXPECT_EQ(outcomes(settlement), (std::vector{issued, issued, issued, issued, issued, issued,
                                               issued, sold_out, sold_out, sold_out}));
  EXPECT_EQ(store_.record.coupons.size(), 10U);
  EXPECT_EQ(stored(event).issued, 10);
  EXPECT_EQ(stored(event).sold_out_at, noon);
}

TEST_F(Settle, ADoublePressInOneBatchIsToldTheSameCouponTwice) {
  const CouponEventId event = tests::add_event(store_, sample_event(5));
  const Settlement settlement = settle(event, {user(1), user(2), user(1)});

  EXPECT_EQ(outcomes(settlement), (std::vector{issued, issued, already_issued}));
  EXPECT_EQ(settlement.answers[2].coupon, settlement.answers[0].coupon);
  EXPECT_EQ(settlement.answers[2].issue_no, 1);
  EXPECT_EQ(stored(event).issued, 2);
}

TEST_F(Settle, AHolderIsToldOfTheFirstCouponEvenWhenPressingTwiceAgain) {
  const CouponEventId event = tests::add_event(store_, sample_event(2));
  const Settlement first = settle(event, {user(1), user(2)});
  const Settlement later = settle(event, {user(3), user(2), user(2)}, noon + 1h);

  EXPECT_EQ(outcomes(later), (std::vector{sold_out, already_issued, already_issued}));
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(later.answers[i].coupon, first.answers[1].coupon);
    EXPECT_EQ(later.answers[i].issue_no, 2);
    EXPECT_EQ(later.answers[i].issued_at, noon);
  }
}

TEST_F(Settle, ARerunAfterAnUnknownCommitChangesNothing) {
  const CouponEventId event = tests::add_event(store_, sample_event(2));
  settle(event, users(1, 3));
  const auto coupons = store_.record.by_user;
  const int updates = store_.updates;
  const Settlement again = settle(event, users(1, 3), noon + 1s);

  EXPECT_EQ(outcomes(again), (std::vector{already_issued, already_issued, sold_out}));
  EXPECT_EQ(store_.record.by_user, coupons);
  EXPECT_EQ(store_.updates, updates) << "an event that did not change was written";
}

TEST_F(Settle, TheWindowIsJudgedByDatabaseTime) {
  CouponEvent row = sample_event(5);
  row.opens_at = noon;
  row.closes_at = noon + 1h;
  const CouponEventId event = tests::add_event(store_, row);

  EXPECT_EQ(outcomes(settle(event, {user(1)}, noon - 1us)), (std::vector{not_open}));
  EXPECT_EQ(outcomes(settle(event, {user(1)}, noon)), (std::vector{issued}));
  EXPECT_EQ(outcomes(settle(event, {user(2), user(1)}, noon + 1h)),
            (std::vector{closed, already_issued}));
}

TEST_F(Settle, APausedEventGivesNothingAndKeepsItsHolders) {
  const CouponEventId event = tests::add_event(store_, sample_event(5));
  settle(event, {user(1)});
  store_.record.events.at(event).paused = true;
  EXPECT_EQ(outcomes(settle(event, {user(1), user(2)})), (std::vector{already_issued, paused}));
}

TEST_F(Settle, CountsTheOldQuantityUntilARaiseIsEffective) {
  const CouponEventId event = tests::add_event(store_, sample_event(1));
  settle(event, {user(1)});
  store_.record.events.at(event) = *raise_quantity(stored(event), 3, noon);

  EXPECT_EQ(outcomes(settle(event, {user(2)}, noon + 999ms)), (std::vector{sold_out}));
  const Settlement settlement = settle(event, {user(2)}, noon + 1s);
  EXPECT_EQ(outcomes(settlement), (std::vector{issued}));
  EXPECT_EQ(settlement.answers[0].issue_no, 2);
  EXPECT_EQ(stored(event).quantity, 3);
  EXPECT_EQ(stored(event).raise, std::nullopt);
  EXPECT_EQ(stored(event).sold_out_at, std::nullopt);
}

TEST_F(Settle, ARoundBeginsAlsoWhenNobodyNewAsks) {
  const CouponEventId event = tests::add_event(store_, sample_event(1));
  settle(event, {user(1)});
  store_.record.events.at(event) = *raise_quantity(stored(event), 3, noon);
  EXPECT_EQ(outcomes(settle(event, {user(1)}, noon + 1s)), (std::vector{already_issued}));
  EXPECT_EQ(stored(event).quantity, 3);
  EXPECT_EQ(stored(event).raise, std::nullopt);
}

TEST_F(Settle, TheCouponExpiresWhenTheDayAfterItsLastValidOneBegins) {
  CouponEvent row = sample_event(5);
  row.coupon_valid_days = 1;
  const CouponEventId event = tests::add_event(store_, row);
  const Settlement settlement = settle(event, {user(1)});

  const Timestamp end = calendar_.start_of(calendar_.day_of(noon) + 2);
  EXPECT_EQ(settlement.answers[0].expires_at, end);
  EXPECT_EQ(store_.record.coupons.at(settlement.answers[0].coupon).expires_at, end);
}

TEST_F(Settle, AnUnknownEventIsNotFound) {
  tests::FakeTransaction transaction(noon);
  const auto outcome =
      settle_direct(transaction, store_, calendar_, CouponEventId{77}, std::nullopt, users(1, 2));
  EXPECT_EQ(outcome.error().code, Errc::not_found);
}

}  // namespace
}  // namespace rushline::coupons
