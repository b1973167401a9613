// Drops with several threads pressing while others settle: the promises hold, and the thread
// sanitizer sees every path.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "coupons/admission.hpp"
#include "coupons/event_service.hpp"
#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/recording_sink.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;
using tests::user;

// One press: who, and how it was answered at once, if it was.
struct Press {
  int number = 0;
  std::uint64_t token = 0;
  std::optional<Answer> at_once;
};

class AdmissionThreads : public testing::Test {
 protected:
  void SetUp() override {
    for (std::thread& thread : database_threads_) {
      thread = std::thread([this] {
        while (database_.wait_and_run(4)) clock_.advance(1ms);
      });
    }
  }
  void TearDown() override {
    database_.stop();
    for (std::thread& thread : database_threads_) thread.join();
  }

  // Every thread lets all users press, starting somewhere else.
  void press_from(int thread, int user_count, std::vector<Press>& presses) {
    for (int i = 0; i < user_count; ++i) {
      Press press;
      press.number = 1 + (i + thread * user_count / 3) % user_count;
      press.token = static_cast<std::uint64_t>(thread) * 1'000'000 + static_cast<std::uint64_t>(i);
      press.at_once = admission_.request(event_, user(press.number), sink_, press.token);
      presses.push_back(press);
      if (i % 16 == 0) std::this_thread::yield();
    }
  }

  // Three threads press for every user; returns once everybody is told.
  std::vector<Press> rush(int user_count) {
    std::array<std::vector<Press>, 3> pressed;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&, thread] {
        press_from(thread, user_count, pressed[static_cast<std::size_t>(thread)]);
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::vector<Press> all;
    for (const auto& some : pressed) all.insert(all.end(), some.begin(), some.end());
    const auto later = static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const Press& p) { return !p.at_once; }));
    EXPECT_TRUE(sink_.wait_for(later));
    EXPECT_EQ(sink_.order().size(), later);
    EXPECT_EQ(sink_.told_twice(), 0);
    return all;
  }

  Settled verdict(const Press& press) const {
    const Answer answer = press.at_once ? *press.at_once : *sink_.answer(press.token);
    EXPECT_EQ(answer.error, std::nullopt);
    return answer.settled;
  }

  tests::ManualClock clock_;
  tests::FakeDatabase database_{clock_, tests::FakeDatabase::Mode::on_demand};
  tests::FakeCouponStore store_;
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  Admission admission_{database_, store_, calendar_, clock_, nullptr, {.holders_page_max = 64}};
  EventService service_{store_, [this](CouponEventId id) { admission_.event_changed(id); }};
  tests::RecordingSink sink_;
  CouponEventId event_ = tests::add_event(store_, tests::sample_event(700));
  std::array<std::thread, 2> database_threads_;
};

TEST_F(AdmissionThreads, EveryCouponIsGivenOnceAndEveryPressIsAnsweredTruly) {
  constexpr int user_count = 2'000;
  const std::vector<Press> presses = rush(user_count);
  ASSERT_EQ(presses.size(), 3U * user_count);

  std::map<int, std::set<std::int64_t>> numbers_of_user;
  std::map<int, int> refusals_of_user;
  int issued = 0;
  for (const Press& press : presses) {
    const Settled told = verdict(press);
    if (told.outcome == Outcome::issued) ++issued;
    if (told.outcome == Outcome::sold_out) {
      ++refusals_of_user[press.number];
    } else {
      numbers_of_user[press.number].insert(told.issue_no);
    }
  }
  EXPECT_EQ(issued, 700);
  EXPECT_EQ(numbers_of_user.size(), 700U);
  for (const auto& [number, numbers] : numbers_of_user) {
    EXPECT_EQ(numbers.size(), 1U);
    EXPECT_EQ(refusals_of_user.count(number), 0U) << "a verdict changed";
    const CouponId coupon = store_.record.by_user.at({event_, user(number)});
    EXPECT_EQ(store_.record.coupons.at(coupon).issue_no, *numbers.begin());
  }
  EXPECT_EQ(refusals_of_user.size(), user_count - 700U);
  EXPECT_EQ(store_.record.by_number.rbegin()->first.second, 700);
  EXPECT_EQ(admission_.counts().waiting, 0);
}

TEST_F(AdmissionThreads, RaisesAndWatchersInTheMiddleOfARushBreakNothing) {
  std::atomic<bool> is_over = false;
  std::thread operator_thread([&] {
    for (std::int64_t quantity = 701; quantity <= 720; ++quantity) {
      const auto raised = database_.write_and_wait([&](Transaction& transaction) {
        return service_.patch(transaction, event_, EventPatch{quantity, std::nullopt});
      });
      EXPECT_TRUE(raised.has_value());
    }
  });
  std::thread watcher([&] {
    std::uint64_t last = 0;
    while (!is_over) {
      const std::uint64_t version = admission_.version(event_);
      EXPECT_GE(version, last);
      last = version;
      admission_.is_waiting(event_, user(1));
      EXPECT_GE(admission_.counts().waiting, 0);
      EXPECT_GE(admission_.waiting(event_), 0);
      std::this_thread::yield();
    }
  });
  rush(1'500);
  is_over = true;
  operator_thread.join();
  watcher.join();
  EXPECT_LE(store_.record.coupons.size(), 720U);
  EXPECT_GE(store_.record.coupons.size(), 700U);
  const CouponEvent& row = store_.record.events.at(event_);
  EXPECT_EQ(static_cast<std::size_t>(row.issued), store_.record.coupons.size());
}

TEST(AdmissionEnd, WaitsForTheUnitsThatRunAndSilencesTheRest) {
  for (int round = 0; round < 20; ++round) {
    const tests::ManualClock clock;
    tests::FakeDatabase database(clock, tests::FakeDatabase::Mode::on_demand);
    std::thread database_thread([&] {
      while (database.wait_and_run(1)) {
      }
    });
    {
      tests::FakeCouponStore store;
      const ShopCalendar calendar = *ShopCalendar::in_zone("Asia/Seoul");
      tests::RecordingSink sink;
      const CouponEventId event = tests::add_event(store, tests::sample_event(50));
      Admission admission(database, store, calendar, clock);
      for (int number = 1; number <= 20 * round; ++number) {
        admission.request(event, user(number), sink, static_cast<std::uint64_t>(number));
      }
    }
    database.stop();
    database_thread.join();
  }
}

}  // namespace
}  // namespace rushline::coupons
