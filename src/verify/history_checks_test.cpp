// Each promise is broken once, and the check of that name says by which operations.
#include "verify/history_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rushline::verify {
namespace {

using coupons::Coupon;
using std::chrono::microseconds;
using Promises = std::vector<std::string>;

constexpr CouponEventId event_id{1};
constexpr std::int64_t second = 1'000'000;

// A sound drop of 2 coupons: created, 3 shoppers, one pressing twice. Times are microseconds.
class HistoryChecks : public testing::Test {
 protected:
  HistoryChecks() {
    rest_.events.emplace_back();
    stored().event.id = event_id;
    stored().event.quantity = 2;
    change(Change::create, 0, 10, 2);
    give("ann");
    give("bob");
    tell("ann", 1'000, 1'500, Told::issued, 1);
    tell("bob", 1'050, 1'600, Told::issued, 2);
    tell("cyd", 1'300, 1'700, Told::sold_out);
    tell("ann", 2'000, 2'100, Told::repeat, 1);
  }

  EventRecord& stored() { return rest_.events[0]; }
  std::int64_t next_op() { return ++op_; }

  Coupon& give(std::string_view user) {
    const std::int64_t number = std::ssize(stored().coupons) + 1;
    stored().coupons.push_back({.id = {100 + number},
                                .event = event_id,
                                .user = *UserId::parse(user),
                                .issue_no = number,
                                .seq = {},
                                .epoch = {1},
                                .discount = {},
                                .issued_at = {},
                                .expires_at = {},
                                .order_id = {}});
    stored().event.issued = number;
    return stored().coupons.back();
  }

  Press& tell(std::string_view user, std::int64_t invoke_us, std::int64_t complete_us, Told told,
              std::int64_t number = 0) {
    Press press{.op = next_op(),
                .user = *UserId::parse(user),
                .event = event_id,
                .when = {invoke_us, complete_us},
                .told = told,
                .issue_no = number};
    if (number > 0) press.coupon = CouponId{100 + number};
    history_.presses.push_back(press);
    return history_.presses.back();
  }

  Press& look(std::string_view user, std::int64_t invoke_us, std::int64_t complete_us, Told told) {
    Press& press = tell(user, invoke_us, complete_us, told);
    press.ask = Ask::query;
    return press;
  }

  EventChange& change(Change change, std::int64_t invoke_us, std::int64_t complete_us,
                      std::int64_t quantity = 0) {
    history_.changes.push_back({.op = next_op(),
                                .event = event_id,
                                .change = change,
                                .quantity = quantity,
                                .when = {invoke_us, complete_us},
                                .ended = Ended::done});
    return history_.changes.back();
  }

  // A second round of one coupon, raised at 5 ms and effective a second later.
  void open_second_round() {
    change(Change::raise, 5'000, 5'100, 3);
    stored().event.quantity = 3;
  }

  Promises broken() {
    Promises promises;
    findings_.clear();
    for (const Check& check : check_history(history_, rest_, bounds_)) {
      const bool is_new = promises.empty() || promises.back() != check.promise;
      if (check.findings_count > 0 && is_new) promises.push_back(check.promise);
      findings_.insert(findings_.end(), check.findings.begin(), check.findings.end());
    }
    return promises;
  }

  bool is_broken(std::string_view promise) {
    const Promises promises = broken();
    return std::find(promises.begin(), promises.end(), promise) != promises.end();
  }

  bool is_named(const std::string& part) const {
    return std::any_of(findings_.begin(), findings_.end(), [&](const std::string& finding) {
      return finding.find(part) != std::string::npos;
    });
  }

  History history_;
  AtRest rest_;
  HistoryBounds bounds_;
  std::vector<std::string> findings_;
  std::int64_t op_ = -1;  // the creation is op 0, the presses of the sound drop are 1 to 4
};

TEST_F(HistoryChecks, FindNothingInASoundDropAndCountWhatTheySaw) {
  EXPECT_EQ(broken(), Promises{});
  std::vector<std::pair<std::string, std::int64_t>> rows;
  for (const Check& check : check_history(history_, rest_)) {
    rows.emplace_back(check.promise, check.rows);
  }
  EXPECT_EQ(rows, (std::vector<std::pair<std::string, std::int64_t>>{{"S1", 1},
                                                                     {"S2", 2},
                                                                     {"S3", 2},
                                                                     {"numbers", 2},
                                                                     {"S4", 4},
                                                                     {"S5", 2},
                                                                     {"S6", 1},
                                                                     {"L1", 4}}));
}

TEST_F(HistoryChecks, FindMoreCouponsThanTheQuantity) {
  give("dan");
  tell("dan", 1'000, 1'500, Told::issued, 3);
  const Promises promises = broken();
  EXPECT_EQ(promises.front(), "S1");
  EXPECT_TRUE(is_named("3 coupons are issued of a quantity of 2"));
}

TEST_F(HistoryChecks, FindANumberThatWasToldBeforeAnybodyRaisedSoFar) {
  open_second_round();
  give("dan");
  tell("dan", 1'000, 4'900, Told::issued, 3);
  EXPECT_EQ(broken(), (Promises{"S1"}));
  EXPECT_TRUE(is_named("number 3 was told before anybody raised so far"));
}

TEST_F(HistoryChecks, FindAQuantityThatNobodyAskedFor) {
  stored().event.quantity = 3;
  give("dan");
  tell("dan", 1'000, 1'800, Told::issued, 3);
  EXPECT_TRUE(is_broken("S1"));
  EXPECT_TRUE(is_named("nobody asked for the stored quantity of 3"));
}

TEST_F(HistoryChecks, FindAnAcknowledgedRaiseThatIsLost) {
  change(Change::raise, 5'000, 5'100, 3);
  EXPECT_EQ(broken(), Promises{"S6"});
  EXPECT_TRUE(is_named("op 5 made the quantity 3, stored is 2"));
}

TEST_F(HistoryChecks, FindASecondCouponOfOneUser) {
  stored().coupons[1].user = *UserId::parse("ann");
  history_.presses[1].user = *UserId::parse("ann");
  const Promises promises = broken();
  EXPECT_EQ(promises.front(), "S2");
  EXPECT_TRUE(is_named("user ann holds a second coupon, 102"));
}

TEST_F(HistoryChecks, FindACouponOfAUserWhoNeverAsked) {
  stored().coupons[1].user = *UserId::parse("eve");
  EXPECT_EQ(broken().front(), "S3");
  EXPECT_TRUE(is_named("coupon 102 belongs to user eve, who never asked"));
}

TEST_F(HistoryChecks, DoNotTakeALookForAsking) {
  history_.presses[1].ask = Ask::query;
  EXPECT_EQ(broken(), Promises{"S3"});
}

TEST_F(HistoryChecks, FindANumberThatTwoUsersWereGiven) {
  stored().coupons[1].issue_no = 1;
  EXPECT_TRUE(is_broken("numbers"));
  EXPECT_TRUE(is_named("user bob has number 1, which is another's too"));
}

TEST_F(HistoryChecks, FindAToldCouponThatIsNotStored) {
  stored().coupons.pop_back();
  EXPECT_TRUE(is_broken("S4"));
  EXPECT_TRUE(is_named("user bob was told coupon 102 number 2 of event 1, stored is none"));
}

TEST_F(HistoryChecks, FindATellingThatDiffersFromTheFirst) {
  history_.presses[3].issue_no = 2;
  EXPECT_TRUE(is_broken("S4"));
  EXPECT_TRUE(is_named("stored is coupon 101 number 1"));
}

TEST_F(HistoryChecks, FindAHolderWhoWasToldSoldOut) {
  tell("bob", 3'000, 3'100, Told::sold_out);
  EXPECT_EQ(broken(), (Promises{"S4"}));
  EXPECT_TRUE(is_named("user bob was told sold out (op 5) and holds a coupon of that round"));
}

TEST_F(HistoryChecks, FindAHolderOfWhomNobodyKnowsAnyMore) {
  look("bob", 3'000, 3'100, Told::none);
  EXPECT_EQ(broken(), (Promises{"S4"}));
}

TEST_F(HistoryChecks, FindASoldOutThatIsForgottenInItsRound) {
  look("cyd", 3'000, 3'100, Told::none);
  EXPECT_EQ(broken(), (Promises{"S4"}));
  EXPECT_TRUE(is_named("user cyd was told of no request in the round in which op 3"));
}

TEST_F(HistoryChecks, LetASoldOutBeForgottenInTheNextRound) {
  open_second_round();
  look("cyd", 5'050, 5'080, Told::none);
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindASoldOutThatWasIssuedAfterARaiseWithoutAskingAgain) {
  open_second_round();
  give("cyd");
  EXPECT_EQ(broken(), (Promises{"S4"}));
  EXPECT_TRUE(is_named("user cyd was told sold out, did not ask again, and holds coupon 103"));
}

TEST_F(HistoryChecks, FindAPlaceInLineThatOutlivedItsSoldOut) {
  open_second_round();
  tell("cyd", 1'100, 1'200, Told::queued).position = 3;
  give("cyd");
  EXPECT_EQ(broken(), (Promises{"S4"}));
}

TEST_F(HistoryChecks, LetTheSecondOfTwoOpenRequestsWinInTheNextRound) {
  open_second_round();
  tell("cyd", 1'400, second + 9'000, Told::issued, 3);
  give("cyd");
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, LetWhoAsksAgainInTheNextRoundWin) {
  open_second_round();
  tell("cyd", second + 8'000, second + 9'000, Told::issued, 3);
  give("cyd");
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, LetARequestOfUnknownOutcomeWinOrNot) {
  open_second_round();
  Press& lost = tell("cyd", 1'400, 0, Told::timeout);
  lost.when.complete_us.reset();
  history_.faults.push_back({"server frozen", 1'000, 2'000});
  EXPECT_EQ(broken(), Promises{});
  give("cyd");
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindALowerNumberForWhoAskedLater) {
  // bob was told number 2 before ann asked, and yet she has number 1.
  history_.presses[1].when = {800, 900};
  EXPECT_EQ(broken(), Promises{"S5"});
  EXPECT_TRUE(is_named("user ann asked after user bob had been told number 2, and got number 1"));
}

TEST_F(HistoryChecks, DoNotMindTheOrderOfRequestsThatOverlap) {
  history_.presses[1].when = {900, 1'000};  // told at the very moment at which ann asked
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindACouponForWhoAskedAfterAnotherWasToldSoldOut) {
  history_.presses[2].when = {900, 950};
  EXPECT_EQ(broken(), (Promises{"S5", "S6"}));
  EXPECT_TRUE(is_named("user cyd was told sold out (op 3) before user bob asked and got number 2"));
}

TEST_F(HistoryChecks, FindASoldOutAlthoughCouponsAreLeft) {
  stored().coupons.pop_back();
  history_.presses.erase(history_.presses.begin() + 1);
  EXPECT_EQ(broken(), Promises{"S6"});
  EXPECT_TRUE(is_named("user cyd was told sold out (op 3), but 1 of 2 are issued"));
}

TEST_F(HistoryChecks, FindASoldOutThatOutlivesARaise) {
  open_second_round();
  tell("dan", second + 5'050, second + 5'200, Told::sold_out);
  EXPECT_TRUE(broken().empty());  // the new round opens a second after the raise at the latest
  history_.presses.back().when = {second + 5'101, second + 5'200};
  EXPECT_EQ(broken(), Promises{"S6"});
}

TEST_F(HistoryChecks, LetARoundBeginLaterWhereAClockWasSetBackMeanwhile) {
  open_second_round();
  tell("dan", second + 8'000, second + 8'100, Told::sold_out);
  ASSERT_EQ(broken(), Promises{"S6"});
  history_.faults.push_back({"postgres-clock-behind", 5'050, second + 6'000});
  EXPECT_EQ(broken(), Promises{});
  history_.faults.back().what = "postgres-frozen";
  EXPECT_EQ(broken(), Promises{"S6"});
}

TEST_F(HistoryChecks, CompareStoredTimesOnlyWhenTheClocksAreOne) {
  stored().coupons[1].issued_at = Timestamp(microseconds(2'000));
  history_.presses[1].when.complete_us = 2'500;
  EXPECT_EQ(broken(), Promises{});
  bounds_.clock_error = microseconds(100);
  EXPECT_EQ(broken(), Promises{"S6"});
  EXPECT_TRUE(is_named("user cyd was told sold out (op 3) before number 2 was issued"));
}

TEST_F(HistoryChecks, TakeAChangeOfEpochForARoundWhenNobodyToldOfTheRaise) {
  history_.changes.clear();
  stored().event.quantity = 3;
  stored().event.epoch = {2};
  give("cyd").epoch = {2};
  tell("cyd", 4'900, 5'100, Told::issued, 3);
  EXPECT_EQ(broken(), Promises{});
  stored().coupons[2].epoch = {1};
  stored().event.epoch = {1};
  EXPECT_EQ(broken(), (Promises{"S4", "S5", "S6"}));
}

TEST_F(HistoryChecks, AllowARaiseThatNobodyToldOfAfterTheEventWasSeen) {
  history_.changes[0].change = Change::seen;
  stored().event.quantity = 3;
  stored().event.epoch = {2};
  give("cyd").epoch = {2};
  tell("cyd", 4'900, 5'100, Told::issued, 3);
  EXPECT_EQ(broken(), Promises{});
  history_.changes[0].quantity = 3;  // it was so large from the start: there was no new round
  EXPECT_EQ(broken(), (Promises{"S4", "S5", "S6"}));
}

TEST_F(HistoryChecks, FindWhoWasAnsweredTooLateUndecidedOrNever) {
  history_.presses[2].when.complete_us = 2 * second + 2'000;
  EXPECT_EQ(broken(), Promises{"L1"});
  EXPECT_TRUE(is_named("op 3: user cyd was answered after 2000 ms"));
  tell("dan", 1'900, 2 * second + 2'000, Told::queued);
  tell("eve", 1'900, 0, Told::timeout).when.complete_us.reset();
  EXPECT_EQ(broken(), Promises{"L1"});
  EXPECT_TRUE(is_named("user dan was undecided after 2000 ms"));
  EXPECT_TRUE(is_named("user eve was never answered"));
}

TEST_F(HistoryChecks, GiveTenSecondsAfterAFaultAndNoneWhilePaused) {
  tell("dan", 2'000, 9 * second, Told::sold_out);
  EXPECT_EQ(broken(), Promises{"L1"});
  history_.faults.push_back({"redis killed", 0, 1'000});
  EXPECT_EQ(broken(), Promises{});
  history_.presses.back().when.complete_us = 11 * second;
  EXPECT_EQ(broken(), Promises{"L1"});
  change(Change::pause, 3'000, 4'000);
  change(Change::resume, 10 * second, 10 * second + 10);
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindWhoStandsInLineForEver) {
  stored().event.quantity = 3;
  history_.changes[0].quantity = 3;
  history_.presses.erase(history_.presses.begin() + 2);
  tell("cyd", 1'300, 1'700, Told::queued).position = 3;
  EXPECT_EQ(broken(), Promises{});
  rest_.at_us = 5 * second;
  EXPECT_EQ(broken(), (Promises{"S6", "L1"}));
  EXPECT_TRUE(is_named("user cyd was told queued and never decided, but 2 of 3 are issued"));
  look("cyd", 4 * second, 4 * second + 10, Told::queued);
  EXPECT_EQ(broken(), Promises{"L1"});  // and is still asking
  history_.faults.push_back({"redis lost its line", 2'000, 3'000});
  history_.presses.back().told = Told::none;
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindWhoLosesThePlaceByPressingAgain) {
  tell("cyd", 1'000, 1'200, Told::queued).position = 3;
  tell("cyd", 1'250, 1'280, Told::queued).position = 4;
  EXPECT_EQ(broken(), Promises{"line order"});
  EXPECT_TRUE(is_named("user cyd is at position 4, after position 3 of op 5"));
  history_.faults.push_back({"redis promoted", 1'210, 1'220});
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindWhoIsOvertakenInTheLine) {
  tell("cyd", 900, 950, Told::queued).position = 1;
  EXPECT_EQ(broken(), Promises{"line order"});
  EXPECT_TRUE(is_named("asked after user cyd had a place (op 5), and got number"));
}

TEST_F(HistoryChecks, FindAKeyThatIsAnsweredTwiceDifferently) {
  history_.presses[0].key = history_.presses[3].key = "k";
  history_.presses[3].when.invoke_us = 1'200;
  EXPECT_EQ(broken(), Promises{});
  history_.presses[3].told = Told::refused;
  history_.presses[3].code = "in_progress";
  EXPECT_EQ(broken(), Promises{});
  history_.presses[3].code = "event_closed";
  EXPECT_EQ(broken(), Promises{"S7"});
}

TEST_F(HistoryChecks, KeepTheFirstAnswerOfAKeyInEveryRound) {
  open_second_round();
  history_.presses[2].key = "k";
  tell("cyd", 3 * second, 3 * second + 10, Told::sold_out).key = "k";
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, HoldNothingAgainstAKeyThatWasToldThatThereIsNoAnswerYet) {
  tell("dan", 1'100, 1'110, Told::queued).key = "k";
  tell("dan", 1'200, 1'210, Told::sold_out).key = "k";
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindTwoOrdersOfOneKey) {
  history_.orders = {{1, "k", {1, 2}, Ended::done, {7}, ""}, {2, "k", {1, {}}, Ended::unknown}};
  rest_.orders = {{{7}, "k"}};
  EXPECT_EQ(broken(), Promises{});
  history_.orders.push_back({3, "k", {3, 4}, Ended::done, {8}, ""});
  EXPECT_EQ(broken(), Promises{"S7"});
  EXPECT_TRUE(is_named("key k was answered with order 7 (op 1) and with order 8 (op 3)"));
  history_.orders.pop_back();
  rest_.orders->push_back({{8}, "k"});
  EXPECT_EQ(broken(), Promises{"S7"});
  EXPECT_TRUE(is_named("key k has two orders: 7 and 8"));
}

TEST_F(HistoryChecks, FindASaleThatIsLostOrDoubled) {
  const ProductId pen = *ProductId::parse("pen");
  const auto sale = [&](const char* name, Ended ended, std::int64_t quantity) {
    history_.sales.push_back(
        {next_op(), *PurchaseId::parse(name), pen, quantity, Day{9}, {1, 2}, ended});
  };
  sale("a", Ended::done, 3);
  sale("a", Ended::done, 3);  // sent again: the same sale
  sale("b", Ended::unknown, 5);
  sale("c", Ended::refused, 100);
  rest_.scores.push_back({.first = {9}, .last = {9}, .entries = {{pen, 3}}});
  for (const std::int64_t score : {3, 8}) {
    rest_.scores[0].entries[0].score = score;
    EXPECT_EQ(broken(), Promises{}) << score;
  }
  for (const std::int64_t score : {0, 5, 6, 11}) {
    rest_.scores[0].entries[0].score = score;
    EXPECT_EQ(broken(), Promises{"S8"}) << score;
  }
  rest_.scores[0].entries.clear();
  EXPECT_EQ(broken(), Promises{"S8"});
  history_.taken_back.push_back({next_op(), *PurchaseId::parse("a"), {5, 6}, Ended::done});
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindAListThatGoesBackOrMixesTwoStates) {
  const ProductId pen = *ProductId::parse("pen");
  const ProductId cup = *ProductId::parse("cup");
  const auto read = [&](const char* server, std::int64_t revision, When when, std::int64_t cups) {
    history_.list_reads.push_back(
        {next_op(), server, "3d", Day{9}, revision, when, {{pen, 9}, {cup, cups}}});
  };
  read("a", 4, {10, 20}, 2);
  read("b", 3, {30, 40}, 1);  // another server may be behind
  read("a", 3, {15, 40}, 1);  // asked before the newer one was shown
  EXPECT_EQ(broken(), Promises{});
  read("a", 3, {21, 40}, 1);
  EXPECT_EQ(broken(), Promises{"S9"});
  EXPECT_TRUE(is_named("server a showed revision 3 of 3d after revision 4"));
  history_.list_reads.pop_back();
  read("b", 4, {50, 60}, 1);
  EXPECT_EQ(broken(), Promises{"S9"});
  EXPECT_TRUE(is_named("two different lists 3d of revision 4"));
  history_.list_reads.pop_back();
  read("b", 5, {50, 60}, 10);
  EXPECT_EQ(broken(), Promises{"S9"});
  EXPECT_TRUE(is_named("is not in order"));
}

TEST_F(HistoryChecks, FindAnEventThatDoesNotExist) {
  rest_.events.clear();
  EXPECT_EQ(broken(), Promises{"S4"});
  EXPECT_TRUE(is_named("event 1 of the history does not exist"));
}

}  // namespace
}  // namespace rushline::verify
