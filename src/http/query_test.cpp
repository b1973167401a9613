// How queries are split and decoded.
#include "http/query.hpp"

#include <gtest/gtest.h>

namespace rushline::http {
namespace {

TEST(Query, GivesDecodedParameters) {
  auto parsed = Query::parse("window=3d&limit=5&name=a%20b+c%2B&flag&empty=");
  ASSERT_TRUE(parsed);
  const Query query = std::move(*parsed);
  EXPECT_EQ(query.find("window"), "3d");
  EXPECT_EQ(query.find("limit"), "5");
  EXPECT_EQ(query.find("name"), "a b c+");
  EXPECT_EQ(query.find("flag"), "");
  EXPECT_EQ(query.find("empty"), "");
  EXPECT_EQ(query.find("other"), std::nullopt);
  EXPECT_EQ(query.all().size(), 5U);
}

TEST(Query, IsEmptyWithoutText) {
  for (const char* text : {"", "&", "&&"}) {
    const auto query = Query::parse(text);
    ASSERT_TRUE(query) << text;
    EXPECT_TRUE(query->all().empty()) << text;
  }
}

TEST(Query, KeepsEverythingAfterTheFirstEqualsSign) {
  EXPECT_EQ(Query::parse("cursor=a=b==")->find("cursor"), "a=b==");
}

TEST(Query, RefusesBrokenEncoding) {
  for (const char* text : {"a=%", "a=%4", "a=%zz", "%=a", "a=b%2"}) {
    const auto query = Query::parse(text);
    ASSERT_FALSE(query) << text;
    EXPECT_EQ(query.error().code, Errc::unreadable) << text;
  }
}

TEST(Query, NamesAParameterThatIsGivenTwice) {
  const auto query = Query::parse("limit=1&li%6dit=2");
  ASSERT_FALSE(query);
  EXPECT_EQ(query.error().code, Errc::invalid_input);
  EXPECT_EQ(query.error().fields.at(0).field, "limit");
}

TEST(Query, RefusesMoreParametersThanItHolds) {
  std::string text;
  for (std::size_t i = 0; i < limits::query_parameters_max; ++i) {
    text += "p" + std::to_string(i) + "=1&";
  }
  EXPECT_TRUE(Query::parse(text));
  EXPECT_EQ(Query::parse(text + "one_more=1").error().code, Errc::unreadable);
}

}  // namespace
}  // namespace rushline::http
