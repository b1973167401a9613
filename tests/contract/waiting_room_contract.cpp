// The checks of the waiting room's contract.
#include "tests/contract/waiting_room_contract.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include "core/limits.hpp"
#include "tests/support/eventually.hpp"

namespace rushline::tests {

using coupons::Admissions;
using coupons::Epoch;
using coupons::Sequence;
using coupons::Taken;
using coupons::Turned;
using coupons::WaitingRoom;
using coupons::Window;

namespace {

const Timestamp long_ago{std::chrono::hours(24 * 365)};
const Timestamp far_away{std::chrono::hours(24 * 365 * 200)};
const Window closed{.opens_at = {}, .closes_at = long_ago, .paused = false};
const Window not_open{.opens_at = far_away, .closes_at = {}, .paused = false};
const Window paused{.opens_at = {}, .closes_at = {}, .paused = true};

// The outcome of a call, waited for.
template <class T, class Call>
Result<T> outcome_of(Call call) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable told;
    std::optional<Result<T>> outcome;
  };
  const auto shared = std::make_shared<Shared>();  // `done` may come after the deadline
  call(WaitingRoom::Done<T>([shared](Result<T> outcome) {
    const std::lock_guard lock(shared->mutex);
    shared->outcome = std::move(outcome);
    shared->told.notify_one();
  }));
  std::unique_lock lock(shared->mutex);
  if (!shared->told.wait_for(lock, std::chrono::seconds(10),
                             [&] { return shared->outcome.has_value(); })) {
    throw std::runtime_error("the waiting room does not answer");
  }
  return std::move(*shared->outcome);
}

std::string word_of(Turned turned) {
  switch (turned) {
    case Turned::sold_out:
      return "sold_out";
    case Turned::closed:
      return "closed";
    case Turned::not_open:
      return "not_open";
    case Turned::paused:
      return "paused";
    case Turned::full:
      return "full";
  }
  return "?";
}

std::string text_of(Sequence seq) {
  return fmt::format("{}:{}", seq.value / limits::sequences_per_epoch,
                     seq.value % limits::sequences_per_epoch);
}

template <class T>
std::string text_of(const Result<T>& outcome) {
  return outcome.has_error() ? std::string(to_word(outcome.error().code)) : "ok";
}

std::vector<UserId> users_in(const std::string& names) {
  std::vector<UserId> users;
  std::istringstream words(names);
  for (std::string word; words >> word;) users.push_back(*UserId::parse(word));
  return users;
}

}  // namespace

Sequence sequence(std::int64_t epoch, std::int64_t number) {
  return {epoch * limits::sequences_per_epoch + number};
}

LineUnderTest::LineUnderTest(WaitingRoomUnderTest& under_test, std::int64_t event_number)
    : event{event_number}, room_(under_test.room()) {
  replid = primary();
}

std::string LineUnderTest::install(std::int64_t epoch, std::int64_t kept, Window window,
                                   std::int64_t cap) {
  return text_of(outcome_of<void>([&](auto done) {
    room_.install({fence(epoch), Epoch{kept}, window, cap}, std::move(done));
  }));
}

std::string LineUnderTest::admit(std::int64_t epoch, const std::string& users) {
  const auto outcome = outcome_of<Admissions>(
      [&](auto done) { room_.admit(fence(epoch), users_in(users), std::move(done)); });
  if (outcome.has_error()) return text_of(outcome);
  std::string text;
  for (const coupons::Admitted& given : outcome->users) {
    text += (given.place ? text_of(*given.place) : word_of(outcome->turned)) + " ";
  }
  return text + fmt::format("| {}", outcome->waiting);
}

std::string LineUnderTest::who_is_new(std::int64_t epoch, const std::string& users) {
  const auto outcome = outcome_of<Admissions>(
      [&](auto done) { room_.admit(fence(epoch), users_in(users), std::move(done)); });
  if (outcome.has_error()) return text_of(outcome);
  std::string text;
  for (const coupons::Admitted& given : outcome->users) {
    text += std::string(text.empty() ? "" : " ") + (given.is_new ? "new" : "old");
  }
  return text;
}

std::string LineUnderTest::take(std::int64_t epoch, Sequence mark, Window window,
                                std::size_t count_max) {
  if (window.as_of == Timestamp{}) window.as_of = Timestamp{std::chrono::microseconds{++stamp_}};
  const auto outcome = outcome_of<Taken>(
      [&](auto done) { room_.take(fence(epoch), mark, window, count_max, std::move(done)); });
  if (outcome.has_error()) return text_of(outcome);
  std::string text;
  for (const coupons::Place& place : outcome->places) {
    text += fmt::format("{}@{} ", place.user.view(), text_of(place.seq));
  }
  return text + fmt::format("| {}", outcome->waiting);
}

std::string LineUnderTest::trim(std::int64_t epoch, Sequence mark) {
  return text_of(
      outcome_of<void>([&](auto done) { room_.trim(fence(epoch), mark, std::move(done)); }));
}

std::string LineUnderTest::mark_sold_out(std::int64_t epoch) {
  return text_of(
      outcome_of<void>([&](auto done) { room_.mark_sold_out(fence(epoch), std::move(done)); }));
}

std::string LineUnderTest::find(const std::string& user) {
  const auto outcome = outcome_of<std::optional<Sequence>>(
      [&](auto done) { room_.find(event, *UserId::parse(user), std::move(done)); });
  if (outcome.has_error()) return text_of(outcome);
  return *outcome ? text_of(**outcome) : "-";
}

std::string LineUnderTest::primary() {
  const auto outcome =
      outcome_of<std::string>([&](auto done) { room_.primary(event, std::move(done)); });
  return outcome.has_error() ? text_of(outcome) : *outcome;
}

namespace {

// Trap 1.
void keeps_the_first_place_of_one_who_presses_twice(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  EXPECT_EQ(line.admit(2, "A B"), "2:0 2:1 | 2");
  EXPECT_EQ(line.admit(2, "A C B"), "2:0 2:2 2:1 | 3");
  EXPECT_EQ(line.take(2), "A@2:0 B@2:1 C@2:2 | 3");
}

void gives_one_place_to_one_who_stands_twice_in_a_batch(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  EXPECT_EQ(line.admit(2, "A A B A"), "2:0 2:0 2:1 2:0 | 2");
  EXPECT_EQ(line.admit(2, "C"), "2:2 | 3");
}

void tells_the_request_that_made_a_place(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2, 0, {}, 2), "ok");
  EXPECT_EQ(line.who_is_new(2, "A A"), "new old");
  EXPECT_EQ(line.who_is_new(2, "A B C"), "old new old") << "C finds the line full";
}

void takes_no_window_that_is_older(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  coupons::Window window = paused;
  window.as_of = Timestamp{std::chrono::microseconds{5'000}};
  line.take(2, {}, window);
  coupons::Window older;
  older.as_of = Timestamp{std::chrono::microseconds{4'999}};
  line.take(2, {}, older);
  EXPECT_EQ(line.admit(2, "A"), "paused | 0");
  older.as_of = Timestamp{std::chrono::microseconds{5'001}};
  line.take(2, {}, older);
  EXPECT_EQ(line.admit(2, "A"), "2:0 | 1");
}

void tells_who_is_in_line_the_place_whatever_it_says_to_others(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2, 0, {}, 2), "ok");
  ASSERT_EQ(line.admit(2, "A"), "2:0 | 1");
  for (const auto& [window, reason] : {std::pair(closed, "closed"), std::pair(not_open, "not_open"),
                                       std::pair(paused, "paused")}) {
    line.take(2, {}, window);
    EXPECT_EQ(line.admit(2, "B A"), fmt::format("{} 2:0 | 1", reason));
  }
  line.take(2);
  EXPECT_EQ(line.admit(2, "B C A"), "2:1 full 2:0 | 2");
  line.mark_sold_out(2);
  EXPECT_EQ(line.admit(2, "C A"), "sold_out 2:0 | 2");
}

// Trap 2.
void orders_by_arrival_and_by_nothing_else(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  EXPECT_EQ(line.admit(2, "Z M A"), "2:0 2:1 2:2 | 3");
  EXPECT_EQ(line.admit(2, "B"), "2:3 | 4");
  EXPECT_EQ(line.take(2), "Z@2:0 M@2:1 A@2:2 B@2:3 | 4");
  EXPECT_EQ(line.take(2, {}, {}, 2), "Z@2:0 M@2:1 | 4");
}

// Trap 4.
void lets_nobody_settled_stand_at_the_head(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A B C D");
  EXPECT_EQ(line.take(2, sequence(2, 1), {}, 1), "C@2:2 | 2");
  EXPECT_EQ(line.find("A"), "-");
  EXPECT_EQ(line.admit(2, "A"), "2:4 | 3");
  EXPECT_EQ(line.trim(2, sequence(2, 2)), "ok");
  EXPECT_EQ(line.take(2), "D@2:3 A@2:4 | 2");
}

// Trap 6.
void never_takes_nothing_stored_for_an_answer(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  const auto expect_stale = [&] {
    EXPECT_EQ(line.admit(2, "A"), "stale_epoch");
    EXPECT_EQ(line.take(2), "stale_epoch");
    EXPECT_EQ(line.trim(2, {}), "stale_epoch");
    EXPECT_EQ(line.mark_sold_out(2), "stale_epoch");
  };
  expect_stale();
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A");
  under_test.lose_event(line.event);
  expect_stale();
  ASSERT_EQ(line.install(3, 2), "ok");
  EXPECT_EQ(line.take(3), "| 0") << "a line of which nothing is known may not be kept";
  under_test.forget_everything();
  EXPECT_EQ(line.find("A"), "-");
  EXPECT_EQ(line.admit(3, "A"), "stale_epoch");
}

// Trap 9. What a promotion does to scripts is in redis_functions_test.cpp.
void refuses_an_epoch_that_was_given_by_another_primary(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A");
  under_test.change_primary();
  EXPECT_EQ(line.admit(2, "A"), "stale_epoch");
  EXPECT_EQ(line.take(2), "stale_epoch");
  EXPECT_EQ(line.trim(2, sequence(2, 0)), "stale_epoch");
  EXPECT_EQ(line.mark_sold_out(2), "stale_epoch");
  EXPECT_EQ(line.install(3, 2), "stale_epoch");
  line.replid = line.primary();
  EXPECT_EQ(line.admit(2, "B"), "stale_epoch") << "the stored replication id is the old one";
  EXPECT_EQ(line.find("A"), "2:0");
  ASSERT_EQ(line.install(3, 2), "ok");
  EXPECT_EQ(line.take(3), "A@2:0 | 1");
}

void refuses_every_other_epoch(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A");
  for (const std::int64_t epoch : {1, 3}) {
    EXPECT_EQ(line.admit(epoch, "B"), "stale_epoch");
    EXPECT_EQ(line.take(epoch, sequence(2, 0)), "stale_epoch");
    EXPECT_EQ(line.trim(epoch, sequence(2, 0)), "stale_epoch");
    EXPECT_EQ(line.mark_sold_out(epoch), "stale_epoch");
  }
  EXPECT_EQ(line.admit(2, "A B"), "2:0 2:1 | 2");
}

// Trap 17.
void forgets_sold_out_with_the_next_epoch(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  EXPECT_EQ(line.mark_sold_out(2), "ok");
  EXPECT_EQ(line.admit(2, "A"), "sold_out | 0");
  ASSERT_EQ(line.install(3, 2), "ok");
  EXPECT_EQ(line.mark_sold_out(2), "stale_epoch");
  EXPECT_EQ(line.admit(3, "A"), "3:0 | 1");
}

// Trap 19.
void notices_a_place_that_was_lost(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A B C");
  under_test.lose_last_place(line.event);
  EXPECT_EQ(line.take(2), "stale_epoch");
  EXPECT_EQ(line.admit(2, "D"), "stale_epoch");
  EXPECT_EQ(line.trim(2, sequence(2, 0)), "ok");
  EXPECT_EQ(line.take(2), "stale_epoch") << "what trim counts must not hide the loss";
  EXPECT_EQ(line.find("B"), "2:1");
  ASSERT_EQ(line.install(3, 2), "ok");
  EXPECT_EQ(line.take(3), "| 0") << "a line that is not whole may not be kept";
}

void notices_a_line_that_was_lost(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A");
  under_test.lose_line(line.event);
  EXPECT_EQ(line.take(2), "stale_epoch");
  EXPECT_EQ(line.admit(2, "A"), "stale_epoch");
}

// Trap 20.
void takes_one_installer_per_epoch(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(3), "ok");
  line.admit(3, "A");
  EXPECT_EQ(line.install(3), "stale_epoch");
  EXPECT_EQ(line.install(2), "stale_epoch");
  EXPECT_EQ(line.install(3, 3), "stale_epoch");
  EXPECT_EQ(line.take(3), "A@3:0 | 1");
}

// Trap 21.
void gives_the_same_head_until_it_is_settled(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A B C");
  EXPECT_EQ(line.take(2, {}, {}, 2), "A@2:0 B@2:1 | 3");
  EXPECT_EQ(line.take(2, {}, {}, 2), "A@2:0 B@2:1 | 3");
  EXPECT_EQ(line.take(2, sequence(2, 0), {}, 2), "B@2:1 C@2:2 | 2");
}

// Trap 22.
void begins_a_new_round_with_an_empty_line(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A B");
  ASSERT_EQ(line.install(4, 0), "ok");
  EXPECT_EQ(line.find("A"), "-");
  EXPECT_EQ(line.take(4), "| 0");
  EXPECT_EQ(line.admit(4, "B"), "4:0 | 1");
}

void keeps_a_whole_line_in_its_old_order(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "B A");
  ASSERT_EQ(line.install(5, 2), "ok");
  EXPECT_EQ(line.admit(5, "C A"), "5:0 2:1 | 3");
  EXPECT_EQ(line.take(5), "B@2:0 A@2:1 C@5:0 | 3");
}

void keeps_no_line_of_another_epoch(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A");
  ASSERT_EQ(line.install(5, 3), "ok");
  EXPECT_EQ(line.take(5), "| 0");
}

void keeps_the_line_over_installs_that_were_not_taken_into_use(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A");
  ASSERT_EQ(line.install(4, 2), "ok");
  ASSERT_EQ(line.install(6, 2), "ok");
  ASSERT_EQ(line.install(8, 2), "ok");
  EXPECT_EQ(line.take(8), "A@2:0 | 1");
  ASSERT_EQ(line.install(10, 8), "ok");
  EXPECT_EQ(line.take(10), "A@2:0 | 1");
  ASSERT_EQ(line.install(12, 2), "ok");
  EXPECT_EQ(line.take(12), "| 0");
}

void gives_places_up_to_its_cap(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2, 0, {}, 3), "ok");
  EXPECT_EQ(line.admit(2, "A B"), "2:0 2:1 | 2");
  EXPECT_EQ(line.admit(2, "C D A C"), "2:2 full 2:0 2:2 | 3");
  EXPECT_EQ(line.trim(2, sequence(2, 1)), "ok");
  EXPECT_EQ(line.admit(2, "D E F"), "2:3 2:4 full | 3");
}

void turns_newcomers_away_outside_the_window(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2, 0, not_open), "ok");
  EXPECT_EQ(line.admit(2, "A"), "not_open | 0");
  EXPECT_EQ(line.take(2, {}, paused), "| 0");
  EXPECT_EQ(line.admit(2, "A"), "paused | 0");
  EXPECT_EQ(line.take(2, {}, closed), "| 0");
  EXPECT_EQ(line.admit(2, "A"), "closed | 0");
  EXPECT_EQ(line.take(2, {}, {.opens_at = long_ago, .closes_at = far_away, .paused = false}),
            "| 0");
  EXPECT_EQ(line.admit(2, "A"), "2:0 | 1");
}

void says_sold_out_before_closed_and_closed_before_paused(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2, 0, {.opens_at = far_away, .closes_at = long_ago, .paused = true}),
            "ok");
  EXPECT_EQ(line.admit(2, "A"), "closed | 0");
  line.take(2, {}, {.opens_at = far_away, .closes_at = {}, .paused = true});
  EXPECT_EQ(line.admit(2, "A"), "not_open | 0");
  line.mark_sold_out(2);
  EXPECT_EQ(line.admit(2, "A"), "sold_out | 0");
}

void counts_exactly_in_the_last_epoch(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  const std::int64_t last = limits::epoch_max;
  ASSERT_EQ(line.install(last), "ok");
  EXPECT_EQ(line.admit(last, "A B"), fmt::format("{0}:0 {0}:1 | 2", last));
  EXPECT_EQ(line.admit(last, "C"), fmt::format("{0}:2 | 3", last));
  EXPECT_EQ(line.find("C"), fmt::format("{0}:2", last));
  EXPECT_EQ(line.take(last, sequence(last, 0)), fmt::format("B@{0}:1 C@{0}:2 | 2", last));
  EXPECT_EQ(line.trim(last, sequence(last, 1)), "ok");
  EXPECT_EQ(line.take(last), fmt::format("C@{0}:2 | 1", last));
}

void keeps_the_lines_of_events_apart(WaitingRoomUnderTest& under_test) {
  LineUnderTest one(under_test, 1);
  LineUnderTest other(under_test, 11);
  ASSERT_EQ(one.install(2), "ok");
  ASSERT_EQ(other.install(7), "ok");
  EXPECT_EQ(one.admit(2, "A"), "2:0 | 1");
  EXPECT_EQ(other.admit(7, "A"), "7:0 | 1");
  one.mark_sold_out(2);
  EXPECT_EQ(other.admit(7, "B"), "7:1 | 2");
}

void takes_the_largest_batch(WaitingRoomUnderTest& under_test) {
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  std::string users;
  for (std::size_t i = 0; i < limits::admit_batch_max; ++i) users += fmt::format("u{} ", i);
  const std::string answer = line.admit(2, users);
  EXPECT_TRUE(answer.ends_with(
      fmt::format("2:{} | {}", limits::admit_batch_max - 1, limits::admit_batch_max)));
  EXPECT_TRUE(line.take(2, {}, {}, limits::drain_batch_max).ends_with("@2:1023 | 1024"));
}

void tells_every_server_the_marks(WaitingRoomUnderTest& under_test) {
  std::string heard;
  under_test.room().on_mark([&](CouponEventId event, Sequence mark) {
    heard += fmt::format("{}@{} ", event.value, text_of(mark));
  });
  LineUnderTest line(under_test);
  ASSERT_EQ(line.install(2), "ok");
  line.admit(2, "A B");
  EXPECT_EQ(line.trim(1, sequence(2, 1)), "stale_epoch");
  EXPECT_EQ(line.trim(2, sequence(2, 0)), "ok");
  EXPECT_EQ(line.trim(2, sequence(2, 0)), "ok") << "said again: the first may have been lost";
  const auto hears_both = [&] {
    under_test.listen();
    return heard == "17@2:0 17@2:0 ";
  };
  EXPECT_TRUE(eventually(hears_both, std::chrono::seconds(2))) << heard;
}

constexpr std::array<WaitingRoomCheck, 26> checks = {{
    {"Trap01KeepsTheFirstPlaceOfOneWhoPressesTwice",
     &keeps_the_first_place_of_one_who_presses_twice},
    {"Trap01GivesOnePlaceToOneWhoStandsTwiceInABatch",
     &gives_one_place_to_one_who_stands_twice_in_a_batch},
    {"TellsTheRequestThatMadeAPlaceFromThoseThatFoundIt", &tells_the_request_that_made_a_place},
    {"TakesNoWindowThatIsOlder", &takes_no_window_that_is_older},
    {"Trap01TellsWhoIsInLineThePlaceWhateverItSaysToOthers",
     &tells_who_is_in_line_the_place_whatever_it_says_to_others},
    {"Trap02OrdersByArrivalAndByNothingElse", &orders_by_arrival_and_by_nothing_else},
    {"Trap04LetsNobodySettledStandAtTheHead", &lets_nobody_settled_stand_at_the_head},
    {"Trap06NeverTakesNothingStoredForAnAnswer", &never_takes_nothing_stored_for_an_answer},
    {"Trap09RefusesAnEpochThatWasGivenByAnotherPrimary",
     &refuses_an_epoch_that_was_given_by_another_primary},
    {"Trap15RefusesEveryOtherEpoch", &refuses_every_other_epoch},
    {"Trap17ForgetsSoldOutWithTheNextEpoch", &forgets_sold_out_with_the_next_epoch},
    {"Trap19NoticesAPlaceThatWasLost", &notices_a_place_that_was_lost},
    {"Trap19NoticesALineThatWasLost", &notices_a_line_that_was_lost},
    {"Trap20TakesOneInstallerPerEpoch", &takes_one_installer_per_epoch},
    {"Trap21GivesTheSameHeadUntilItIsSettled", &gives_the_same_head_until_it_is_settled},
    {"Trap22BeginsANewRoundWithAnEmptyLine", &begins_a_new_round_with_an_empty_line},
    {"KeepsAWholeLineInItsOldOrder", &keeps_a_whole_line_in_its_old_order},
    {"KeepsNoLineOfAnotherEpoch", &keeps_no_line_of_another_epoch},
    {"KeepsTheLineOverInstallsThatWereNotTakenIntoUse",
     &keeps_the_line_over_installs_that_were_not_taken_into_use},
    {"GivesPlacesUpToItsCap", &gives_places_up_to_its_cap},
    {"TurnsNewcomersAwayOutsideTheWindow", &turns_newcomers_away_outside_the_window},
    {"SaysSoldOutBeforeClosedAndClosedBeforePaused",
     &says_sold_out_before_closed_and_closed_before_paused},
    {"CountsExactlyInTheLastEpoch", &counts_exactly_in_the_last_epoch},
    {"KeepsTheLinesOfEventsApart", &keeps_the_lines_of_events_apart},
    {"TakesTheLargestBatch", &takes_the_largest_batch},
    {"TellsEveryServerTheMarks", &tells_every_server_the_marks},
}};

}  // namespace

std::span<const WaitingRoomCheck> waiting_room_checks() { return checks; }

const WaitingRoomCheck& waiting_room_check(std::string_view name) {
  for (const WaitingRoomCheck& check : checks) {
    if (check.name == name) return check;
  }
  throw std::runtime_error("no check " + std::string(name));
}

}  // namespace rushline::tests
