// Which parameters are taken, and by which name each other is refused.
#include "http/query_input.hpp"

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "core/money.hpp"

namespace rushline::http {
namespace {

std::vector<std::string> names_of(const std::optional<Error>& error) {
  std::vector<std::string> names;
  if (error) {
    for (const FieldError& field : error->fields) names.push_back(field.field);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(QueryInput, GivesTheDefaultWhenNothingIsAsked) {
  QueryInput query("");
  EXPECT_EQ(query.page_limit(), limits::page_size_default);
  EXPECT_EQ(query.wait(), std::chrono::seconds(0));
  EXPECT_EQ(query.word("window", {"3d", "1d"}), 0U);
  EXPECT_FALSE(query.shop_id_cursor<ProductId>());
  EXPECT_FALSE(query.error());
}

TEST(QueryInput, TakesNumbersWithinTheirBoundsOnly) {
  for (const std::string_view good : {"limit=1", "limit=1000", "limit=0500"}) {
    QueryInput query(good);
    query.page_limit();
    EXPECT_FALSE(query.error()) << good;
  }
  for (const std::string_view bad :
       {"limit=0", "limit=1001", "limit=-1", "limit=1.5", "limit=", "limit", "limit=%20",
        "limit=9007199254740993", "limit=99999999999999999999", "limit=1x", "limit=%2B1"}) {
    QueryInput query(bad);
    EXPECT_EQ(query.page_limit(), limits::page_size_default);
    EXPECT_EQ(names_of(query.error()), Names{"limit"}) << bad;
  }
}

TEST(QueryInput, RefusesEveryParameterThatNobodyAskedFor) {
  QueryInput query("limit=0&offset=5&x");
  query.page_limit();
  EXPECT_EQ(names_of(query.error()), (Names{"limit", "offset", "x"}));
  EXPECT_EQ(names_of(refusal_of_any("a=1")), Names{"a"});
  EXPECT_FALSE(refusal_of_any(""));
}

TEST(QueryInput, RefusesAParameterThatStandsTwice) {
  QueryInput query("limit=1&limit=2");
  query.page_limit();
  EXPECT_EQ(names_of(query.error()), Names{"limit"});
}

TEST(QueryInput, CallsBrokenEncodingUnreadable) {
  QueryInput query("limit=%zz");
  query.page_limit();
  EXPECT_EQ(query.error()->code, Errc::unreadable);
}

TEST(QueryInput, TakesACursorThatAPageGaveAndNoOther) {
  const auto cursor = cursor_after(ProductId::parse("-1"));
  ASSERT_TRUE(cursor);
  const std::string given = "cursor=" + *cursor;
  QueryInput query(given);
  EXPECT_EQ(query.shop_id_cursor<ProductId>()->view(), "-1");
  EXPECT_FALSE(query.error());
  const std::string number = "cursor=" + *cursor_after(std::optional(CouponId{17}));
  QueryInput numbers(number);
  EXPECT_EQ(numbers.number_cursor<CouponId>(), CouponId{17});
  EXPECT_FALSE(cursor_after(std::optional<CouponId>()));
  for (const std::string_view bad : {"cursor=", "cursor=17", "cursor=tea",
                                     "cursor=key:", "cursor=key:a%20b", "cursor=key:-1%00"}) {
    QueryInput wrong(bad);
    wrong.shop_id_cursor<ProductId>();
    EXPECT_EQ(names_of(wrong.error()), Names{"cursor"}) << bad;
  }
  for (const std::string_view bad :
       {"cursor=17", "cursor=key:0", "cursor=key:x", "cursor=key:-1"}) {
    QueryInput wrong(bad);
    wrong.number_cursor<CouponId>();
    EXPECT_EQ(names_of(wrong.error()), Names{"cursor"}) << bad;
  }
}

TEST(QueryInput, KnowsWhichIdsOfItsOwnCanBe) {
  EXPECT_EQ(parse_number_id<OrderId>("17"), OrderId{17});
  EXPECT_EQ(parse_number_id<OrderId>("9007199254740991"), OrderId{json_integer_max});
  for (const std::string_view bad :
       {"", "0", "-1", "+1", "x", "1x", " 1", "9007199254740992", "99999999999999999999", "1.0"}) {
    EXPECT_FALSE(parse_number_id<OrderId>(bad)) << bad;
  }
}

}  // namespace
}  // namespace rushline::http
