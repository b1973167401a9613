// What may become a product, and what a client hears when it may not.
#include "catalog/product_service.hpp"

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "tests/support/fake_product_store.hpp"
#include "tests/support/fake_transaction.hpp"

namespace rushline::catalog {
namespace {

ProductId product(std::string_view id) { return *ProductId::parse(id); }

class ProductServiceTest : public testing::Test {
 protected:
  tests::FakeProductStore store;
  tests::FakeTransaction transaction{Timestamp{}};
  ProductService service{store};
};

TEST_F(ProductServiceTest, KeepsWhatWasCreatedUnderTheIdThatWasAskedFor) {
  const auto created = service.create(transaction, {product("tea"), "Tea", {1200}, 5});
  ASSERT_TRUE(created.has_value());
  const auto found = service.get(transaction, product("tea"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, (Product{product("tea"), "Tea", {1200}, 5}));
}

TEST_F(ProductServiceTest, RefusesAnIdThatIsTaken) {
  ASSERT_TRUE(service.create(transaction, {product("tea"), "Tea", {1200}, 5}).has_value());
  const auto again = service.create(transaction, {product("tea"), "Other", {1}, 1});
  ASSERT_TRUE(again.has_error());
  EXPECT_EQ(again.error().code, Errc::product_exists);
}

TEST_F(ProductServiceTest, NamesEveryWrongFieldAtOnce) {
  const std::string long_name(limits::name_bytes_max + 1, 'x');
  const auto refused =
      service.create(transaction, {std::nullopt, long_name, {-1}, limits::stock_max + 1});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::invalid_input);
  ASSERT_EQ(refused.error().fields.size(), 3U);
  EXPECT_EQ(refused.error().fields[0].field, "name");
  EXPECT_EQ(refused.error().fields[1].field, "price");
  EXPECT_EQ(refused.error().fields[2].field, "stock");
}

TEST_F(ProductServiceTest, TakesTheLargestAndTheSmallestAllowed) {
  const std::string longest(limits::name_bytes_max, 'x');
  EXPECT_TRUE(
      service
          .create(transaction, {product("dear"), longest, {limits::price_max}, limits::stock_max})
          .has_value());
  EXPECT_TRUE(service.create(transaction, {product("free"), "F", {0}, 0}).has_value());
}

TEST_F(ProductServiceTest, ChangesOnlyWhatAPatchNames) {
  ASSERT_TRUE(service.create(transaction, {product("tea"), "Tea", {1200}, 5}).has_value());
  const auto patched = service.patch(transaction, product("tea"),
                                     {.name = std::nullopt, .price = {}, .add_stock = -2});
  ASSERT_TRUE(patched.has_value());
  EXPECT_EQ(*patched, (Product{product("tea"), "Tea", {1200}, 3}));
}

TEST_F(ProductServiceTest, RefusesAPatchThatNoProductCouldHave) {
  ASSERT_TRUE(service.create(transaction, {product("tea"), "Tea", {1200}, 5}).has_value());
  const auto refused =
      service.patch(transaction, product("tea"), {.name = "", .price = Money{-5}, .add_stock = 1});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().fields.size(), 2U);
  EXPECT_EQ(service.get(transaction, product("tea"))->stock, 5);
}

TEST_F(ProductServiceTest, SaysWhichProductIsUnknown) {
  const auto missing = service.get(transaction, product("coffee"));
  ASSERT_TRUE(missing.has_error());
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_EQ(missing.error().detail, "There is no product coffee.");
}

TEST_F(ProductServiceTest, ListsFromTheOneAfter) {
  for (const auto* id : {"c", "a", "b"}) {
    ASSERT_TRUE(service.create(transaction, {product(id), "N", {1}, 1}).has_value());
  }
  const auto first = service.list(transaction, std::nullopt, 2);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->items.size(), 2U);
  ASSERT_EQ(first->next, product("b"));
  const auto rest = service.list(transaction, first->next, 2);
  ASSERT_TRUE(rest.has_value());
  ASSERT_EQ(rest->items.size(), 1U);
  EXPECT_EQ(rest->items[0].id, product("c"));
  EXPECT_FALSE(rest->next.has_value());
}

}  // namespace
}  // namespace rushline::catalog
