// What is refused before any field is looked at, and when two texts say the same.
#include "http/json_document.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/limits.hpp"

namespace rushline::http {
namespace {

Errc code_of(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  return document.has_error() ? document.error().code : Errc::in_progress;
}

std::string canonical_of(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  return document.has_error() ? "refused: " + document.error().detail : document->canonical();
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonDocument, RefusesWhatIsNoJson) {
  for (const std::string_view text :
       {"", "  ", "{", "{}{}", "{} x", R"({"a":1,})", "{'a':1}", R"({"a":01})", R"({"a":NaN})",
        R"({"a":+1})", "{/* no */}", "\xef\xbb\xbf{}", "nul", "{\"a\":\"line\nbreak\"}"}) {
    EXPECT_EQ(code_of(text), Errc::unreadable) << text;
  }
}

TEST(JsonDocument, RefusesWhatIsNoUtf8) {
  for (const std::string_view text :
       {"{\"a\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xe2\x82\"}",
        "{\"a\":\"\xed\xa0\x80\"}", "{\"\xff\":1}", R"({"a":"\ud800"})"}) {
    EXPECT_EQ(code_of(text), Errc::unreadable) << text;
  }
}

TEST(JsonDocument, TakesTheGreatestDepthAndNotOneMore) {
  EXPECT_TRUE(JsonDocument::parse(nested(limits::json_depth_max)));
  EXPECT_EQ(code_of(nested(limits::json_depth_max + 1)), Errc::unreadable);
  EXPECT_EQ(code_of(nested(100'000)), Errc::unreadable);
}

TEST(JsonDocument, RefusesMoreValuesThanAnyRequestNeeds) {
  std::string text = "[0";
  for (std::size_t i = 0; i < limits::json_values_max; ++i) text += ",0";
  EXPECT_EQ(code_of(text + "]"), Errc::unreadable);
}

TEST(JsonDocument, NamesTheFieldThatStandsTwice) {
  for (const std::string_view text :
       {R"({"b":1,"a":1,"a":2})", R"({"b":{"a":[{"x":1}],"a":2}})", R"({"a":1,"\u0061":2})"}) {
    const auto document = JsonDocument::parse(text);
    ASSERT_TRUE(document.has_error()) << text;
    EXPECT_EQ(document.error().code, Errc::invalid_input);
    EXPECT_EQ(document.error().fields.at(0).field, "a");
  }
  EXPECT_TRUE(JsonDocument::parse(R"({"a":{"a":1},"b":{"a":2}})"));
}

TEST(JsonDocument, RefusesAnObjectWithTooManyFields) {
  const auto object = [](std::size_t fields) {
    std::string text = "{";
    for (std::size_t i = 0; i < fields; ++i) {
      text += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + "\":0";
    }
    return text + "}";
  };
  EXPECT_TRUE(JsonDocument::parse(object(limits::json_fields_max)));
  EXPECT_EQ(code_of(object(limits::json_fields_max + 1)), Errc::invalid_input);
}

TEST(JsonDocument, DoesNotCopyAnEndlessNameIntoItsError) {
  const std::string name(1'000'000, 'x');
  const auto document = JsonDocument::parse("{\"" + name + "\":1,\"" + name + "\":2}");
  ASSERT_TRUE(document.has_error());
  EXPECT_LT(document.error().fields.at(0).field.size(), 300U);
}

TEST(JsonDocument, KnowsIntegersFromOtherNumbers) {
  const auto document = JsonDocument::parse(
      "[0,-1,9007199254740993,9223372036854775807,9223372036854775808,1.0,1e2,"
      "123456789012345678901234567890]");
  ASSERT_TRUE(document);
  using Kind = JsonValue::Kind;
  for (std::size_t i = 1; i <= 4; ++i) EXPECT_EQ((*document)[i].kind, Kind::integer) << i;
  for (std::size_t i = 5; i <= 8; ++i) EXPECT_EQ((*document)[i].kind, Kind::other_number) << i;
  EXPECT_EQ((*document)[3].number, 9007199254740993);
}

TEST(JsonDocument, WritesTheSameContentTheSameWay) {
  EXPECT_EQ(canonical_of(R"( { "b" : [ 1 , null , true ] , "a" : "x\u002fy" } )"),
            R"({"a":"x/y","b":[1,null,true]})");
  EXPECT_EQ(canonical_of(R"({"a":{"d":1,"c":"\u00e9\n"}})"), "{\"a\":{\"c\":\"é\\n\",\"d\":1}}");
  EXPECT_NE(canonical_of(R"({"a":1})"), canonical_of(R"({"a":"1"})"));
  EXPECT_NE(canonical_of(R"({"a":[1,2]})"), canonical_of(R"({"a":[2,1]})"));
  EXPECT_EQ(canonical_of(R"({"a":{},"b":[]})"), R"({"a":{},"b":[]})");
}

RC_GTEST_PROP(JsonDocument, ReadsItsOwnCanonicalTextAgain, ()) {
  const auto numbers = *rc::gen::container<std::vector<int>>(rc::gen::arbitrary<int>());
  std::string text = "[";
  for (const int number : numbers) text += std::to_string(number) + " ,";
  text += "\"end\"]";
  const std::string once = canonical_of(text);
  RC_ASSERT(canonical_of(once) == once);
}

RC_GTEST_PROP(JsonDocument, NeverTripsOverRandomBytes, (std::string bytes)) {
  const auto document = JsonDocument::parse(bytes);
  if (document.has_value()) RC_ASSERT(JsonDocument::parse(document->canonical()).has_value());
}

}  // namespace
}  // namespace rushline::http
