// The list is at any time the exact head of the order of all products, as far as it goes.
#include "adapters/embedded/best_list.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

namespace rushline::embedded {
namespace {

constexpr Day today{20'455};
constexpr DayWindow window{today, 1};

// Products with a score of one day, a list over them, and both changed together.
class Shop {
 public:
  explicit Shop(int count) {
    products_.make_room_for(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const ProductId id = *ProductId::parse(fmt::format("p{}", i));
      products_.find_or_add(id, ProductTable::hash_of(id));
    }
  }

  void set(ProductTable::Index product, std::int64_t score) {
    const std::int64_t old_score = products_.score(product, window);
    products_.set_total(product, today, today, score);
    if (score != old_score) list_.update(products_, product, old_score, score);
  }
  void refill() { list_.refill(products_, window); }
  const BestList& list() const { return list_; }
  const ProductTable& products() const { return products_; }

  // Every product with a score, sorted without any cleverness.
  std::vector<ProductTable::Index> in_order() const {
    std::vector<ProductTable::Index> order;
    for (ProductTable::Index i = 0; i < products_.size(); ++i) {
      if (products_.score(i, window) > 0) order.push_back(i);
    }
    std::sort(order.begin(), order.end(), [&](ProductTable::Index a, ProductTable::Index b) {
      const auto score_a = products_.score(a, window);
      const auto score_b = products_.score(b, window);
      return score_a != score_b ? score_a > score_b : products_.id(a) > products_.id(b);
    });
    return order;
  }

  // That the list is the head of that order, and whole if it says so.
  bool is_exact() const {
    const auto order = in_order();
    const auto best = list_.best();
    if (best.size() > std::min(order.size(), BestList::kept_max)) return false;
    if (list_.is_whole() && best.size() != order.size()) return false;
    for (std::size_t i = 0; i < best.size(); ++i) {
      if (best[i].product != order[i]) return false;
      if (best[i].score != products_.score(order[i], window)) return false;
      if (list_.position(products_, order[i], best[i].score) != i) return false;
    }
    for (std::size_t i = best.size(); i < order.size(); ++i) {
      if (list_.position(products_, order[i], products_.score(order[i], window))) return false;
    }
    return true;
  }

 private:
  ProductTable products_;
  BestList list_;
};

TEST(BestList, HoldsAllWhileTheyAreFew) {
  Shop shop(BestList::kept_max);
  for (ProductTable::Index i = 0; i < BestList::kept_max; ++i) shop.set(i, 1);
  EXPECT_TRUE(shop.list().is_whole());
  EXPECT_EQ(shop.list().best().size(), BestList::kept_max);
  EXPECT_TRUE(shop.is_exact());
}

TEST(BestList, AsksForARefillOnlyWhenReadersCouldMissSomebody) {
  Shop shop(2'000);
  for (ProductTable::Index i = 0; i < 2'000; ++i) shop.set(i, 1 + i);
  EXPECT_FALSE(shop.list().is_whole());
  ProductTable::Index falls = 0;
  for (; !shop.list().needs_refill(); ++falls) {
    shop.set(1'999 - falls, 0);
    ASSERT_TRUE(shop.is_exact());
  }
  EXPECT_EQ(falls, BestList::kept_max - BestList::kept_min + 1);
  shop.refill();
  EXPECT_EQ(shop.list().best().size(), BestList::kept_max);
  EXPECT_TRUE(shop.is_exact());
}

TEST(BestList, KnowsItsOwnFloorWhenThatOneMoves) {
  Shop shop(1'000);
  for (ProductTable::Index i = 0; i < 1'000; ++i) shop.set(i, 10);
  for (int i = 0; i < 20; ++i) {
    shop.set(shop.list().best().back().product, 11);
    ASSERT_TRUE(shop.is_exact());
    shop.set(shop.list().best().back().product, 9);
    ASSERT_TRUE(shop.is_exact());
  }
}

TEST(BestList, IsWholeAgainWhenAllThatIsLeftFits) {
  Shop shop(600);
  for (ProductTable::Index i = 0; i < 600; ++i) shop.set(i, 5);
  for (ProductTable::Index i = 0; i < 590; ++i) shop.set(i, 0);
  shop.refill();
  EXPECT_TRUE(shop.list().is_whole());
  EXPECT_TRUE(shop.is_exact());
}

RC_GTEST_PROP(BestList, IsExactUnderRandomRisesAndFalls, (std::uint32_t seed)) {
  std::mt19937 random(seed);
  const auto number = [&](int min, int max) {
    return std::uniform_int_distribution<int>(min, max)(random);
  };
  const int count = number(0, 1) == 0 ? 50 : 900;
  const int score_max = number(0, 1) == 0 ? 2 : 1'000;
  Shop shop(count);
  for (int round = 0; round < 8; ++round) {
    const bool falling = number(0, 2) == 0;
    for (int i = 0; i < 300; ++i) {
      const auto best = shop.list().best();
      const bool known = !best.empty() && number(0, 1) == 0;
      const ProductTable::Index product =
          known
              ? best[static_cast<std::size_t>(number(0, static_cast<int>(best.size()) - 1))].product
              : static_cast<ProductTable::Index>(number(0, count - 1));
      shop.set(product, falling ? number(0, 1) : number(0, score_max));
    }
    RC_ASSERT(shop.is_exact());
    if (shop.list().needs_refill()) shop.refill();
    RC_ASSERT(shop.is_exact());
    RC_ASSERT(shop.list().is_whole() || shop.list().best().size() >= BestList::kept_min);
  }
}

TEST(SelectBest, FindsTheHeadOfAllEqualScores) {
  Shop shop(5'000);
  for (ProductTable::Index i = 0; i < 5'000; ++i) shop.set(i, 7);
  const auto order = shop.in_order();
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{100},
                                  std::size_t{4'999}, std::size_t{5'000}, std::size_t{9'000}}) {
    const auto best = select_best(shop.products(), window, count);
    ASSERT_EQ(best.size(), std::min(count, order.size()));
    for (std::size_t i = 0; i < best.size(); ++i) EXPECT_EQ(best[i].product, order[i]);
  }
}

}  // namespace
}  // namespace rushline::embedded
