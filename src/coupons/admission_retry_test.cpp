// While the database fails, direct requests wait for it, in their order and for a bounded time.
#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "coupons/admission.hpp"
#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/recording_sink.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;
using tests::user;

class AdmissionRetryTest : public testing::Test {
 protected:
  void SetUp() override {
    database_.undoes(store_.record);
    AdmissionBounds bounds;
    bounds.direct_retry_time = 30s;
    admission_ = std::make_unique<Admission>(database_, store_, calendar_, clock_, nullptr, bounds);
    event_ = tests::add_event(store_, tests::sample_event(2));
  }

  void request(int number) {
    const auto answer =
        admission_->request(event_, user(number), sink_, static_cast<std::uint64_t>(number));
    ASSERT_FALSE(answer.has_value());
  }
  // As the background thread does, for `time`.
  void tick_for(std::chrono::milliseconds time) {
    for (auto passed = 0ms; passed < time; passed += limits::line_tick_interval) {
      clock_.advance(limits::line_tick_interval);
      admission_->tick();
      database_.run_all();
    }
  }
  std::optional<Outcome> told(std::uint64_t token) {
    const auto answer = sink_.answer(token);
    return answer && !answer->error ? std::optional(answer->settled.outcome) : std::nullopt;
  }
  std::optional<Errc> error(std::uint64_t token) {
    const auto answer = sink_.answer(token);
    return answer ? answer->error : std::nullopt;
  }

  tests::ManualClock clock_;
  tests::FakeDatabase database_{clock_, tests::FakeDatabase::Mode::on_demand};
  tests::FakeCouponStore store_;
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  tests::RecordingSink sink_;
  CouponEventId event_;
  std::unique_ptr<Admission> admission_;
};

TEST_F(AdmissionRetryTest, RequestsWaitForADatabaseThatIsAwayAndAreDecidedInTheirOrder) {
  database_.refuse(Errc::unavailable);
  for (int number = 1; number <= 3; ++number) request(number);
  tick_for(20s);
  EXPECT_TRUE(sink_.order().empty());
  EXPECT_TRUE(admission_->is_waiting(event_, user(1)));
  database_.refuse(std::nullopt);
  tick_for(limits::direct_retry_pause);
  EXPECT_EQ(sink_.order(), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(told(1), Outcome::issued);
  EXPECT_EQ(told(2), Outcome::issued);
  EXPECT_EQ(told(3), Outcome::sold_out);
  EXPECT_EQ(admission_->counts().waiting, 0);
  EXPECT_EQ(sink_.told_twice(), 0);
}

TEST_F(AdmissionRetryTest, OfACommitWhoseAnswerWasLostEachUserHasOneCoupon) {
  request(1);
  database_.lose_next_commit();
  database_.run_all();
  EXPECT_EQ(store_.record.coupons.size(), 1U);
  EXPECT_TRUE(sink_.order().empty());
  request(2);
  tick_for(limits::direct_retry_pause);
  EXPECT_EQ(told(1), Outcome::already_issued);
  EXPECT_EQ(told(2), Outcome::issued);
  EXPECT_EQ(store_.record.coupons.size(), 2U);
}

TEST_F(AdmissionRetryTest, AfterThirtySecondsRequestsAreRefusedAtOnceUntilItWorksAgain) {
  database_.refuse(Errc::unavailable);
  request(1);
  request(2);
  tick_for(limits::direct_retry_time_max + limits::direct_retry_pause);
  EXPECT_EQ(error(1), Errc::unavailable);
  EXPECT_EQ(error(2), Errc::unavailable);
  request(3);
  EXPECT_EQ(error(3), Errc::unavailable);
  EXPECT_EQ(admission_->counts().waiting, 0);
  database_.refuse(std::nullopt);
  request(4);
  database_.run_all();
  EXPECT_EQ(told(4), Outcome::issued);
  database_.refuse(Errc::timed_out);
  request(5);
  EXPECT_FALSE(sink_.answer(5).has_value());  // it waits again
}

TEST_F(AdmissionRetryTest, WhatWaitingDoesNotHealIsToldAtOnce) {
  database_.refuse(Errc::overloaded);
  request(1);
  EXPECT_EQ(error(1), Errc::overloaded);
}

}  // namespace
}  // namespace rushline::coupons
