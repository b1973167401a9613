// What every ProductStore and every Stock must do: ids that stay unique, a stock that is never
// below zero, and a catalogue revision that rises when lists would look different.
#pragma once

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "core/limits.hpp"
#include "tests/contract/store_adapter.hpp"

namespace rushline::contract {

class ProductStoreContract : public StoreContract {
 protected:
  Result<catalog::Product> insert(const catalog::NewProduct& product) {
    return write([&](Transaction& tx) { return products().insert(tx, product); });
  }
  Result<catalog::Product> patch(std::string_view id, const catalog::ProductPatch& patch) {
    return write([&](Transaction& tx) { return products().patch(tx, product_id(id), patch); });
  }
  Result<Money> take(std::string_view id, std::int64_t quantity) {
    return write([&](Transaction& tx) { return stock().take(tx, product_id(id), quantity); });
  }
  std::int64_t catalog_revision() {
    return must(read([&](Transaction& tx) { return sales().record_state(tx); })).catalog_revision;
  }
  // The ids of every page, a list per page.
  std::vector<std::vector<std::string>> pages(std::int64_t limit) {
    std::vector<std::vector<std::string>> pages;
    std::optional<ProductId> after;
    do {
      const auto page =
          must(read([&](Transaction& tx) { return products().list(tx, after, limit); }));
      std::vector<std::string> ids;
      for (const auto& product : page.items) ids.emplace_back(product.id.view());
      pages.push_back(std::move(ids));
      after = page.next;
    } while (after);
    return pages;
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ProductStoreContract);

TEST_P(ProductStoreContract, GivesBackWhatWasInserted) {
  const catalog::Product expected{product_id("a:1@x.y_z-Z"), "Täsche \"groß\" 👜", {1999}, 7};
  EXPECT_EQ(must(insert({expected.id, expected.name, expected.price, expected.stock})), expected);
  EXPECT_EQ(must(read([&](Transaction& tx) { return products().find(tx, expected.id); })),
            expected);
  EXPECT_FALSE(must(read([&](Transaction& tx) {
                 return products().find(tx, product_id("A:1@x.y_z-Z"));
               })).has_value());
}

TEST_P(ProductStoreContract, AnIdThatIsTakenIsRefusedAndTheProductStays) {
  must(insert({product_id("a"), "first", {1}, 1}));
  EXPECT_EQ(error_of(insert({product_id("a"), "second", {2}, 2})), Errc::product_exists);
  EXPECT_EQ(stock_of("a"), 1);
}

TEST_P(ProductStoreContract, MadeUpIdsAreNewAlsoBesideIdsOfTheSameForm) {
  const auto first = must(insert({std::nullopt, "a", {1}, 1}));
  // The shop's own ids, in the way of the ones to come.
  for (int i = 1; i <= 40; ++i) {
    const std::string id = "p-" + std::to_string(i);
    if (id != first.id.view()) must(insert({product_id(id), "shop's own", {1}, 1}));
  }
  std::vector<ProductId> made_up{first.id};
  for (int i = 0; i < 30; ++i) made_up.push_back(must(insert({std::nullopt, "b", {1}, 1})).id);
  std::sort(made_up.begin(), made_up.end());
  EXPECT_EQ(std::adjacent_find(made_up.begin(), made_up.end()), made_up.end());
  EXPECT_EQ(pages(1'000).front().size(), 70U);
}

TEST_P(ProductStoreContract, ListsInByteOrderPageByPage) {
  for (const char* id : {"b", "a", "B", "_", "a1", "10", "9"})
    must(insert({product_id(id), "n", {1}, 1}));
  using Pages = std::vector<std::vector<std::string>>;
  EXPECT_EQ(pages(3), (Pages{{"10", "9", "B"}, {"_", "a", "a1"}, {"b"}}));
  EXPECT_EQ(pages(7), (Pages{{"10", "9", "B", "_", "a", "a1", "b"}}));
}

TEST_P(ProductStoreContract, AnEmptyCatalogueIsOneEmptyPage) {
  EXPECT_EQ(pages(10), std::vector<std::vector<std::string>>{{}});
}

TEST_P(ProductStoreContract, APatchChangesWhatItNames) {
  must(insert({product_id("a"), "old", {10}, 5}));
  EXPECT_EQ(must(patch("a", {"new", std::nullopt, std::nullopt})),
            (catalog::Product{product_id("a"), "new", {10}, 5}));
  EXPECT_EQ(must(patch("a", {std::nullopt, Money{20}, -5})),
            (catalog::Product{product_id("a"), "new", {20}, 0}));
  EXPECT_EQ(must(read([&](Transaction& tx) { return products().find(tx, product_id("a")); })),
            (catalog::Product{product_id("a"), "new", {20}, 0}));
  EXPECT_EQ(error_of(patch("b", {"new", {}, {}})), Errc::not_found);
}

TEST_P(ProductStoreContract, AStockNeitherFallsBelowZeroNorRisesAboveItsBound) {
  must(insert({product_id("a"), "n", {1}, 5}));
  EXPECT_EQ(error_of(patch("a", {"renamed", {}, -6})), Errc::out_of_stock);
  EXPECT_EQ(error_of(patch("a", {{}, {}, std::numeric_limits<std::int64_t>::min()})),
            Errc::out_of_stock);
  EXPECT_EQ(error_of(patch("a", {{}, {}, limits::stock_max - 4})), Errc::invalid_input);
  EXPECT_EQ(error_of(patch("a", {{}, {}, std::numeric_limits<std::int64_t>::max()})),
            Errc::invalid_input);
  EXPECT_EQ(must(read([&](Transaction& tx) { return products().find(tx, product_id("a")); })),
            (catalog::Product{product_id("a"), "n", {1}, 5}));
  EXPECT_EQ(must(patch("a", {{}, {}, limits::stock_max - 5})).stock, limits::stock_max);
}

TEST_P(ProductStoreContract, TheSchemaRefusesANegativeStock) {
  EXPECT_TRUE(insert({product_id("a"), "n", {1}, -1}).has_error());
  EXPECT_EQ(stock_of("a"), -1);
}

TEST_P(ProductStoreContract, TheCatalogueRevisionRisesWithWhatListsShow) {
  must(insert({product_id("a"), "n", {1}, 5}));
  const std::int64_t start = catalog_revision();
  must(patch("a", {{}, {}, 5}));
  must(patch("a", {"n", Money{1}, {}}));
  EXPECT_EQ(catalog_revision(), start);
  must(patch("a", {"m", {}, {}}));
  EXPECT_EQ(catalog_revision(), start + 1);
  must(patch("a", {{}, Money{2}, {}}));
  EXPECT_EQ(catalog_revision(), start + 2);
}

TEST_P(ProductStoreContract, RegisteringAProductThatSellsRaisesTheCatalogueRevision) {
  const Day today{static_cast<std::int32_t>(
      std::chrono::floor<std::chrono::days>(now()).time_since_epoch().count())};
  const std::vector<ranking::DayDelta> deltas{{product_id("sold"), today, 3}};
  must(write([&](Transaction& tx) { return sales().add_totals(tx, {1}, deltas); }));
  const std::int64_t start = catalog_revision();
  must(insert({product_id("unsold"), "n", {1}, 5}));
  EXPECT_EQ(catalog_revision(), start);
  must(insert({product_id("sold"), "n", {1}, 5}));
  EXPECT_GT(catalog_revision(), start);
}

TEST_P(ProductStoreContract, TakingStockTellsThePriceAndLeavesTheRest) {
  must(insert({product_id("a"), "n", {250}, 5}));
  EXPECT_EQ(must(take("a", 3)).amount, 250);
  EXPECT_EQ(stock_of("a"), 2);
  EXPECT_EQ(error_of(take("a", 3)), Errc::out_of_stock);
  EXPECT_EQ(stock_of("a"), 2);
  must(take("a", 2));
  EXPECT_EQ(stock_of("a"), 0);
  EXPECT_EQ(error_of(take("a", 1)), Errc::out_of_stock);
  EXPECT_EQ(error_of(take("b", 1)), Errc::not_found);
}

TEST_P(ProductStoreContract, GivingBackStockOfAProductThatIsGoneIsNoError) {
  must(insert({product_id("a"), "n", {1}, 5}));
  must(write([&](Transaction& tx) { return stock().give_back(tx, product_id("a"), 2); }));
  EXPECT_EQ(stock_of("a"), 7);
  must(write([&](Transaction& tx) { return stock().give_back(tx, product_id("gone"), 2); }));
}

TEST_P(ProductStoreContract, ManyBuyersTakeExactlyTheStock) {
  must(insert({product_id("a"), "n", {1}, 100}));
  std::atomic<int> taken = 0;
  std::vector<std::thread> buyers;
  for (int i = 0; i < 4; ++i) {
    buyers.emplace_back([&] {
      for (int round = 0; round < 40; ++round) taken += take("a", 1).has_value() ? 1 : 0;
    });
  }
  for (std::thread& buyer : buyers) buyer.join();
  EXPECT_EQ(taken, 100);
  EXPECT_EQ(stock_of("a"), 0);
}

}  // namespace rushline::contract
