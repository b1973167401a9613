// Every kind of bad field, by its name, and that all of them are told together.
#include "http/json_input.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/limits.hpp"

namespace rushline::http {
namespace {

// Reads `body` with `read`, and gives the names of the fields that were wrong.
template <class Read>
std::vector<std::string> wrong_fields(std::string_view body, Read read) {
  JsonInput input;
  if (auto object = input.parse(body)) {
    read(*object);
    object->refuse_others();
  }
  std::vector<std::string> names;
  if (const auto error = input.error()) {
    EXPECT_EQ(error->code, Errc::invalid_input) << error->detail;
    for (const FieldError& field : error->fields) names.push_back(field.field);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(JsonInput, TakesIntegersWithinTheirBoundsOnly) {
  const auto read = [](JsonObject& object) { object.integer("n", 1, json_integer_max); };
  for (const std::string_view good : {"1", "9007199254740991"}) {
    EXPECT_EQ(wrong_fields("{\"n\":" + std::string(good) + "}", read), Names{}) << good;
  }
  for (const std::string_view bad :
       {"0", "-1", "9007199254740992", "18446744073709551616", "1.0", "1e0", "1.5", "\"1\"", "null",
        "true", "[]", "[1]", "{}", "-9223372036854775808"}) {
    EXPECT_EQ(wrong_fields("{\"n\":" + std::string(bad) + "}", read), Names{"n"}) << bad;
  }
  EXPECT_EQ(wrong_fields("{}", read), Names{"n"});
}

TEST(JsonInput, TakesAShopsIdAsTextOrAsANumbersDigits) {
  std::string seen;
  const auto read = [&seen](JsonObject& object) { seen = object.id<UserId>("id").view(); };
  EXPECT_EQ(wrong_fields(R"({"id":"Ab.9_:@-"})", read), Names{});
  EXPECT_EQ(wrong_fields(R"({"id":0})", read), Names{});
  EXPECT_EQ(seen, "0");
  EXPECT_EQ(wrong_fields(R"({"id":9007199254740991})", read), Names{});
  EXPECT_EQ(seen, "9007199254740991");
  EXPECT_EQ(wrong_fields("{\"id\":\"" + std::string(64, 'x') + "\"}", read), Names{});
  for (const std::string& bad :
       {std::string("\"\""), std::string("\"a b\""), std::string("\"é\""), std::string("-1"),
        std::string("9007199254740992"), std::string("1.0"), std::string("null"),
        std::string("[\"a\"]"), std::string("true"), '"' + std::string(65, 'x') + '"'}) {
    EXPECT_EQ(wrong_fields("{\"id\":" + bad + "}", read), Names{"id"}) << bad;
  }
}

TEST(JsonInput, TakesTextsThatSaySomething) {
  const auto read = [](JsonObject& object) { object.text("t", 5); };
  for (const std::string_view good : {"\"a\"", "\"a b\"", "\"12345\"", "\"\\u00e9\\u00e9\""}) {
    EXPECT_EQ(wrong_fields("{\"t\":" + std::string(good) + "}", read), Names{}) << good;
  }
  for (const std::string_view bad :
       {"\"\"", "\"  \"", "\"123456\"", "\"\\u00e9\\u00e9\\u00e9\"", "\"a\\u0000b\"", "\"a\\n\"",
        "\"\\u007f\"", "5", "null", "[]"}) {
    EXPECT_EQ(wrong_fields("{\"t\":" + std::string(bad) + "}", read), Names{"t"}) << bad;
  }
}

TEST(JsonInput, TakesTimesOfAnyOffset) {
  std::optional<Timestamp> time;
  const auto read = [&time](JsonObject& object) { time = object.time_if_given("at"); };
  EXPECT_EQ(wrong_fields(R"({"at":"2026-01-02T12:00:00+09:00"})", read), Names{});
  ASSERT_TRUE(time);
  EXPECT_EQ(to_rfc3339(*time), "2026-01-02T03:00:00Z");
  EXPECT_EQ(wrong_fields(R"({"at":null})", read), Names{});
  EXPECT_FALSE(time);
  for (const std::string_view bad : {"\"yesterday\"", "\"2026-02-30T00:00:00Z\"", "5", "\"\""}) {
    EXPECT_EQ(wrong_fields("{\"at\":" + std::string(bad) + "}", read), Names{"at"}) << bad;
  }
}

TEST(JsonInput, TakesOneOfTheWords) {
  std::optional<std::size_t> word;
  const auto read = [&word](JsonObject& object) { word = object.word("w", {"fixed", "rate"}); };
  EXPECT_EQ(wrong_fields(R"({"w":"rate"})", read), Names{});
  EXPECT_EQ(word, std::size_t{1});
  for (const std::string_view bad : {"\"Rate\"", "\"\"", "1", "null"}) {
    EXPECT_EQ(wrong_fields("{\"w\":" + std::string(bad) + "}", read), Names{"w"}) << bad;
    EXPECT_FALSE(word);
  }
}

TEST(JsonInput, RefusesUnknownFieldsAtEveryDepth) {
  const auto read = [](JsonObject& object) {
    object.integer("n", 0, 9);
    if (auto inner = object.object("o")) inner->refuse_others();
  };
  EXPECT_EQ(wrong_fields(R"({"n":1,"o":{"x":1},"y":{"z":1}})", read), (Names{"o.x", "y"}));
}

TEST(JsonInput, ReadsListsOfObjectsAndNamesWhatIsWrongInWhich) {
  std::vector<std::int64_t> seen;
  const auto read = [&seen](JsonObject& object) {
    seen.clear();
    object.each("lines", 1, 3, [&seen](JsonObject& line) {
      seen.push_back(line.integer("q", 1, 9));
      line.refuse_others();
    });
  };
  EXPECT_EQ(wrong_fields(R"({"lines":[{"q":3},{"q":4}]})", read), Names{});
  EXPECT_EQ(seen, (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(wrong_fields(R"({"lines":[{"q":3},{"q":0},{"x":1}]})", read),
            (Names{"lines[1].q", "lines[2].q", "lines[2].x"}));
  EXPECT_EQ(wrong_fields(R"({"lines":[{"q":3},5]})", read), Names{"lines[1]"});
  for (const std::string_view bad : {"[]", "[{},{},{},{}]", "{}", "null", "\"x\""}) {
    EXPECT_EQ(wrong_fields("{\"lines\":" + std::string(bad) + "}", read), Names{"lines"}) << bad;
  }
}

TEST(JsonInput, TakesNullAsNotGivenButNotInAChange) {
  EXPECT_EQ(wrong_fields(R"({"n":null})",
                         [](JsonObject& object) {
                           EXPECT_FALSE(object.integer_if_given("n", 0, 9).has_value());
                         }),
            Names{});
  EXPECT_EQ(wrong_fields(R"({"n":null,"t":null})",
                         [](JsonObject& object) {
                           object.null_is_wrong();
                           object.integer_if_given("n", 0, 9);
                           object.text_if_given("t", 9);
                         }),
            (Names{"n", "t"}));
}

TEST(JsonInput, TellsAllWrongFieldsTogetherUpToABound) {
  EXPECT_EQ(wrong_fields(R"({"a":"x","b":-1,"c":1})",
                         [](JsonObject& object) {
                           object.integer("a", 0, 9);
                           object.integer("b", 0, 9);
                         }),
            (Names{"a", "b", "c"}));
  std::string body = R"({"l":[)";
  for (std::size_t i = 0; i < limits::field_errors_max + 50; ++i) body += i > 0 ? ",{}" : "{}";
  const auto names = wrong_fields(body + "]}", [](JsonObject& object) {
    object.each("l", 1, 1'000, [](JsonObject& item) { item.integer("q", 1, 9); });
  });
  EXPECT_EQ(names.size(), limits::field_errors_max);
}

TEST(JsonInput, RefusesWhatIsNoObject) {
  for (const std::string_view body : {"null", "5", "\"text\"", "[]", "true", "[{}]"}) {
    JsonInput input;
    EXPECT_FALSE(input.parse(body)) << body;
    EXPECT_EQ(input.error()->code, Errc::invalid_input);
  }
  JsonInput input;
  EXPECT_FALSE(input.parse("{"));
  EXPECT_EQ(input.error()->code, Errc::unreadable);
}

TEST(JsonInput, TakesNoBodyOrAnEmptyObjectWhereNothingIsExpected) {
  const auto error_of = [](std::string_view body) {
    JsonInput input;
    input.expect_nothing(body);
    return input.error();
  };
  EXPECT_FALSE(error_of(""));
  EXPECT_FALSE(error_of("{}"));
  EXPECT_EQ(error_of(R"({"x":1})")->fields.at(0).field, "x");
  EXPECT_EQ(error_of("x")->code, Errc::unreadable);
}

}  // namespace
}  // namespace rushline::http
