// Each fold is one revision, and every row is folded exactly once.
#include "ranking/sales_fold.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/limits.hpp"
#include "tests/support/fake_sales_store.hpp"
#include "tests/support/fake_transaction.hpp"

namespace rushline::ranking {
namespace {

using tests::product;

constexpr Day today{20'455};
constexpr Timestamp now{std::chrono::hours{490'000}};

Result<Folded> fold(tests::FakeSalesStore& store, Timestamp at = now) {
  return tests::run_unit(store.state, at,
                         [&](Transaction& transaction) { return fold_sales(transaction, store); });
}

std::int64_t total(const tests::FakeSalesStore& store, std::string_view id, Day day = today) {
  const auto found = store.state.totals.find({day, product(id)});
  return found == store.state.totals.end() ? 0 : found->second.total;
}

TEST(SalesFold, AddsUpPerProductAndDayInOneRevision) {
  tests::FakeSalesStore store;
  store.sell("A", 2, today);
  store.sell("B", 1, today);
  store.sell("A", 3, today);
  store.sell("A", 4, today - 1);
  const auto folded = fold(store);
  ASSERT_TRUE(folded.has_value());
  EXPECT_EQ(folded->state.revision, Revision{1});
  EXPECT_EQ(folded->state.folded_at, now);
  EXPECT_EQ(total(store, "A"), 5);
  EXPECT_EQ(total(store, "B"), 1);
  EXPECT_EQ(total(store, "A", today - 1), 4);
  EXPECT_TRUE(store.state.outbox.empty());
}

TEST(SalesFold, WritesNothingWhenNothingWaits) {
  tests::FakeSalesStore store;
  store.state.record = {Revision{7}, now, 3};
  const auto folded = fold(store, now + std::chrono::hours{1});
  ASSERT_TRUE(folded.has_value());
  EXPECT_EQ(folded->state.revision, Revision{7});
  EXPECT_EQ(folded->state.folded_at, now);
  EXPECT_FALSE(folded->more_waiting);
}

TEST(SalesFold, LeavesWhatDoesNotFitForTheNextRevision) {
  tests::FakeSalesStore store;
  const auto rows = static_cast<std::int64_t>(limits::fold_rows_max) + 5;
  for (std::int64_t i = 0; i < rows; ++i) store.sell("A", 1, today);
  EXPECT_TRUE(fold(store)->more_waiting);
  EXPECT_EQ(total(store, "A"), rows - 5);
  EXPECT_TRUE(fold(store)->more_waiting);
  EXPECT_FALSE(fold(store)->more_waiting);
  EXPECT_EQ(total(store, "A"), rows);
  EXPECT_EQ(store.state.record.revision, Revision{2});
}

TEST(SalesFold, LetsATotalFallBelowZeroUntilThePurchaseOfARefundIsFolded) {
  tests::FakeSalesStore store;
  store.sell("A", -3, today);
  ASSERT_TRUE(fold(store).has_value());
  EXPECT_EQ(total(store, "A"), -3);
  store.sell("A", 3, today);
  ASSERT_TRUE(fold(store).has_value());
  EXPECT_EQ(total(store, "A"), 0);
  EXPECT_EQ(store.state.totals.at({today, product("A")}).revision, Revision{2});
}

RC_GTEST_PROP(SalesFold, TotalsEqualTheSalesHoweverTheyAreCutIntoFolds, ()) {
  tests::FakeSalesStore store;
  std::map<ProductId, std::int64_t> sold;
  const auto sales = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::inRange(-3, 10)));
  for (const auto& [which, quantity] : sales) {
    const std::string id(1, static_cast<char>('A' + which));
    store.sell(id, quantity, today);
    sold[product(id)] += quantity;
    if (*rc::gen::arbitrary<bool>()) RC_ASSERT(fold(store).has_value());
  }
  RC_ASSERT(fold(store).has_value());
  for (const auto& [id, quantity] : sold) RC_ASSERT(total(store, id.view()) == quantity);
}

}  // namespace
}  // namespace rushline::ranking
