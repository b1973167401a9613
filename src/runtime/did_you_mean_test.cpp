// A suggestion helps or is not made.
#include "runtime/did_you_mean.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace rushline::runtime {
namespace {

constexpr std::array<std::string_view, 6> verbs = {"serve", "demo",   "event",
                                                   "load",  "verify", "version"};

TEST(DidYouMean, FindsOneLetterWrongMissingOrTooMany) {
  EXPECT_EQ(did_you_mean("servr", verbs), "serve");
  EXPECT_EQ(did_you_mean("serv", verbs), "serve");
  EXPECT_EQ(did_you_mean("verifyy", verbs), "verify");
}

TEST(DidYouMean, CountsTwoSwappedLettersAsOneMistake) {
  EXPECT_EQ(did_you_mean("laod", verbs), "load");
  EXPECT_EQ(did_you_mean("dmeo", verbs), "demo");
}

TEST(DidYouMean, TakesTheNearestOfSeveral) { EXPECT_EQ(did_you_mean("versio", verbs), "version"); }

TEST(DidYouMean, DoesNotMindCapitals) { EXPECT_EQ(did_you_mean("SERVE", verbs), "serve"); }

TEST(DidYouMean, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(did_you_mean("postgres", verbs), std::nullopt);
  EXPECT_EQ(did_you_mean("", verbs), std::nullopt);
  EXPECT_EQ(did_you_mean(std::string(5000, 's'), verbs), std::nullopt);
  EXPECT_EQ(did_you_mean("serve", {}), std::nullopt);
}

}  // namespace
}  // namespace rushline::runtime
