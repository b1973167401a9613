// Products are found by their ids however many there are, and days that are over are forgotten.
#include "adapters/embedded/product_table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace rushline::embedded {
namespace {

constexpr Day newest{20'456};

ProductId id_of(int number) {
  // Every third is longer than what is kept inline.
  const std::string padding(number % 3 == 0 ? 40 : 0, 'x');
  return *ProductId::parse(fmt::format("{}{}", number, padding));
}

ProductTable::Index add(ProductTable& table, int number) {
  table.make_room_for(1);
  return table.find_or_add(id_of(number), ProductTable::hash_of(id_of(number)));
}

TEST(ProductTable, FindsEveryProductAfterItHasGrown) {
  ProductTable table;
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i) {
    const auto index = add(table, i);
    EXPECT_EQ(index, static_cast<ProductTable::Index>(i));
    table.set_total(index, newest, newest, i);
  }
  EXPECT_EQ(table.size(), static_cast<ProductTable::Index>(count));
  for (int i = 0; i < count; ++i) {
    const auto found = table.find(id_of(i), ProductTable::hash_of(id_of(i)));
    ASSERT_TRUE(found);
    EXPECT_EQ(table.id(*found), id_of(i).view());
    EXPECT_EQ(table.total(*found, newest), i);
    EXPECT_EQ(add(table, i), *found);
  }
  EXPECT_FALSE(table.find(id_of(count), ProductTable::hash_of(id_of(count))));
}

TEST(ProductTable, TellsProductsWithEqualHashesApart) {
  ProductTable table;
  table.make_room_for(100);
  constexpr ProductTable::Hash same{12'345};
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(table.find_or_add(id_of(i), same), static_cast<ProductTable::Index>(i));
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(table.find(id_of(i), same), static_cast<ProductTable::Index>(i));
  }
  EXPECT_FALSE(table.find(id_of(100), same));
}

TEST(ProductTable, ForgetsADayWhenItsPlaceIsTakenByALaterOne) {
  ProductTable table;
  const auto product = add(table, 1);
  for (std::int32_t day = 0; day < days_kept; ++day) {
    table.set_total(product, newest - day, newest, 10 + day);
  }
  EXPECT_EQ(table.score(product, {newest, days_kept}), 10 + 11 + 12 + 13);
  EXPECT_EQ(table.score(product, {newest + 2, days_kept}), 10 + 11);
  table.set_total(product, newest + 2, newest + 2, 100);
  EXPECT_EQ(table.total(product, newest + 1), 0);
  EXPECT_EQ(table.score(product, {newest + 2, days_kept}), 100 + 10 + 11);
}

TEST(ProductTable, DropsProductsThatNothingIsLeftOf) {
  ProductTable table;
  for (int i = 0; i < 3'000; ++i) {
    const Day day = i % 2 == 0 ? newest : newest - days_kept;
    table.set_total(add(table, i), day, day, 5);
  }
  EXPECT_EQ(table.count_alive(newest), 1'500U);
  const auto compacted = table.compact(newest);
  EXPECT_EQ(compacted->size(), 1'500U);
  for (int i = 0; i < 3'000; ++i) {
    const auto found = compacted->find(id_of(i), ProductTable::hash_of(id_of(i)));
    ASSERT_EQ(found.has_value(), i % 2 == 0);
    if (found.has_value()) {
      EXPECT_EQ(compacted->total(*found, newest), 5);
    }
  }
}

}  // namespace
}  // namespace rushline::embedded
