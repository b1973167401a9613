// Which words may be ids, and how ids compare.
#include "core/ids.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rushline {
namespace {

TEST(ShopId, TakesOneTo64OfTheAllowedCharacters) {
  for (const char* text : {"a", "Z", "0", ".", "_", ":", "@", "-", "user@example.com:17_A-b"}) {
    const auto id = UserId::parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->view(), text);
  }
  for (std::size_t length = 0; length <= 80; ++length) {
    EXPECT_EQ(is_shop_id(std::string(length, 'x')), length >= 1 && length <= 64) << length;
  }
  EXPECT_FALSE(UserId::parse(""));
}

TEST(ShopId, RefusesEveryOtherByte) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@-";
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = {'a', static_cast<char>(byte)};
    const bool is_allowed = allowed.find(text[1]) != std::string_view::npos;
    EXPECT_EQ(is_shop_id(text), is_allowed) << "byte " << byte;
  }
}

RC_GTEST_PROP(ShopId, ComparesAndHashesLikeItsBytes, ()) {
  const auto word =
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('a', 'b', 'A', '1', '_')));
  const std::string a = (*word).substr(0, 64);
  const std::string b = (*word).substr(0, 64);
  const ProductId id_a = *ProductId::parse(a);
  const ProductId id_b = *ProductId::parse(b);
  RC_ASSERT((id_a == id_b) == (a == b));
  RC_ASSERT((id_a < id_b) == (a < b));
  RC_ASSERT(std::hash<ProductId>{}(id_a) == std::hash<ProductId>{}(*ProductId::parse(a)));
}

TEST(NumberId, ComparesByValue) {
  EXPECT_EQ(OrderId{7}, OrderId{7});
  EXPECT_LT(CouponId{7}, CouponId{8});
}

}  // namespace
}  // namespace rushline
