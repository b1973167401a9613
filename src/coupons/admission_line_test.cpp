// Requests go through the line, several servers on one waiting room and one database: what one
// settles the other tells; and when Redis is lost the event goes on directly and comes back.
#include <gtest/gtest.h>

#include "core/planted_bug.hpp"
#include "coupons/admission.hpp"
#include "coupons/epochs.hpp"
#include "coupons/event_service.hpp"
#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_waiting_room.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/recording_sink.hpp"

namespace rushline::coupons {
namespace {

using namespace std::chrono_literals;
using enum Outcome;
using tests::user;

// A server has its own way to the database, so one may be late while the other goes on.
class AdmissionLine : public testing::Test {
 protected:
  struct Server {
    Server(AdmissionLine& test)  // NOLINT(google-explicit-constructor)
        : database(test.clock_, tests::FakeDatabase::Mode::on_demand),
          admission(std::make_unique<Admission>(database, test.store_, test.calendar_, test.clock_,
                                                &test.room_)),
          service(test.store_, [this](CouponEventId id) { admission->event_changed(id); }) {
      database.undoes(test.store_.record);
    }
    tests::FakeDatabase database;
    std::unique_ptr<Admission> admission;
    EventService service;
  };

  void TearDown() override { plant_bug(PlantedBug::none); }

  void open_line(std::int64_t quantity, Ack ack = Ack::verdict) {
    CouponEvent event = tests::sample_event(quantity);
    event.ack = ack;
    event_ = tests::add_event(store_, event);
    for (int turn = 0; turn < 3; ++turn) pass(limits::line_look_interval);
    pass(limits::line_return_wait_min * 2);  // the line has shown that it holds
    ASSERT_EQ(row().mode, Mode::redis);
  }
  void pass(std::chrono::microseconds time) {
    clock_.advance(time);
    for (Server* server : {&a_, &b_}) {
      if (server->admission) server->admission->tick();
      server->database.run_all();
    }
  }
  void press(Server& server, int number, std::uint64_t token, Until until = Until::verdict) {
    const auto answer = server.admission->request(event_, user(number), sink_, token, until);
    if (answer) sink_.tell(std::vector<Told>{{token, *answer}});
  }
  void patch(Server& server, std::int64_t quantity) {
    server.database.write(
        [&, quantity](Transaction& transaction) {
          return server.service.patch(transaction, event_, {quantity, std::nullopt});
        },
        [](const Result<EventView>& raised) { EXPECT_TRUE(raised.has_value()); });
    server.database.run_all();
  }
  void set_paused(bool paused) {
    a_.database.write(
        [&, paused](Transaction& transaction) {
          return paused ? a_.service.pause(transaction, event_, "")
                        : a_.service.resume(transaction, event_, "");
        },
        [](const Result<EventView>& changed) { EXPECT_TRUE(changed.has_value()); });
    a_.database.run_all();
  }
  std::optional<Outcome> told(std::uint64_t token) const {
    const auto answer = sink_.answer(token);
    if (!answer || answer->error) return std::nullopt;
    return answer->settled.outcome;
  }
  const CouponEvent& row() const { return store_.record.events.at(event_); }
  bool holds(int number) const { return store_.record.by_user.contains({event_, user(number)}); }

  tests::ManualClock clock_;
  tests::FakeCouponStore store_;
  tests::FakeWaitingRoom room_{clock_};
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  tests::RecordingSink sink_;
  CouponEventId event_{1};
  Server a_{*this};
  Server b_{*this};
};

TEST_F(AdmissionLine, ARequestIsToldAfterTheCommitAndASecondPressIsToldOfTheSameCoupon) {
  open_line(5);
  press(a_, 1, 1);
  press(a_, 1, 2);
  EXPECT_EQ(told(1), std::nullopt);
  EXPECT_EQ(a_.admission->position(event_, user(1)), 1);
  a_.database.run_all();
  EXPECT_EQ(told(1), issued);
  EXPECT_EQ(told(2), already_issued);
  EXPECT_EQ(sink_.answer(1)->settled.coupon, sink_.answer(2)->settled.coupon);
  EXPECT_TRUE(store_.record.coupons.begin()->second.seq.has_value());
}

TEST_F(AdmissionLine, SoldOutIsToldByTheDatabase) {
  open_line(1);
  press(a_, 1, 1);
  a_.database.run_all();
  press(b_, 2, 2);
  EXPECT_EQ(told(2), std::nullopt) << "the word of the waiting room is not enough";
  b_.database.run_all();
  EXPECT_EQ(told(2), sold_out);
}

TEST_F(AdmissionLine, WhoWaitsForAPlaceOnlyIsToldThePosition) {
  open_line(5);
  press(a_, 1, 1, Until::place);
  press(a_, 2, 2, Until::place);
  a_.database.run_reads(2);
  EXPECT_EQ(told(1), queued);
  EXPECT_EQ(sink_.answer(2)->settled.position, 2);
}

TEST_F(AdmissionLine, AnEventThatAcknowledgesPlacesTellsThemToEverybody) {
  open_line(5, Ack::queued);
  press(a_, 1, 1);
  a_.database.run_reads();
  EXPECT_EQ(told(1), queued);
  a_.database.run_all();
  EXPECT_TRUE(holds(1));
}

TEST_F(AdmissionLine, AHolderIsToldOfTheCouponWhereOthersAreToldThePlace) {
  open_line(5, Ack::queued);
  press(a_, 1, 1);
  a_.database.run_all();
  ASSERT_TRUE(holds(1));
  press(b_, 1, 2);
  b_.database.run_all();
  EXPECT_EQ(told(2), already_issued);
}

TEST_F(AdmissionLine, WhoIsOnlyToldThePlaceIsToldItWithoutTheDatabaseToo) {
  open_line(5, Ack::queued);
  a_.database.refuse(Errc::unavailable);
  press(a_, 1, 1);
  EXPECT_EQ(told(1), queued);
}

TEST_F(AdmissionLine, WhatOneServerSettlesTheOtherTells) {
  open_line(5);
  press(a_, 1, 1);
  b_.admission->tick();
  clock_.advance(limits::line_look_interval);
  b_.admission->tick();
  b_.database.run_all();
  EXPECT_TRUE(holds(1));
  EXPECT_EQ(told(1), std::nullopt);
  a_.database.run_all();
  EXPECT_EQ(told(1), issued);
}

TEST_F(AdmissionLine, ALostMessageCostsNoVerdict) {
  open_line(5);
  room_.set_telling(false);
  press(a_, 1, 1);
  a_.database.fail_next_commit(Errc::unavailable);
  clock_.advance(limits::line_look_interval);
  b_.admission->tick();
  b_.database.run_all();
  ASSERT_TRUE(holds(1));
  for (int turn = 0; turn < 3; ++turn) pass(limits::drain_interval_default);
  EXPECT_EQ(told(1), issued);
}

TEST_F(AdmissionLine, ThePlacesOfADeadServerAreDrainedByAnother) {
  open_line(5);
  press(a_, 1, 1);
  a_.admission.reset();
  pass(limits::line_look_interval);
  EXPECT_TRUE(holds(1));
}

TEST_F(AdmissionLine, WhoStandsInAPausedLineStaysThereUntilItResumes) {
  open_line(5);
  press(b_, 1, 1);
  set_paused(true);
  pass(limits::line_look_interval);
  EXPECT_FALSE(holds(1));
  EXPECT_EQ(told(1), std::nullopt);
  press(a_, 2, 2);
  pass(20ms);
  EXPECT_EQ(told(2), paused);
  set_paused(false);
  for (int turn = 0; turn < 3; ++turn) pass(limits::line_look_interval);
  EXPECT_EQ(told(1), issued);
}

TEST_F(AdmissionLine, WhoStandsInAPausedLineIsToldWhenTheEventIsClosed) {
  open_line(5);
  press(b_, 1, 1);
  set_paused(true);
  pass(limits::line_look_interval);
  a_.database.write(
      [&](Transaction& transaction) { return a_.service.close(transaction, event_, ""); },
      [](const Result<EventView>& view) { EXPECT_TRUE(view.has_value()); });
  for (int turn = 0; turn < 3; ++turn) pass(limits::line_look_interval);
  EXPECT_EQ(told(1), closed);
  EXPECT_FALSE(holds(1));
}

TEST_F(AdmissionLine, AChangeIsNotToldBeforeTheLineKnowsOfItThoughTheDatabaseIsAwayMeanwhile) {
  open_line(5);
  set_paused(true);
  bool line_knows = false;
  a_.database.refuse(Errc::unavailable);
  a_.admission->when_line_knows(event_, [&] { line_knows = true; });
  pass(limits::line_tick_interval);
  EXPECT_FALSE(line_knows);
  a_.database.refuse(std::nullopt);
  pass(limits::line_tick_interval);
  EXPECT_TRUE(line_knows);
}

TEST_F(AdmissionLine, WhoCannotBeLookedUpWhenTheLineIsOverDoesNotWaitForTheNextOne) {
  open_line(1);
  press(b_, 1, 1);
  clock_.advance(limits::line_look_interval);
  a_.admission->tick();
  a_.database.run_all();
  ASSERT_TRUE(holds(1));
  patch(a_, 2);              // a new round: the line is over
  b_.database.run_writes();  // b learns of it, and is looking up its request
  b_.database.give_up_waiting(Errc::unavailable);
  b_.database.run_all();
  EXPECT_EQ(told(1), already_issued);
}

TEST_F(AdmissionLine, ResumingIsNoticedThoughTheClockOfTheDatabaseWentBackSincePausing) {
  open_line(5);
  clock_.jump(1h);
  set_paused(true);
  pass(limits::line_look_interval);
  clock_.jump(-1h);
  clock_.advance(1ms);  // asked for later by the clock that orders readings
  set_paused(false);
  press(b_, 1, 1);
  for (int turn = 0; turn < 3; ++turn) pass(limits::line_look_interval);
  EXPECT_EQ(told(1), issued);
}

TEST_F(AdmissionLine, ADatabaseThatWasTakenBackIsGoneOnWith) {
  open_line(5);
  const auto before = store_.record;
  press(a_, 1, 1);
  pass(limits::line_look_interval);
  ASSERT_EQ(told(1), issued);
  store_.record = before;  // the commit is lost: a standby was promoted that had not received it
  for (int turn = 0; turn < 2; ++turn) pass(limits::line_look_interval);
  press(a_, 2, 2);
  press(b_, 3, 3);
  for (int turn = 0; turn < 3; ++turn) pass(limits::line_look_interval);
  EXPECT_EQ(told(2), issued);
  EXPECT_EQ(told(3), issued);
}

TEST_F(AdmissionLine, WithoutRedisTheEventGoesOnDirectlyAndComesBackAtOnceWhenItAnswered) {
  open_line(5);
  const Epoch before = row().epoch;
  room_.forget_everything();
  press(a_, 1, 1);
  a_.database.run_all();
  EXPECT_EQ(told(1), issued);
  EXPECT_GT(row().epoch, before);
  EXPECT_EQ(row().mode, Mode::redis);
}

TEST_F(AdmissionLine, AnUnreachableRedisIsTriedAgainAfterFiveHealthySeconds) {
  open_line(5);
  clock_.advance(1min);
  room_.set_reachable(false);
  press(a_, 1, 1);
  a_.database.run_all();
  EXPECT_EQ(told(1), issued);
  EXPECT_EQ(row().mode, Mode::direct);
  room_.set_reachable(true);
  pass(limits::line_return_wait_min - 1s);
  EXPECT_EQ(row().mode, Mode::direct);
  pass(1s);
  EXPECT_EQ(row().mode, Mode::redis);
}

TEST_F(AdmissionLine, PlacesInALineThatWasLeftAreSettledThoughNobodyAsksAndNobodyRemembersIt) {
  open_line(5, Ack::queued);
  press(a_, 1, 1);
  a_.database.run_reads();
  ASSERT_EQ(told(1), queued);
  store_.record.events.at(event_) = *leave_line(row(), row().epoch);
  for (Server* server : {&a_, &b_}) {
    server->admission =
        std::make_unique<Admission>(server->database, store_, calendar_, clock_, &room_);
  }
  const auto pass_looking = [&](Monotonic::duration time) {
    for (const Monotonic end = clock_.monotonic() + time; clock_.monotonic() < end;) {
      pass(limits::line_look_interval);
    }
  };
  pass_looking(limits::line_return_wait_min - 1s);
  EXPECT_FALSE(holds(1)) << "whoever left the line has its reasons";
  pass_looking(2s);
  EXPECT_TRUE(holds(1));
  EXPECT_EQ(row().mode, Mode::redis);
}

TEST_F(AdmissionLine, LostRepliesLoseNobodyAndTellNobodyTwice) {
  open_line(5);
  room_.lose_replies(1);
  press(a_, 1, 1);
  press(a_, 2, 2);
  a_.database.run_all();
  pass(10s);
  EXPECT_EQ(told(1), issued);
  EXPECT_EQ(told(2), issued);
  EXPECT_EQ(sink_.told_twice(), 0);
}

TEST_F(AdmissionLine, ANewRoundBeginsWithAnEmptyLineAndOnlyAfterTheSecond) {
  open_line(1);
  press(a_, 1, 1);
  a_.database.run_all();
  patch(a_, 2);
  EXPECT_EQ(row().mode, Mode::direct);
  pass(limits::raise_delay - 1ms);
  EXPECT_EQ(row().mode, Mode::direct);
  press(a_, 2, 2);
  a_.database.run_all();
  EXPECT_EQ(told(2), sold_out);
  pass(limits::line_look_interval);
  EXPECT_EQ(row().mode, Mode::redis);
  EXPECT_FALSE(holds(2));
}

TEST_F(AdmissionLine, ANewRoundWaitsForOldFlagsThoughTheClockOfTheDatabaseIsSetAhead) {
  open_line(1);
  press(a_, 1, 1);
  a_.database.run_all();
  ASSERT_EQ(told(1), issued);
  patch(a_, 2);
  clock_.jump(10s);
  press(b_, 2, 2);
  b_.database.run_all();
  pass(limits::sold_out_flag_age_max - 100ms);
  EXPECT_EQ(sink_.answer(2), std::nullopt);
  for (int turn = 0; turn < 3; ++turn) pass(limits::direct_retry_pause);
  EXPECT_EQ(told(2), issued);
}

TEST_F(AdmissionLine, ABatchOfAnOldRoundSettlesNothing) {
  std::uint64_t token = 0;
  for (const auto bug : {PlantedBug::none, PlantedBug::settle_in_any_epoch}) {
    plant_bug(bug);
    token += 10;
    open_line(2);
    press(a_, 1, token, Until::place);  // A has taken the place, its transaction is late
    room_.forget_everything();
    press(b_, 2, token + 1);
    press(b_, 3, token + 2);
    b_.database.run_all();
    ASSERT_EQ(row().issued, 2);
    patch(b_, 3);
    clock_.advance(limits::raise_delay);
    a_.database.run_writes();
    EXPECT_EQ(holds(1), bug != PlantedBug::none);
    a_.database.run_all();
    b_.database.run_all();
  }
}

// A place is lost with a failover of which A learns only by the mark of the line that came after.
class LostPlace : public AdmissionLine {
 protected:
  void lose_place_of_user_1(std::int64_t quantity, std::uint64_t token = 1) {
    open_line(quantity);
    room_.replicate();
    press(a_, 1, token);
    room_.fail_over(std::to_string(token));
    press(b_, 2, token + 1);
    b_.database.run_all();
    ASSERT_EQ(row().mode, Mode::redis);
    press(b_, 3, token + 2);
    b_.database.run_all();
    ASSERT_TRUE(holds(2) && holds(3) && !holds(1));
  }
};

TEST_F(LostPlace, WhoLostThePlaceEntersAgain) {
  lose_place_of_user_1(5);
  a_.database.run_all();
  EXPECT_EQ(told(1), std::nullopt) << "the turn is left to the other server for a moment";
  pass(limits::line_tick_interval);
  EXPECT_EQ(told(1), issued);
}

TEST_F(LostPlace, APlaceThatIsNotThereDecidesNothing) {
  plant_bug(PlantedBug::empty_line_is_settled);
  lose_place_of_user_1(5);
  a_.database.run_reads(9);
  EXPECT_EQ(told(1), sold_out) << "this is what the guard prevents";
}

TEST_F(LostPlace, MarkAndCouponsAreReadInOneSnapshot) {
  for (const auto bug : {PlantedBug::none, PlantedBug::mark_apart_from_coupons}) {
    plant_bug(bug);
    const std::uint64_t token = bug == PlantedBug::none ? 10 : 20;
    lose_place_of_user_1(3, token);
    a_.database.run_reads();
    press(b_, 1, token + 3);
    b_.database.run_all();
    ASSERT_TRUE(holds(1));
    a_.database.run_all();
    EXPECT_EQ(told(token) == sold_out, bug != PlantedBug::none);
  }
}

TEST_F(AdmissionLine, CountsItsStagesAndWhoWaits) {
  open_line(5);
  EXPECT_EQ(a_.admission->counts().line.undecided_in_line, 1);
  EXPECT_EQ(a_.admission->counts().line.undecided_direct, 0);
  EXPECT_EQ(a_.admission->counts().line.epoch_max, row().epoch.value);
  press(a_, 1, 1);
  clock_.advance(40ms);
  const AdmissionCounts waiting = a_.admission->counts();
  EXPECT_EQ(waiting.line.waiting, 1);
  EXPECT_EQ(waiting.line.longest, 1);
  EXPECT_EQ(waiting.oldest_wait, 40ms);
  EXPECT_EQ(waiting.still, 40ms);
  EXPECT_EQ(waiting.answers.verdict.count(), 0);
  a_.database.run_all();
  const AdmissionCounts counts = a_.admission->counts();
  EXPECT_EQ(counts.answers.of(issued), 1);
  EXPECT_EQ(counts.answers.admit.count(), 1);
  EXPECT_EQ(counts.answers.admit.sum, 0);
  EXPECT_EQ(counts.answers.settle.count(), 1);
  EXPECT_EQ(counts.answers.settle.sum, 40'000);
  EXPECT_EQ(counts.answers.tell.count(), 1);
  EXPECT_EQ(counts.still, 0ms);
  EXPECT_EQ(counts.answers.verdict.sum, 40'000);
  EXPECT_EQ(counts.line.admits.sum, 1);
  EXPECT_EQ(counts.line.drains.sum, 1);
  EXPECT_EQ(counts.oldest_wait, 0ms);
}

TEST_F(AdmissionLine, NoticesALineThatStandsStillAlthoughNobodyWaitsHere) {
  open_line(5, Ack::queued);
  press(a_, 1, 1);
  a_.database.run_reads();
  ASSERT_EQ(told(1), queued);
  clock_.advance(4s);
  EXPECT_EQ(a_.admission->counts().oldest_wait, 4s);
  EXPECT_EQ(a_.admission->counts().still, 4s);
  a_.database.run_all();
  EXPECT_EQ(a_.admission->counts().oldest_wait, 0ms);
  EXPECT_EQ(a_.admission->counts().still, 0ms);
}

TEST_F(AdmissionLine, CountsTheVerdictsOfPlacesThatNobodyWaitsFor) {
  open_line(5, Ack::queued);
  press(a_, 1, 1);
  press(a_, 2, 2);
  a_.database.run_reads(2);
  ASSERT_EQ(told(2), queued);
  EXPECT_EQ(a_.admission->counts().answers.admit.count(), 2);
  clock_.advance(3s);
  press(a_, 1, 3);  // who presses again has been counted
  a_.database.run_all();
  const AnswerCounts answers = a_.admission->counts().answers;
  EXPECT_EQ(answers.settle.count(), 2);
  EXPECT_EQ(answers.settle.sum, 2 * 3'000'000);
  EXPECT_EQ(answers.verdict.sum, 2 * 3'000'000);
}

TEST_F(AdmissionLine, CountsPlacesThatAnotherServerSettles) {
  open_line(5, Ack::queued);
  press(a_, 1, 1);
  a_.database.run_reads();
  clock_.advance(2s);
  b_.admission->tick();
  b_.database.run_all();
  ASSERT_TRUE(holds(1));
  EXPECT_EQ(a_.admission->counts().answers.settle.sum, 2'000'000);
  EXPECT_EQ(a_.admission->counts().answers.verdict.sum, 2'000'000);
  EXPECT_EQ(b_.admission->counts().answers.settle.count(), 0);
}

TEST_F(AdmissionLine, CountsWhoWaitedInVainAmongTheSlowest) {
  open_line(5);
  press(a_, 1, 1);
  clock_.advance(limits::line_memory_max + 1s);
  a_.admission->tick();
  ASSERT_EQ(told(1), queued);
  EXPECT_EQ(a_.admission->counts().answers.verdict.counts.back(), 1);
  EXPECT_EQ(a_.admission->counts().answers.verdict.sum, 36'000'000);
}

TEST_F(AdmissionLine, TakesTheWaitInAPausedEventForNoFault) {
  open_line(5);
  press(a_, 1, 1);
  clock_.advance(4s);
  store_.record.events.at(event_).paused = true;
  a_.database.run_all();
  EXPECT_EQ(told(1), std::nullopt);
  EXPECT_EQ(a_.admission->counts().oldest_wait, 0ms);
  EXPECT_EQ(a_.admission->counts().still, 0ms);
}

TEST_F(AdmissionLine, CountsTheEventsThatGoDirectly) {
  open_line(5);
  room_.set_reachable(false);
  press(a_, 1, 1);
  for (int turn = 0; turn < 3; ++turn) pass(limits::line_look_interval);
  EXPECT_EQ(told(1), issued);
  for (Server* server : {&a_, &b_}) {
    EXPECT_EQ(server->admission->counts().line.undecided_direct, 1);
    EXPECT_EQ(server->admission->counts().line.undecided_in_line, 0);
  }
}

}  // namespace
}  // namespace rushline::coupons
