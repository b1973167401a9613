// Directly, nobody is let in who could not be told in time; whoever is let in keeps their place.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "core/limits.hpp"
#include "coupons/admission.hpp"
#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_coupon_store.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/recording_sink.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;

constexpr int batch = limits::settle_batch_max;

class AdmissionOverloadTest : public testing::Test {
 protected:
  std::optional<Answer> request() {
    ++last_user_;
    return admission_.request(event_, tests::user(last_user_), sink_,
                              static_cast<std::uint64_t>(last_user_));
  }
  // How many of so many requests are let in.
  int let_in_of(int count) {
    int let_in = 0;
    for (int i = 0; i < count; ++i) let_in += request() ? 0 : 1;
    return let_in;
  }
  // One batch; each request takes a millisecond.
  std::size_t settle() {
    if (database_.writes_waiting() == 0) {
      EXPECT_EQ(admission_.waiting(event_), 0) << "nobody settles those who wait";
      return 0;
    }
    const std::size_t before = store_.record.coupons.size();
    const auto tell = database_.run_write_and_tell_later();
    const std::size_t settled = store_.record.coupons.size() - before;
    clock_.advance(settled * 1ms);
    tell();
    return settled;
  }
  // Where nothing waits any more the rest of the time passes idle.
  void settle_for(std::chrono::milliseconds time) {
    while (time > 0ms) {
      const std::size_t settled = settle();
      if (settled == 0) return clock_.advance(time);
      time -= settled * 1ms;
    }
  }
  // So much that it is known how fast it goes; about `batch` of it are left.
  void rush() {
    EXPECT_EQ(let_in_of(1 + 3 * batch), 1 + 3 * batch) << "nothing is known yet";
    EXPECT_EQ(settle(), 1U) << "it went at once";
    while (admission_.waiting(event_) > batch) ASSERT_GT(settle(), 0U);
  }

  tests::ManualClock clock_;
  tests::FakeDatabase database_{clock_, tests::FakeDatabase::Mode::on_demand};
  tests::FakeCouponStore store_;
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  tests::RecordingSink sink_;
  CouponEventId event_ = tests::add_event(store_, tests::sample_event(1'000'000));
  Admission admission_{database_, store_, calendar_, clock_};
  int last_user_ = 0;
};

TEST_F(AdmissionOverloadTest, LetsInWhatCanBeSettledInTimeAndRefusesTheRest) {
  rush();
  EXPECT_NEAR(let_in_of(10 * batch), 1'500 - batch, 20) << "what is settled in 1.5 s";

  const auto refused = request();
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->error, Errc::overloaded);
  EXPECT_GE(refused->retry_after, 1'400ms);
  EXPECT_LE(refused->retry_after, 1'600ms);
}

TEST_F(AdmissionOverloadTest, TellsWhoIsLetInInTimeAndNeverRunsDry) {
  rush();
  for (int quarter = 0; quarter < 40; ++quarter) {
    let_in_of(3 * batch);
    EXPECT_LE(admission_.waiting(event_), 1'520);
    EXPECT_GE(admission_.waiting(event_), 1'400);
    settle_for(250ms);
  }
}

TEST_F(AdmissionOverloadTest, SettlesBatchesThatDoNotTakeLongerThanAQuarterOfASecond) {
  rush();
  let_in_of(batch);
  settle_for(2s);  // formed before it was known
  let_in_of(3 * batch);
  settle();
  const std::size_t told = settle();
  EXPECT_GE(told, 240U);
  EXPECT_LE(told, 260U);
}

TEST_F(AdmissionOverloadTest, BeginsWithSmallBatchesSoThatASlowDatabaseIsKnownInTime) {
  request();
  let_in_of(100);
  settle();
  EXPECT_EQ(settle(), limits::direct_batch_min);
  let_in_of(1'000);
  EXPECT_EQ(settle(), 100 - limits::direct_batch_min) << "the rest of those before";
  EXPECT_LE(settle(), 2 * limits::direct_batch_min);
  EXPECT_LE(settle(), 2 * limits::direct_batch_min);
}

// Ten times what can be settled, from the first moment on: nobody waits longer than is promised.
TEST_F(AdmissionOverloadTest, LetsNobodyInTooLateAlsoWhenARushBegins) {
  for (int time = 0; time < 3'000;) {
    const auto took = static_cast<int>(settle());
    let_in_of(10 * std::max(took, 1));
    time += std::max(took, 1);
    if (took == 0) clock_.advance(1ms);
    EXPECT_LE(admission_.waiting(event_), 2'000) << "after " << time << " ms";
  }
}

TEST_F(AdmissionOverloadTest, CountsWhoIsRefusedAndLetsThemInOnceThereIsRoom) {
  rush();
  let_in_of(10 * batch);
  const std::int64_t shed = admission_.counts().shed;
  EXPECT_GT(shed, 9 * batch);
  EXPECT_EQ(admission_.counts().waiting, admission_.waiting(event_));
  settle();
  EXPECT_EQ(request(), std::nullopt);
  EXPECT_EQ(admission_.counts().shed, shed);
}

TEST_F(AdmissionOverloadTest, ABusyEventCostsAnotherNothing) {
  rush();
  let_in_of(10 * batch);
  event_ = tests::add_event(store_, tests::sample_event(10));
  EXPECT_EQ(let_in_of(100), 100);
}

}  // namespace
}  // namespace rushline::coupons
