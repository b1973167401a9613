// Deciding turns the head of the line into coupons: in order, never more than the quantity.
#include "coupons/decide.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace rushline::coupons {
namespace {

// Arrivals of these users in this order; `holders` hold a coupon from before.
std::vector<Arrival> arrivals(const std::vector<int>& users, const std::set<int>& holders = {}) {
  std::vector<Arrival> made;
  std::map<int, std::int32_t> first;
  for (const int user : users) {
    const auto [at, is_first] = first.emplace(user, static_cast<std::int32_t>(made.size()));
    made.push_back(
        {.holds_coupon = holders.contains(user), .same_user_as = is_first ? -1 : at->second});
  }
  return made;
}

std::vector<Outcome> outcomes(const Decision& decision) {
  std::vector<Outcome> found;
  for (const Ruling& ruling : decision.rulings) found.push_back(ruling.outcome);
  return found;
}

std::vector<std::int64_t> numbers(const Decision& decision) {
  std::vector<std::int64_t> found;
  for (const Ruling& ruling : decision.rulings) found.push_back(ruling.issue_no);
  return found;
}

using enum Outcome;

TEST(Decide, GivesTheLastSevenWhenTenAskAndSevenAreLeft) {
  const EventTally event{.quantity = 7};
  const Decision decision = decide(event, arrivals({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));

  EXPECT_EQ(numbers(decision), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 0, 0, 0}));
  EXPECT_EQ(outcomes(decision),
            (std::vector<Outcome>{issued, issued, issued, issued, issued, issued, issued, sold_out,
                                  sold_out, sold_out}));
  EXPECT_EQ(decision.issued, 7);
}

TEST(Decide, GoesOnWithTheNextNumber) {
  const Decision decision = decide({.quantity = 10, .issued = 8}, arrivals({1, 2, 3}));

  EXPECT_EQ(numbers(decision), (std::vector<std::int64_t>{9, 10, 0}));
  EXPECT_EQ(decision.issued, 10);
}

TEST(Decide, GivesOneCouponToWhoPressesTwiceInOneBatch) {
  const Decision decision = decide({.quantity = 3}, arrivals({1, 1, 2, 1, 3}));

  EXPECT_EQ(outcomes(decision),
            (std::vector<Outcome>{issued, already_issued, issued, already_issued, issued}));
  EXPECT_EQ(numbers(decision), (std::vector<std::int64_t>{1, 0, 2, 0, 3}));
}

TEST(Decide, TellsWhoPressesTwiceTheSameRefusalTwice) {
  EXPECT_EQ(outcomes(decide({.quantity = 1}, arrivals({1, 2, 2}))),
            (std::vector<Outcome>{issued, sold_out, sold_out}));
  EXPECT_EQ(outcomes(decide({.quantity = 1, .paused = true}, arrivals({1, 1}))),
            (std::vector<Outcome>{paused, paused}));
}

TEST(Decide, AHolderIsToldOfTheCouponInEveryStateOfTheEvent) {
  const EventTally states[] = {
      {.quantity = 5, .issued = 1},
      {.quantity = 1, .issued = 1},
      {.quantity = 5, .issued = 1, .paused = true},
      {.quantity = 5, .issued = 1, .open_yet = false},
      {.quantity = 5, .issued = 1, .closed = true},
      {.quantity = 1, .issued = 1, .paused = true, .open_yet = false, .closed = true},
  };
  for (const EventTally& event : states) {
    const Decision decision = decide(event, arrivals({1, 1}, {1}));
    EXPECT_EQ(outcomes(decision), (std::vector<Outcome>{already_issued, already_issued}));
    EXPECT_EQ(decision.issued, event.issued);
  }
}

TEST(Decide, SaysSoldOutBeforeClosedNotOpenAndPaused) {
  const EventTally event{
      .quantity = 1, .issued = 1, .paused = true, .open_yet = false, .closed = true};
  EXPECT_EQ(outcomes(decide(event, arrivals({1}))), (std::vector<Outcome>{sold_out}));
}

TEST(Decide, SaysWhyNothingIsGivenWhileSomeAreLeft) {
  EXPECT_EQ(outcomes(decide({.quantity = 1, .paused = true, .open_yet = false, .closed = true},
                            arrivals({1}))),
            (std::vector<Outcome>{closed}));
  EXPECT_EQ(outcomes(decide({.quantity = 1, .paused = true, .open_yet = false}, arrivals({1}))),
            (std::vector<Outcome>{not_open}));
  EXPECT_EQ(outcomes(decide({.quantity = 1, .paused = true}, arrivals({1}))),
            (std::vector<Outcome>{paused}));
}

TEST(Decide, DoesNothingForAnEmptyBatch) {
  const Decision decision = decide({.quantity = 3, .issued = 2}, {});
  EXPECT_TRUE(decision.rulings.empty());
  EXPECT_EQ(decision.issued, 2);
}

// Users 0 to 19 press in any order, any of them may hold a coupon from before.
struct Drop {
  EventTally event;
  std::vector<int> users;
  std::set<int> holders;

  std::vector<Arrival> batch() const { return arrivals(users, holders); }
  std::int64_t left() const { return event.quantity - event.issued; }
  std::int64_t newcomers() const {
    std::set<int> others(users.begin(), users.end());
    std::erase_if(others, [&](int user) { return holders.contains(user); });
    return static_cast<std::int64_t>(others.size());
  }
};

Drop any_open_drop() {
  Drop drop;
  drop.users = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20));
  drop.holders = *rc::gen::container<std::set<int>>(rc::gen::inRange(0, 20));
  drop.event.issued =
      static_cast<std::int64_t>(drop.holders.size()) + *rc::gen::inRange<std::int64_t>(0, 5);
  drop.event.quantity = drop.event.issued + *rc::gen::inRange<std::int64_t>(0, 15);
  return drop;
}

RC_GTEST_PROP(DecideProperty, GivesAllThatCanBeGivenAndNeverMore, ()) {
  const Drop drop = any_open_drop();
  const Decision decision = decide(drop.event, drop.batch());

  RC_ASSERT(decision.rulings.size() == drop.users.size());
  RC_ASSERT(decision.issued <= drop.event.quantity);
  RC_ASSERT(decision.issued - drop.event.issued == std::min(drop.left(), drop.newcomers()));
}

RC_GTEST_PROP(DecideProperty, NumbersAreGaplessInTheOrderOfArrival, ()) {
  const Drop drop = any_open_drop();
  const Decision decision = decide(drop.event, drop.batch());

  std::int64_t last = drop.event.issued;
  for (const Ruling& ruling : decision.rulings) {
    if (ruling.outcome == issued) {
      RC_ASSERT(ruling.issue_no == ++last);
    } else {
      RC_ASSERT(ruling.issue_no == 0);
    }
  }
  RC_ASSERT(last == decision.issued);
}

RC_GTEST_PROP(DecideProperty, NobodyGetsTwoAndNobodyPassesAnotherWhoWasRefused, ()) {
  const Drop drop = any_open_drop();
  const Decision decision = decide(drop.event, drop.batch());

  std::set<int> gained;
  bool somebody_was_refused = false;
  for (std::size_t i = 0; i < drop.users.size(); ++i) {
    const int user = drop.users[i];
    const Outcome outcome = decision.rulings[i].outcome;
    if (outcome == issued) {
      RC_ASSERT(!drop.holders.contains(user));
      RC_ASSERT(gained.insert(user).second);
      RC_ASSERT(!somebody_was_refused);
    } else if (outcome == already_issued) {
      RC_ASSERT((drop.holders.contains(user) || gained.contains(user)));
    } else {
      RC_ASSERT(outcome == sold_out);
      RC_ASSERT((!drop.holders.contains(user) && !gained.contains(user)));
      somebody_was_refused = true;
    }
  }
}

RC_GTEST_PROP(DecideProperty, SplittingABatchChangesNothing, ()) {
  const Drop drop = any_open_drop();
  const auto cut =
      static_cast<std::ptrdiff_t>(*rc::gen::inRange<std::size_t>(0, drop.users.size() + 1));
  const Decision whole = decide(drop.event, drop.batch());

  const std::vector<int> head(drop.users.begin(), drop.users.begin() + cut);
  const std::vector<int> tail(drop.users.begin() + cut, drop.users.end());
  const Decision first = decide(drop.event, arrivals(head, drop.holders));
  std::set<int> holders = drop.holders;
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (first.rulings[i].outcome == issued) holders.insert(head[i]);
  }
  EventTally then = drop.event;
  then.issued = first.issued;
  const Decision second = decide(then, arrivals(tail, holders));

  std::vector<Outcome> joined = outcomes(first);
  const std::vector<Outcome> rest = outcomes(second);
  joined.insert(joined.end(), rest.begin(), rest.end());
  RC_ASSERT(joined == outcomes(whole));
  RC_ASSERT(second.issued == whole.issued);
}

RC_GTEST_PROP(DecideProperty, GivesNothingWhileTheEventTakesNoRequests, ()) {
  Drop drop = any_open_drop();
  const int why = *rc::gen::inRange(1, 8);
  drop.event.closed = (why & 1) != 0;
  drop.event.open_yet = (why & 2) == 0;
  drop.event.paused = (why & 4) != 0;

  RC_ASSERT(decide(drop.event, drop.batch()).issued == drop.event.issued);
}

}  // namespace
}  // namespace rushline::coupons
