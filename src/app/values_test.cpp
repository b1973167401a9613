// Option values as people write them.
#include "app/values.hpp"

#include <gtest/gtest.h>

#include "app/failure.hpp"

namespace rushline::app {
namespace {

using namespace std::chrono_literals;

ExitCode nothing(const Arguments&, Console&) { return ExitCode::ok; }

Arguments given(const std::string& text) {
  const std::vector<Verb> verbs{{"v", "", "", {}, {{"--x", "X", "", "", "", false}}, nothing}};
  return parse_command(verbs, std::vector<std::string>{"v", "--x", text}).arguments;
}

TEST(Values, ReadDurations) {
  EXPECT_EQ(duration_of(given("250ms"), "--x"), 250ms);
  EXPECT_EQ(duration_of(given("10s"), "--x"), 10s);
  EXPECT_EQ(duration_of(given("1.5"), "--x"), 1500ms);
  EXPECT_EQ(duration_of(given("2m"), "--x"), 2min);
  for (const char* text : {"", "0", "0s", "-1s", "10h", "s", "1.2.3s", "1e9", "25000m", "0.1ms"}) {
    EXPECT_THROW(duration_of(given(text), "--x"), VerbFailure) << text;
  }
}

TEST(Values, ReadRates) {
  EXPECT_EQ(rate_of(given("1000"), "--x"), 1000);
  EXPECT_EQ(rate_of(given("0.5/s"), "--x"), 0.5);
  for (const char* text : {"", "0", "-1", "5/m", "many"}) {
    EXPECT_THROW(rate_of(given(text), "--x"), VerbFailure) << text;
  }
}

TEST(Values, ReadCountsWithinTheirBounds) {
  EXPECT_EQ(count_of(given("10_000"), "--x", 1, 10'000), 10'000);
  for (const char* text : {"", "0", "10001", "1.5", "1e3", "99999999999999999999", "ten", "-1"}) {
    EXPECT_THROW(count_of(given(text), "--x", 1, 10'000), VerbFailure) << text;
  }
}

TEST(Values, NameTheOptionAndWhatWouldBeRight) {
  try {
    count_of(given("0"), "--x", 1, 7);
    FAIL();
  } catch (const VerbFailure& failure) {
    EXPECT_STREQ(failure.what(), "--x cannot be '0'");
    EXPECT_EQ(failure.next(), "use a whole number from 1 to 7");
  }
  EXPECT_THROW(text_of(given("a"), "--y"), VerbFailure);
}

}  // namespace
}  // namespace rushline::app
