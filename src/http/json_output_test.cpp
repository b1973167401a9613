// What is written can be read by somebody else's reader.
#include "http/json_output.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

namespace rushline::http {
namespace {

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out;
  JsonWriter json(out);
  json.begin('{').field("a", 1).key("b").begin('[').begin('{').end('}').begin('{').end('}');
  json.end(']').field("c", "[").field("d", true).key("e").begin('[').value(1).value("x").end(']');
  json.end('}');
  EXPECT_EQ(out, R"({"a":1,"b":[{},{}],"c":"[","d":true,"e":[1,"x"]})");
}

TEST(JsonWriter, WritesNothingAsNull) {
  std::string out;
  JsonWriter(out)
      .begin('{')
      .field("time", std::optional<Timestamp>())
      .field("id", std::optional<OrderId>())
      .field("given", std::optional<std::int64_t>(5))
      .end('}');
  EXPECT_EQ(out, R"({"time":null,"id":null,"given":5})");
}

TEST(JsonWriter, WritesTheProductsOwnTypes) {
  std::string out;
  JsonWriter(out)
      .begin('{')
      .field("user", *UserId::parse("ann"))
      .field("order", OrderId{17})
      .field("money", Money{9007199254740991})
      .field("discount", Discount{Discount::Kind::rate, 15})
      .field("at", Timestamp{})
      .end('}');
  EXPECT_EQ(out, R"({"user":"ann","order":17,"money":9007199254740991,)"
                 R"("discount":{"type":"rate","value":15},"at":"1970-01-01T00:00:00Z"})");
}

RC_GTEST_PROP(JsonWriter, EscapesWhatEveryReaderTakesBack, ()) {
  // Any character of one byte, among them all that need escaping.
  const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
  std::string out;
  append_json_string(out, text);
  const auto read = boost::json::parse(out);
  RC_ASSERT(std::string_view(read.as_string()) == text);
}

}  // namespace
}  // namespace rushline::http
