// Requests are settled in the order in which they came, told after the commit, and told from memory
// only what the database would say.
#include "coupons/admission.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/limits.hpp"
#include "coupons/event_service.hpp"
#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/recording_sink.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;
using enum Outcome;
using tests::sample_event;
using tests::user;

class AdmissionTest : public testing::Test {
 protected:
  void SetUp() override {
    database_.undoes(store_.record);
    start({});
  }

  // A server that has just started on the same database.
  void start(const AdmissionBounds& bounds) {
    admission_.reset();
    admission_ = std::make_unique<Admission>(database_, store_, calendar_, clock_, nullptr, bounds);
  }

  CouponEventId open_event(std::int64_t quantity) {
    return tests::add_event(store_, sample_event(quantity));
  }

  // The token is the user's number, or what is given.
  std::optional<Answer> request(CouponEventId event, int number) {
    return request(event, number, static_cast<std::uint64_t>(number));
  }
  std::optional<Answer> request(CouponEventId event, int number, std::uint64_t token) {
    return admission_->request(event, user(number), sink_, token);
  }
  void request_all(CouponEventId event, int first, int last) {
    for (int number = first; number <= last; ++number) {
      ASSERT_EQ(outcome(request(event, number)), std::nullopt);
    }
  }

  static std::optional<Outcome> outcome(const std::optional<Answer>& answer) {
    if (!answer || answer->error) return std::nullopt;
    return answer->settled.outcome;
  }
  static std::optional<Errc> error(const std::optional<Answer>& answer) {
    return answer ? answer->error : std::nullopt;
  }
  std::optional<Outcome> told(std::uint64_t token) { return outcome(sink_.answer(token)); }

  // Whether the request was answered by memory alone.
  std::optional<Outcome> from_memory(CouponEventId event, int number) {
    return outcome(request(event, number, next_token_++));
  }

  // Raises the quantity by hand, in a unit of work that waits in the queue.
  void submit_raise(CouponEventId event, std::int64_t quantity) {
    database_.write(
        [this, event, quantity](Transaction& transaction) {
          return service_.patch(transaction, event, EventPatch{quantity, std::nullopt});
        },
        [](const Result<EventView>& raised) { EXPECT_TRUE(raised.has_value()); });
  }
  void raise(CouponEventId event, std::int64_t quantity) {
    submit_raise(event, quantity);
    database_.run_all();
  }
  // The same by another server: nobody tells this one.
  void raise_elsewhere(CouponEventId event, std::int64_t quantity) {
    CouponEvent& row = store_.record.events.at(event);
    row = *raise_quantity(row, quantity, clock_.now());
  }

  // An event of which every coupon went to the users from 1 on.
  CouponEventId sold_out_event(int quantity) {
    const CouponEventId event = open_event(quantity);
    request_all(event, 1, quantity);
    database_.run_all();
    return event;
  }

  tests::ManualClock clock_;
  tests::FakeDatabase database_{clock_, tests::FakeDatabase::Mode::on_demand};
  tests::FakeCouponStore store_;
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  EventService service_{store_, [this](CouponEventId id) { admission_->event_changed(id); }};
  tests::RecordingSink sink_;
  std::uint64_t next_token_ = 1'000'000;
  std::unique_ptr<Admission> admission_;
};

TEST_F(AdmissionTest, TheFirstGoesAtOnceAndWhoComesMeanwhileGoesTogether) {
  const CouponEventId event = open_event(100);
  request_all(event, 1, 5);
  EXPECT_EQ(database_.writes_waiting(), 1U);
  database_.run_writes();
  EXPECT_EQ(sink_.order(), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(database_.writes_waiting(), 1U);
  database_.run_writes();
  EXPECT_EQ(sink_.calls(), (std::vector<std::size_t>{1, 4}));
  EXPECT_EQ(database_.writes_waiting(), 0U);
  EXPECT_EQ(admission_->counts().direct_batches.count(), 2);
  EXPECT_EQ(admission_->counts().direct_batches.sum, 5);
  EXPECT_EQ(admission_->counts().issued, 5);
}

TEST_F(AdmissionTest, CountsWhatRequestsAreToldAndHowLongEachStageTook) {
  using std::chrono::milliseconds;
  const CouponEventId event = open_event(2);
  request_all(event, 1, 1);  // goes at once
  clock_.advance(milliseconds{20});
  request_all(event, 2, 3);  // waits until the first is settled
  clock_.advance(milliseconds{30});
  EXPECT_EQ(admission_->counts().oldest_wait, milliseconds{50});
  EXPECT_EQ(admission_->counts().still, milliseconds{50});
  EXPECT_EQ(admission_->counts().direct_waiting, 3);
  EXPECT_EQ(admission_->counts().direct_room, limits::waiting_first);
  database_.run_writes();
  EXPECT_EQ(admission_->counts().oldest_wait, milliseconds{30});
  EXPECT_EQ(admission_->counts().still, milliseconds{0});
  clock_.advance(milliseconds{5});
  database_.run_writes();

  const AdmissionCounts counts = admission_->counts();
  EXPECT_EQ(counts.answers.of(issued), 2);
  EXPECT_EQ(counts.answers.of(sold_out), 1);
  EXPECT_EQ(counts.answers.admit.count(), 3);
  EXPECT_EQ(counts.answers.admit.sum, 30'000 + 30'000);
  EXPECT_EQ(counts.answers.settle.sum, 50'000 + 5'000 + 5'000);
  EXPECT_EQ(counts.answers.tell.count(), 3);
  EXPECT_EQ(counts.answers.verdict.sum, 50'000 + 35'000 + 35'000);
  EXPECT_EQ(counts.still, milliseconds{0});
  EXPECT_EQ(counts.direct_room, 0);
  EXPECT_EQ(counts.direct_batches.counts[0], 1);  // of one
  EXPECT_EQ(counts.direct_batches.counts[1], 1);  // of two
  EXPECT_EQ(counts.oldest_wait, milliseconds{0});
}

TEST_F(AdmissionTest, CountsThoseWhoAreToldAnErrorApart) {
  request_all(CouponEventId{404}, 1, 1);
  database_.run_all();
  const AdmissionCounts counts = admission_->counts();
  EXPECT_EQ(counts.answers.failures, 1);
  EXPECT_EQ(counts.answers.verdict.count(), 0);
}

TEST_F(AdmissionTest, ALongLineIsSettledInBoundedBatchesInTheOrderOfArrival) {
  const CouponEventId event = open_event(2'000);
  request_all(event, 1, 2'501);
  database_.run_all();

  const std::vector<std::size_t> batches = sink_.calls();
  EXPECT_EQ(batches.front(), 1U);
  EXPECT_LE(*std::ranges::max_element(batches), limits::settle_batch_max);
  std::vector<std::uint64_t> expected(2'501);
  std::iota(expected.begin(), expected.end(), 1U);
  EXPECT_EQ(sink_.order(), expected);
  for (std::uint64_t token = 1; token <= 2'000; ++token) {
    ASSERT_EQ(sink_.answer(token)->settled.issue_no, static_cast<std::int64_t>(token));
  }
  EXPECT_EQ(told(2'001), sold_out);
  EXPECT_EQ(store_.record.coupons.size(), 2'000U);
}

TEST_F(AdmissionTest, SoldOutInABatchDoesNotUndoTheCouponsBeforeIt) {
  const CouponEventId event = open_event(10);
  request_all(event, 1, 3);
  database_.run_all();
  request_all(event, 4, 13);
  database_.run_all();

  EXPECT_EQ(store_.record.coupons.size(), 10U);
  EXPECT_EQ(told(10), issued);
  EXPECT_EQ(told(11), sold_out);
}

TEST_F(AdmissionTest, ADoublePressGetsOneCouponAndTwoAnswers) {
  const CouponEventId event = open_event(10);
  request(event, 7, 1);
  request(event, 8, 2);
  request(event, 8, 3);
  request(event, 7, 4);
  database_.run_all();

  EXPECT_EQ(told(1), issued);
  EXPECT_EQ(told(2), issued);
  EXPECT_EQ(told(3), already_issued);
  EXPECT_EQ(told(4), already_issued);
  EXPECT_EQ(sink_.answer(4)->settled.coupon, sink_.answer(1)->settled.coupon);
  EXPECT_EQ(store_.record.coupons.size(), 2U);
}

TEST_F(AdmissionTest, EachSinkIsToldOncePerBatch) {
  tests::RecordingSink other;
  const CouponEventId event = open_event(100);
  request(event, 0);
  for (int number = 1; number <= 6; ++number) {
    tests::RecordingSink& sink = number % 2 == 0 ? sink_ : other;
    admission_->request(event, user(number), sink, static_cast<std::uint64_t>(number));
  }
  database_.run_all();

  EXPECT_EQ(sink_.calls(), (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(other.calls(), (std::vector<std::size_t>{3}));
  EXPECT_EQ(sink_.order(), (std::vector<std::uint64_t>{0, 2, 4, 6}));
  EXPECT_EQ(other.order(), (std::vector<std::uint64_t>{1, 3, 5}));
}

TEST_F(AdmissionTest, AHolderIsToldOfTheCouponFromMemory) {
  const CouponEventId event = open_event(100);
  request_all(event, 1, 2);
  database_.run_all();
  const auto repeat = request(event, 2, 99);

  ASSERT_EQ(outcome(repeat), already_issued);
  EXPECT_EQ(repeat->settled.coupon, sink_.answer(2)->settled.coupon);
  EXPECT_EQ(repeat->settled.issue_no, 2);
  EXPECT_EQ(repeat->settled.issued_at, clock_.now());
  EXPECT_EQ(admission_->counts().holders_from_memory, 1);
}

// Nothing is told, and nothing remembered, before the commit: sold out least of all.
TEST_F(AdmissionTest, AFailedCommitIsToldAsTheErrorAndLeavesNothingInMemory) {
  const CouponEventId event = open_event(1);
  request(event, 1);
  database_.fail_next_commit(Errc::unavailable);
  database_.run_all();

  EXPECT_EQ(error(sink_.answer(1)), Errc::unavailable);
  EXPECT_EQ(from_memory(event, 1), std::nullopt);
  EXPECT_EQ(from_memory(event, 2), std::nullopt);
  database_.run_all();
  EXPECT_EQ(store_.record.coupons.size(), 1U);
  EXPECT_EQ(told(1'000'000), issued);
  EXPECT_EQ(told(1'000'001), sold_out);
}

TEST_F(AdmissionTest, AnErrorIsToldToEverybodyOfTheBatchAndToNobodyElse) {
  const CouponEventId event = open_event(100);
  request_all(event, 1, 3);
  database_.run_writes();
  database_.fail_next_commit(Errc::timed_out);
  database_.run_writes();
  EXPECT_EQ(told(1), issued);
  EXPECT_EQ(error(sink_.answer(2)), Errc::timed_out);
  EXPECT_EQ(error(sink_.answer(3)), Errc::timed_out);
  EXPECT_EQ(admission_->counts().waiting, 0);

  request_all(event, 4, 4);
  database_.run_all();
  EXPECT_EQ(told(4), issued);
}

TEST_F(AdmissionTest, ADatabaseThatRefusesAtOnceLeavesNobodyWaiting) {
  const CouponEventId event = open_event(100'000);
  request_all(event, 1, 4'001);
  database_.refuse(Errc::shutting_down);
  database_.run_writes();
  EXPECT_EQ(told(1), issued);
  EXPECT_EQ(error(sink_.answer(2)), Errc::shutting_down);
  EXPECT_EQ(error(sink_.answer(4'001)), Errc::shutting_down);
  EXPECT_EQ(request(event, 4'002), std::nullopt);
  EXPECT_EQ(error(sink_.answer(4'002)), Errc::shutting_down);
  EXPECT_EQ(database_.refusal_depth(), 1) << "however many batches";
  EXPECT_EQ(admission_->counts().waiting, 0);

  database_.refuse(std::nullopt);
  request(event, 4'003);
  database_.run_all();
  EXPECT_EQ(told(4'003), issued);
  EXPECT_EQ(sink_.told_twice(), 0);
}

TEST_F(AdmissionTest, AnUnknownEventIsNotFoundAndLeavesNothingBehind) {
  const CouponEventId nowhere{4711};
  request_all(nowhere, 1, 3);
  database_.run_all();
  for (std::uint64_t token = 1; token <= 3; ++token) {
    EXPECT_EQ(error(sink_.answer(token)), Errc::not_found);
  }
  EXPECT_EQ(admission_->counts().events, 0);
  database_.refuse(Errc::not_found);
  request(nowhere, 4);
  EXPECT_EQ(admission_->counts().events, 0);
}

TEST_F(AdmissionTest, AnEventIsFoundOnceItExists) {
  const CouponEventId first{1};
  request(first, 1);
  database_.run_all();
  EXPECT_EQ(error(sink_.answer(1)), Errc::not_found);
  open_event(5);
  request(first, 2);
  database_.run_all();
  EXPECT_EQ(told(2), issued);
  EXPECT_EQ(admission_->counts().events, 1);
}

TEST_F(AdmissionTest, TooManyWaitingAreRefusedAtOnce) {
  start({.waiting_max = 3});
  const CouponEventId event = open_event(100);
  request_all(event, 1, 3);
  EXPECT_EQ(error(request(event, 4)), Errc::overloaded);
  EXPECT_EQ(admission_->counts().waiting, 3);
  database_.run_all();
  EXPECT_EQ(sink_.order().size(), 3U);
  request_all(event, 4, 4);
}

TEST_F(AdmissionTest, SaysWhoWaitsAndRaisesTheVersionWhenTheyDoNotAnyMore) {
  const CouponEventId event = open_event(100);
  const std::uint64_t before = admission_->version(event);
  request_all(event, 1, 2);
  request(event, 2, 22);
  EXPECT_TRUE(admission_->is_waiting(event, user(1)));
  EXPECT_TRUE(admission_->is_waiting(event, user(2)));
  EXPECT_FALSE(admission_->is_waiting(event, user(3)));
  EXPECT_FALSE(admission_->is_waiting(CouponEventId{99}, user(1)));
  EXPECT_EQ(admission_->waiting(event), 3);
  EXPECT_EQ(admission_->version(event), before);

  database_.run_writes();
  EXPECT_FALSE(admission_->is_waiting(event, user(1)));
  EXPECT_TRUE(admission_->is_waiting(event, user(2)));
  const std::uint64_t settled_once = admission_->version(event);
  EXPECT_GT(settled_once, before);
  database_.run_writes();
  EXPECT_FALSE(admission_->is_waiting(event, user(2)));
  EXPECT_EQ(admission_->waiting(event), 0);
  EXPECT_GT(admission_->version(event), settled_once);
}

TEST_F(AdmissionTest, AChangeByHandRaisesTheVersionAlsoOfAnEventNobodyAskedFor) {
  const CouponEventId event = open_event(1);
  const std::uint64_t before = admission_->version(event);
  raise(event, 2);
  EXPECT_GT(admission_->version(event), before);
}

TEST_F(AdmissionTest, SoldOutIsToldFromMemoryUntilHalfASecondAfterItWasAskedFor) {
  const CouponEventId event = open_event(1);
  request(event, 1);
  clock_.advance(400ms);  // it waits in the writer's queue: the flag is that old when it is born
  database_.run_all();

  EXPECT_EQ(from_memory(event, 2), sold_out);
  clock_.advance(99ms);
  EXPECT_EQ(from_memory(event, 2), sold_out);
  clock_.advance(1ms);
  EXPECT_EQ(from_memory(event, 2), std::nullopt);
}

TEST_F(AdmissionTest, AHolderIsNeverToldSoldOutFromMemory) {
  const CouponEventId event = sold_out_event(3);
  EXPECT_EQ(from_memory(event, 4), sold_out);
  for (int number = 1; number <= 3; ++number) {
    EXPECT_EQ(from_memory(event, number), already_issued);
  }
}

TEST_F(AdmissionTest, AnAgeingFlagIsReadAgainOnceInTheBackground) {
  const CouponEventId event = sold_out_event(1);
  clock_.advance(limits::sold_out_refresh_interval - 1us);
  EXPECT_EQ(from_memory(event, 2), sold_out);
  EXPECT_EQ(database_.reads_waiting(), 0U);
  clock_.advance(1us);
  for (int number = 2; number <= 9; ++number) EXPECT_EQ(from_memory(event, number), sold_out);
  EXPECT_EQ(database_.reads_waiting(), 1U);

  database_.run_reads();
  clock_.advance(limits::sold_out_flag_age_max - 1us);
  EXPECT_EQ(from_memory(event, 2), sold_out);
  EXPECT_EQ(database_.writes_waiting(), 0U);
}

TEST_F(AdmissionTest, WithoutTheDatabaseTheFlagRunsOut) {
  const CouponEventId event = sold_out_event(1);
  database_.refuse(Errc::unavailable);
  clock_.advance(400ms);
  EXPECT_EQ(from_memory(event, 2), sold_out);
  clock_.advance(100ms);
  EXPECT_EQ(from_memory(event, 2), std::nullopt);
  EXPECT_EQ(error(sink_.answer(next_token_ - 1)), Errc::unavailable);
}

TEST_F(AdmissionTest, ARaiseDropsTheFlagAndNobodySetsItBeforeTheNewRound) {
  const CouponEventId event = sold_out_event(1);
  raise(event, 2);
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t token = next_token_;
    EXPECT_EQ(from_memory(event, 2), std::nullopt);
    database_.run_all();
    EXPECT_EQ(told(token), sold_out) << "the old round counts until the new one opens";
    clock_.advance(300ms);
  }
  clock_.advance(100ms);
  const std::uint64_t token = next_token_;
  EXPECT_EQ(from_memory(event, 2), std::nullopt);
  database_.run_all();
  EXPECT_EQ(told(token), issued);
  EXPECT_EQ(from_memory(event, 3), sold_out);
}

TEST_F(AdmissionTest, AReadFromBeforeARaiseDoesNotBringTheFlagBack) {
  const CouponEventId event = sold_out_event(1);
  clock_.advance(300ms);
  EXPECT_EQ(from_memory(event, 2), sold_out);
  const auto tell_late = database_.run_read_and_tell_later();
  raise(event, 2);
  tell_late();
  EXPECT_EQ(from_memory(event, 2), std::nullopt);
}

TEST_F(AdmissionTest, ASettleInTheSameCommitAsARaiseDoesNotBringTheFlagBack) {
  const CouponEventId event = open_event(1);
  request(event, 1);
  submit_raise(event, 2);
  EXPECT_EQ(database_.run_writes(2), 2U);
  EXPECT_EQ(told(1), issued);
  EXPECT_EQ(from_memory(event, 2), std::nullopt);
}

TEST_F(AdmissionTest, ARaiseByAnotherServerIsSeenByTheNextReadAndOutlivedByNoFlag) {
  const CouponEventId event = sold_out_event(1);
  raise_elsewhere(event, 2);
  EXPECT_EQ(from_memory(event, 2), sold_out) << "within the second that a raise takes";
  clock_.advance(300ms);
  EXPECT_EQ(from_memory(event, 2), sold_out);
  database_.run_reads();
  EXPECT_EQ(from_memory(event, 2), std::nullopt);

  clock_.advance(limits::raise_delay - 300ms);
  const std::uint64_t token = next_token_ - 1;
  database_.run_all();
  EXPECT_EQ(told(token), issued);
}

TEST_F(AdmissionTest, AStartedServerUsesTheFlagOnlyOnceItKnowsEveryHolder) {
  const CouponEventId event = sold_out_event(25);
  start({.holders_page_max = 10});
  EXPECT_EQ(from_memory(event, 99), std::nullopt);
  database_.run_writes();
  for (int page = 1; page <= 3; ++page) {
    EXPECT_EQ(from_memory(event, 99), std::nullopt) << "before page " << page;
    database_.run_writes();
    EXPECT_EQ(database_.run_reads(), 1U);
  }
  EXPECT_EQ(database_.reads_waiting(), 0U);
  EXPECT_EQ(from_memory(event, 99), sold_out);
  for (int number = 1; number <= 25; ++number) {
    EXPECT_EQ(from_memory(event, number), already_issued);
  }
  const auto last = request(event, 25, 1);
  EXPECT_EQ(last->settled.coupon, (store_.record.by_user.at({event, user(25)})));
  EXPECT_EQ(store_.pages_of_coupons, 3);
}

TEST_F(AdmissionTest, CouponsIssuedByAnotherServerAreReadBeforeSoldOutIsTold) {
  const CouponEventId event = open_event(4);
  request_all(event, 1, 1);
  database_.run_all();
  {
    Admission elsewhere(database_, store_, calendar_, clock_);
    for (int number = 2; number <= 3; ++number) elsewhere.request(event, user(number), sink_, 50);
    database_.run_all();
  }
  request_all(event, 4, 5);
  database_.run_writes(2);
  database_.run_writes(2);
  EXPECT_EQ(told(5), sold_out);
  EXPECT_EQ(from_memory(event, 6), std::nullopt) << "users 2 and 3 are not known yet";
  database_.run_all();
  EXPECT_EQ(from_memory(event, 6), sold_out);
  EXPECT_EQ(from_memory(event, 2), already_issued);
  EXPECT_EQ(from_memory(event, 4), already_issued);
  EXPECT_EQ(admission_->counts().holders, 4);
}

TEST_F(AdmissionTest, WithoutRoomForTheHoldersTheDatabaseIsAsked) {
  start({.holders_max = 10, .holders_page_max = 4});
  const CouponEventId event = sold_out_event(25);
  EXPECT_LE(admission_->counts().holders, 10);
  for (int round = 0; round < 3; ++round) {
    const std::uint64_t token = next_token_;
    EXPECT_EQ(from_memory(event, 99), std::nullopt);
    EXPECT_EQ(from_memory(event, 24), std::nullopt);
    database_.run_all();
    EXPECT_EQ(told(token), sold_out);
    EXPECT_EQ(told(token + 1), already_issued);
  }
  EXPECT_LE(admission_->counts().holders, 10);
}

TEST_F(AdmissionTest, HoldersOfEventsThatNobodyAsksForMakeRoom) {
  start({.holders_max = 10});
  sold_out_event(8);
  EXPECT_EQ(admission_->counts().holders, 8);
  clock_.advance(limits::desk_idle_time + 2s);
  const CouponEventId next = sold_out_event(9);
  clock_.advance(1s);
  request(next, 99, 1'000);
  database_.run_all();
  EXPECT_EQ(admission_->counts().holders, 9);
  EXPECT_EQ(from_memory(next, 99), sold_out);
  EXPECT_EQ(from_memory(next, 9), already_issued);
}

TEST_F(AdmissionTest, TheLongestUnaskedEventMakesRoomForANewOne) {
  start({.events_max = 2});
  const CouponEventId first = sold_out_event(1);
  clock_.advance(2s);
  const CouponEventId second = sold_out_event(2);
  clock_.advance(2s);
  const CouponEventId third = open_event(1);
  request(third, 3);
  database_.run_all();

  EXPECT_EQ(told(3), issued);
  EXPECT_EQ(admission_->counts().events, 2);
  EXPECT_EQ(from_memory(second, 1), already_issued);
  EXPECT_EQ(admission_->counts().holders, 3);
  EXPECT_EQ(from_memory(first, 1), std::nullopt);
}

TEST_F(AdmissionTest, TooManyBusyEventsAreRefusedAtOnce) {
  start({.events_max = 2});
  for (int i = 0; i < 3; ++i) open_event(5);
  request(CouponEventId{1}, 1);
  request(CouponEventId{2}, 2);
  EXPECT_EQ(error(request(CouponEventId{3}, 3)), Errc::overloaded);
  EXPECT_EQ(admission_->counts().waiting, 2);
  database_.run_all();
  EXPECT_EQ(request(CouponEventId{3}, 3), std::nullopt);
}

TEST_F(AdmissionTest, UnitsThatOutliveItDoNothing) {
  const CouponEventId event = open_event(5);
  request_all(event, 1, 3);
  admission_.reset();
  database_.run_all();
  EXPECT_TRUE(sink_.order().empty());
  EXPECT_TRUE(store_.record.coupons.empty());
}

}  // namespace
}  // namespace rushline::coupons
