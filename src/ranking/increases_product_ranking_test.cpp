// A handler becomes ranking-relevant by being wrapped; what may raise a rank is open to new types.
#include "ranking/increases_product_ranking.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_sales_store.hpp"
#include "tests/support/fake_transaction.hpp"

namespace rushline::ranking {
namespace {

using tests::product;

constexpr Timestamp now{std::chrono::hours{490'000}};

// The target that ships, as orders report it: a line with a quantity.
struct SoldLine {
  ProductId product_id;
  std::int64_t quantity = 0;
};

struct Sale {
  std::vector<SoldLine> lines;
  Timestamp sold_at;

  const std::vector<SoldLine>& ranking_targets() const { return lines; }
  Timestamp ranked_at() const { return sold_at; }
  std::string ranking_source() const { return "order:17"; }
};

// A second criterion with a weight of its own, invented here: the ranking knows nothing of it.
struct ProductView {
  static constexpr std::int64_t ranking_weight = 3;

  ProductId product_id;
  std::int64_t quantity = 1;
};

struct PageViewed {
  std::vector<ProductView> products;

  std::span<const ProductView> ranking_targets() const { return products; }
  Timestamp ranked_at() const { return now; }
  std::string ranking_source() const { return "view"; }
};

static_assert(RanksRaised<Sale>);
static_assert(RanksRaised<PageViewed>);
static_assert(!RankingTarget<int>);

class IncreasesProductRanking : public ::testing::Test {
 protected:
  template <class Handler, class... Args>
  auto run(Handler& handler, Args... args) {
    return tests::run_unit(store_.state, now,
                           [&](Transaction& transaction) { return handler(transaction, args...); });
  }

  tests::FakeSalesStore store_;
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  int wakes_ = 0;
  SaleRecorder recorder_{store_, calendar_, [this] { ++wakes_; }};
};

TEST_F(IncreasesProductRanking, WritesWhatAHandlerSoldOnTheDayOfTheSale) {
  const Timestamp late_evening = calendar_.start_of(Day{20'455}) - std::chrono::seconds{1};
  auto complete =
      increases_product_ranking(recorder_, [&](Transaction&, int factor) -> Result<Sale> {
        return Sale{{{product("A"), 2 * factor}, {product("B"), 1}}, late_evening};
      });
  const auto sale = run(complete, 5);
  ASSERT_TRUE(sale.has_value());
  EXPECT_EQ(sale->lines.size(), 2U);
  ASSERT_EQ(store_.state.outbox.size(), 2U);
  EXPECT_EQ(store_.state.outbox[0].product, product("A"));
  EXPECT_EQ(store_.state.outbox[0].score, 10);
  EXPECT_EQ(store_.state.outbox[0].day, Day{20'454});
  EXPECT_EQ(store_.state.outbox[0].source, "order:17");
  EXPECT_EQ(wakes_, 1);
}

TEST_F(IncreasesProductRanking, WritesNothingWhenTheHandlerFails) {
  auto complete = increases_product_ranking(
      recorder_, [](Transaction&) -> Result<Sale> { return fail(Errc::out_of_stock, "none"); });
  const auto sale = run(complete);
  EXPECT_EQ(sale.error().code, Errc::out_of_stock);
  EXPECT_TRUE(store_.state.outbox.empty());
  EXPECT_EQ(wakes_, 0);
}

TEST_F(IncreasesProductRanking, WritesNothingWhenNothingWasSold) {
  auto repeat = increases_product_ranking(recorder_, [](Transaction&) -> Result<Sale> {
    return Sale{{}, now};
  });
  EXPECT_TRUE(run(repeat).has_value());
  EXPECT_TRUE(store_.state.outbox.empty());
  EXPECT_EQ(wakes_, 0);
}

TEST_F(IncreasesProductRanking, WakesTheFoldOnlyAfterTheCommit) {
  tests::FakeTransaction transaction(now);
  const std::vector<OutboxRow> rows = {{product("A"), 1, Day{1}, "test"}};
  ASSERT_TRUE(recorder_.record(transaction, std::span<const OutboxRow>(rows)).has_value());
  EXPECT_EQ(wakes_, 0);
  transaction.commit();
  EXPECT_EQ(wakes_, 1);
}

TEST_F(IncreasesProductRanking, TakesASecondCriterionWithItsOwnWeight) {
  auto view = increases_product_ranking(recorder_, [](Transaction&) -> Result<PageViewed> {
    return PageViewed{{{product("A"), 1}, {product("B"), -2}}};
  });
  ASSERT_TRUE(run(view).has_value());
  ASSERT_EQ(store_.state.outbox.size(), 2U);
  EXPECT_EQ(store_.state.outbox[0].score, 3);
  EXPECT_EQ(store_.state.outbox[1].score, -6);
}

}  // namespace
}  // namespace rushline::ranking
