// A fail point ends the process with SIGKILL at the visit that was asked for, and only there.
#include "core/fail_point.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

namespace rushline {
namespace {

// Runs in a child process of its own: what is armed stays armed.
void visit(const char* armed, std::string_view name, int visits) {
  if (!arm_fail_point(armed)) std::exit(2);
  for (int i = 0; i < visits; ++i) fail_point(name);
  std::exit(0);
}

TEST(FailPoint, DoesNothingUnlessArmed) {
  for (const std::string_view name : all_fail_points()) fail_point(name);
}

TEST(FailPoint, RefusesToArmWhatDoesNotExist) {
  for (const char* bad :
       {"", "no.such.point", "fold.totals_written:", "fold.totals_written:0",
        "fold.totals_written:-1", "fold.totals_written:x", "fold.totals_written:1x", ":1",
        "fold.totals_written:1:", "fold.totals_written:1:x", "fold.totals_written:1:-1",
        "fold.totals_written:1:60001", "fold.totals_written:1:1:1", "fold.totals_written::5"}) {
    EXPECT_FALSE(arm_fail_point(bad)) << bad;
  }
}

TEST(FailPoint, ListsEachNameOnce) {
  const auto names = all_fail_points();
  for (const std::string_view name : names) {
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  }
}

TEST(FailPointDeathTest, KillsAtTheFirstVisit) {
  EXPECT_EXIT(visit("fold.totals_written", "fold.totals_written", 1),
              ::testing::KilledBySignal(SIGKILL), "");
}

TEST(FailPointDeathTest, KillsAtTheVisitThatWasAskedFor) {
  EXPECT_EXIT(visit("fold.totals_written:3", "fold.totals_written", 2),
              ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(visit("fold.totals_written:3", "fold.totals_written", 3),
              ::testing::KilledBySignal(SIGKILL), "");
}

TEST(FailPointDeathTest, StallsBeforeItKills) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EXIT(visit("fold.totals_written:2:100", "fold.totals_written", 2),
              ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(100));
}

TEST(FailPointDeathTest, LetsOtherPointsPass) {
  EXPECT_EXIT(visit("fold.totals_written", "outbox.written", 5), ::testing::ExitedWithCode(0), "");
}

TEST(FailPointDeathTest, TakesAnUnlistedNameForABug) {
  EXPECT_DEATH(visit("fold.totals_written", "no.such.point", 1), "broken invariant");
}

}  // namespace
}  // namespace rushline
