// Each promise that needs a history is broken once, and the check names it.
#include "verify/history_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rushline::verify {
namespace {

using coupons::Coupon;
using std::chrono::microseconds;

constexpr CouponEventId event_id{1};

Timestamp at(std::int64_t us) { return Timestamp(microseconds(us)); }

// What was stored and what was told; a sound drop of 2 coupons, 3 shoppers, one pressing twice.
class HistoryChecks : public testing::Test {
 protected:
  HistoryChecks() {
    record_.event.id = event_id;
    record_.event.quantity = 2;
    record_.event.issued = 2;
    give("ann", 1, 1'100);
    give("bob", 2, 1'200);
    tell("ann", 1'000, 1'500, Told::issued, 1);
    tell("bob", 1'050, 1'600, Told::issued, 2);
    tell("cyd", 1'300, 1'700, Told::sold_out);
    tell("ann", 2'000, 2'100, Told::repeat, 1);
  }

  Coupon& give(std::string_view user, std::int64_t number, std::int64_t issued_us) {
    record_.coupons.push_back({.id = {100 + number},
                               .event = event_id,
                               .user = *UserId::parse(user),
                               .issue_no = number,
                               .seq = {},
                               .epoch = {1},
                               .discount = {},
                               .issued_at = at(issued_us),
                               .expires_at = {},
                               .order_id = {}});
    return record_.coupons.back();
  }

  Operation& tell(std::string_view user, std::int64_t invoke_us, std::int64_t complete_us,
                  Told told, std::int64_t number = 0) {
    Operation operation{.op = std::ssize(operations_) + 1,
                        .user = *UserId::parse(user),
                        .event = event_id,
                        .invoke_us = invoke_us,
                        .complete_us = complete_us,
                        .told = told,
                        .coupon = {},
                        .issue_no = number};
    if (number > 0) operation.coupon = CouponId{100 + number};
    operations_.push_back(operation);
    return operations_.back();
  }

  std::vector<std::string> broken() {
    std::vector<std::string> promises;
    for (const Check& check :
         check_history(operations_, std::span(&record_, 1), std::chrono::seconds(2))) {
      if (check.findings_count > 0) promises.push_back(check.promise);
      findings_.insert(findings_.end(), check.findings.begin(), check.findings.end());
    }
    return promises;
  }

  bool is_named(const std::string& part) const {
    return std::any_of(findings_.begin(), findings_.end(), [&](const std::string& finding) {
      return finding.find(part) != std::string::npos;
    });
  }

  using Promises = std::vector<std::string>;

  EventRecord record_;
  std::vector<Operation> operations_;
  std::vector<std::string> findings_;
};

TEST_F(HistoryChecks, FindNothingInASoundDropAndCountWhatTheySaw) {
  EXPECT_EQ(broken(), Promises{});
  std::vector<std::int64_t> rows;
  for (const Check& check :
       check_history(operations_, std::span(&record_, 1), std::chrono::seconds(2))) {
    rows.push_back(check.rows);
  }
  EXPECT_EQ(rows, (std::vector<std::int64_t>{2, 4, 2, 1, 4}));
}

TEST_F(HistoryChecks, FindACouponOfAUserWhoNeverAsked) {
  record_.coupons[1].user = *UserId::parse("eve");
  const Promises promises = broken();
  EXPECT_TRUE(std::count(promises.begin(), promises.end(), "S3"));
  EXPECT_TRUE(is_named("coupon 102 belongs to user eve, who never asked"));
}

TEST_F(HistoryChecks, FindAToldCouponThatIsNotStored) {
  record_.coupons.pop_back();
  record_.event.issued = 1;
  const Promises promises = broken();
  EXPECT_TRUE(std::count(promises.begin(), promises.end(), "S4"));
  EXPECT_TRUE(is_named("user bob was told coupon 102 number 2 of event 1, stored is none"));
}

TEST_F(HistoryChecks, FindATellingThatDiffersFromTheFirst) {
  operations_[3].issue_no = 2;
  EXPECT_EQ(broken(), Promises{"S4"});
  EXPECT_TRUE(is_named("stored is coupon 101 number 1"));
}

TEST_F(HistoryChecks, FindAHolderWhoWasToldSoldOut) {
  tell("bob", 3'000, 3'100, Told::sold_out);
  EXPECT_EQ(broken(), Promises{"S4"});
  EXPECT_TRUE(is_named("op 5: user bob was told sold out and holds coupon 102"));
}

TEST_F(HistoryChecks, FindALowerNumberForWhoAskedLater) {
  // bob was told number 2 before ann asked, and yet she has number 1.
  operations_[1].complete_us = 900;
  operations_[1].invoke_us = 800;
  EXPECT_EQ(broken(), Promises{"S5"});
  EXPECT_TRUE(is_named("user ann asked after user bob had been told number 2, and got number 1"));
}

TEST_F(HistoryChecks, DoNotMindTheOrderOfRequestsThatOverlap) {
  operations_[1].invoke_us = 900;
  operations_[1].complete_us = 1'000;  // told at the very moment at which ann asked
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindACouponForWhoAskedAfterAnotherWasToldSoldOut) {
  record_.event.quantity = 3;
  record_.event.issued = 3;
  give("dan", 3, 1'650);
  tell("dan", 1'800, 1'900, Told::issued, 3);
  EXPECT_EQ(broken(), Promises{"S5"});
  EXPECT_TRUE(is_named("user cyd was told sold out (op 3) before user dan asked and got number 3"));
}

TEST_F(HistoryChecks, FindASoldOutThatWasToldBeforeTheLastCouponWasIssued) {
  operations_[2].complete_us = 1'150;
  operations_[2].invoke_us = 1'120;
  EXPECT_EQ(broken(), Promises{"S6"});
  EXPECT_TRUE(is_named("op 3 was told sold out before number 2 was issued"));
}

TEST_F(HistoryChecks, FindASoldOutAlthoughCouponsAreLeft) {
  record_.event.quantity = 3;
  EXPECT_EQ(broken(), Promises{"S6"});
  EXPECT_TRUE(is_named("op 3 was told sold out, but 2 of 3 are issued"));
}

TEST_F(HistoryChecks, AcceptACouponOfALaterRoundForWhoWasToldSoldOutBefore) {
  record_.event.quantity = 3;
  record_.event.issued = 3;
  record_.event.epoch = {2};
  give("cyd", 3, 5'000).epoch = {2};
  tell("cyd", 4'900, 5'100, Told::issued, 3);
  EXPECT_EQ(broken(), Promises{});
}

TEST_F(HistoryChecks, FindACouponGivenAfterTheLaterRoundWasToldSoldOut) {
  record_.event.quantity = 4;
  record_.event.issued = 4;
  record_.event.epoch = {2};
  give("cyd", 3, 5'000).epoch = {2};
  give("dan", 4, 6'000).epoch = {2};
  tell("cyd", 4'900, 5'100, Told::issued, 3);
  tell("eve", 5'200, 5'300, Told::sold_out);
  tell("dan", 5'900, 6'100, Told::issued, 4);
  EXPECT_EQ(broken(), (Promises{"S5", "S6"}));
}

TEST_F(HistoryChecks, FindWhoWasAnsweredTooLateUndecidedOrNever) {
  operations_[2].complete_us = 2'002'000;
  EXPECT_EQ(broken(), Promises{"L1"});
  EXPECT_TRUE(is_named("op 3: user cyd was answered after 2000 ms"));
  tell("dan", 1'900, 2'001'900, Told::queued);
  Operation& lost = tell("eve", 1'900, 0, Told::timeout);
  lost.complete_us.reset();
  EXPECT_EQ(broken(), Promises{"L1"});
  EXPECT_TRUE(is_named("user dan was undecided after 2000 ms"));
  EXPECT_TRUE(is_named("user eve was never answered"));
}

TEST_F(HistoryChecks, FindAnEventThatDoesNotExist) {
  record_.event.id = {9};
  record_.coupons.clear();
  record_.event.issued = 0;
  EXPECT_EQ(broken(), Promises{"S4"});
  EXPECT_TRUE(is_named("event 1 of the history does not exist"));
}

}  // namespace
}  // namespace rushline::verify
