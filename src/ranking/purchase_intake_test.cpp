// Purchases of a shop's own order system count once, on their day, all of a request or nothing.
#include "ranking/purchase_intake.hpp"

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "ranking/sales_fold.hpp"
#include "tests/support/fake_sales_store.hpp"
#include "tests/support/fake_transaction.hpp"

namespace rushline::ranking {
namespace {

using tests::product;
using tests::purchase;

class PurchaseIntakeTest : public ::testing::Test {
 protected:
  Result<Intake> take(const std::vector<Purchase>& purchases) {
    return tests::run_unit(store_.state, now_, [&](Transaction& transaction) {
      return intake_.take(transaction, purchases);
    });
  }
  Result<void> take_back(std::string_view id) {
    return tests::run_unit(store_.state, now_, [&](Transaction& transaction) {
      return intake_.take_back(transaction, purchase(id));
    });
  }
  std::int64_t total(std::string_view id, Day day) {
    const auto folded = tests::run_unit(store_.state, now_, [&](Transaction& transaction) {
      return fold_sales(transaction, store_);
    });
    EXPECT_TRUE(folded.has_value());
    return store_.state.totals[{day, product(id)}].total;
  }

  tests::FakeSalesStore store_;
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  SaleRecorder recorder_{store_, calendar_, nullptr};
  PurchaseIntake intake_{store_, recorder_};
  Day today_{20'455};
  Timestamp now_ = calendar_.start_of(today_) + std::chrono::hours{10};
};

TEST_F(PurchaseIntakeTest, CountsEachLineOnceHoweverOftenItIsSent) {
  const std::vector<Purchase> purchases = {{purchase("1"), product("A"), 2, std::nullopt},
                                           {purchase("1"), product("B"), 1, std::nullopt},
                                           {purchase("1"), product("B"), 1, std::nullopt}};
  const auto first = take(purchases);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->accepted, 2);
  EXPECT_EQ(first->duplicates, 1);
  const auto second = take(purchases);
  EXPECT_EQ(second->accepted, 0);
  EXPECT_EQ(second->duplicates, 3);
  EXPECT_EQ(total("A", today_), 2);
  EXPECT_EQ(total("B", today_), 1);
}

TEST_F(PurchaseIntakeTest, CountsOnTheDayOfThePurchaseInTheShopsZone) {
  const Timestamp evening_before = calendar_.start_of(today_) - std::chrono::microseconds{1};
  ASSERT_TRUE(take({{purchase("1"), product("A"), 2, evening_before}}).has_value());
  EXPECT_EQ(total("A", today_ - 1), 2);
  EXPECT_EQ(total("A", today_), 0);
}

TEST_F(PurchaseIntakeTest, TakesNothingOfARequestThatContradictsAnEarlierOne) {
  ASSERT_TRUE(take({{purchase("1"), product("A"), 2, std::nullopt}}).has_value());
  const auto refused = take({{purchase("2"), product("B"), 1, std::nullopt},
                             {purchase("1"), product("A"), 3, std::nullopt}});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::purchase_conflict);
  EXPECT_EQ(refused.error().fields.at(0).field, "purchases[1].quantity");
  EXPECT_EQ(total("A", today_), 2);
  EXPECT_EQ(total("B", today_), 0);
}

TEST_F(PurchaseIntakeTest, RefusesQuantitiesAndSizesOutsideTheLimits) {
  for (const std::int64_t quantity :
       {std::int64_t{-1}, std::int64_t{0}, limits::line_quantity_max + 1}) {
    const auto refused = take({{purchase("1"), product("A"), 1, std::nullopt},
                               {purchase("2"), product("A"), quantity, std::nullopt}});
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::invalid_input);
    EXPECT_EQ(refused.error().fields.at(0).field, "purchases[1].quantity");
  }
  EXPECT_EQ(take({}).error().fields.at(0).field, "purchases");
  const std::vector<Purchase> many(limits::purchases_per_request_max + 1,
                                   {purchase("1"), product("A"), 1, std::nullopt});
  EXPECT_EQ(take(many).error().fields.at(0).field, "purchases");
  EXPECT_TRUE(store_.state.purchases.empty());
}

TEST_F(PurchaseIntakeTest, TakesAllLinesBackFromTheDaysOnWhichTheyCounted) {
  const Timestamp yesterday = now_ - std::chrono::hours{24};
  ASSERT_TRUE(take({{purchase("1"), product("A"), 2, yesterday},
                    {purchase("1"), product("B"), 1, std::nullopt},
                    {purchase("2"), product("A"), 4, yesterday}})
                  .has_value());
  now_ += std::chrono::hours{24};
  ASSERT_TRUE(take_back("1").has_value());
  ASSERT_TRUE(take_back("1").has_value());
  EXPECT_EQ(total("A", today_ - 1), 4);
  EXPECT_EQ(total("B", today_), 0);
  EXPECT_EQ(total("B", today_ + 1), 0);
}

TEST_F(PurchaseIntakeTest, KnowsNoPurchaseThatWasNeverSent) {
  EXPECT_EQ(take_back("1").error().code, Errc::not_found);
}

TEST_F(PurchaseIntakeTest, NeverUsesTheIdOfADeletedPurchaseAgain) {
  const std::vector<Purchase> purchases = {{purchase("1"), product("A"), 2, std::nullopt}};
  ASSERT_TRUE(take(purchases).has_value());
  ASSERT_TRUE(take_back("1").has_value());
  EXPECT_EQ(take(purchases)->duplicates, 1);
  EXPECT_EQ(total("A", today_), 0);
  const auto late_line = take({{purchase("1"), product("B"), 1, std::nullopt}});
  ASSERT_TRUE(late_line.has_error());
  EXPECT_EQ(late_line.error().code, Errc::purchase_conflict);
  EXPECT_EQ(total("B", today_), 0);
}

}  // namespace
}  // namespace rushline::ranking
