// What is taken of a Prefer header, and that everything else is ignored.
#include "http/prefer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rushline::http {
namespace {

using std::chrono::seconds;

Preference waiting(int count) { return {.respond_async = false, .wait = seconds(count)}; }
constexpr Preference nothing{};

TEST(Prefer, TakesAWaitWithinItsBounds) {
  EXPECT_EQ(parse_prefer("wait=0"), waiting(0));
  EXPECT_EQ(parse_prefer("wait=30"), waiting(30));
  EXPECT_EQ(parse_prefer("WAIT = 5"), waiting(5));
  EXPECT_EQ(parse_prefer("wait=\"7\""), waiting(7));
  EXPECT_EQ(parse_prefer("wait=5; foo=bar"), waiting(5));
}

TEST(Prefer, TakesRespondAsync) {
  EXPECT_EQ(parse_prefer("respond-async"), (Preference{.respond_async = true, .wait = {}}));
  EXPECT_EQ(parse_prefer("handling=lenient, Respond-Async, wait=10"),
            (Preference{.respond_async = true, .wait = seconds(10)}));
}

TEST(Prefer, IgnoresWhatItDoesNotUnderstand) {
  for (const char* header : {"", "wait", "wait=", "wait=31", "wait=-1", "wait=1.5", "wait=x",
                             "wait=99999999999999999999", ";;,=", "foo; wait=5", "respond-async=no",
                             "\"wait=5\"", "x=\"a,wait=5\"", "x=\"\\\",wait=5"}) {
    EXPECT_EQ(parse_prefer(header), nothing) << header;
  }
}

TEST(Prefer, CountsTheFirstOfTwo) {
  EXPECT_EQ(parse_prefer("wait=1, wait=5"), waiting(1));
  EXPECT_EQ(parse_prefer("wait=x, wait=5"), nothing);
}

RC_GTEST_PROP(Prefer, NeverTripsOverRandomText, (std::string header)) {
  const Preference preference = parse_prefer(header);
  if (preference.wait) RC_ASSERT(*preference.wait <= seconds(30));
}

}  // namespace
}  // namespace rushline::http
