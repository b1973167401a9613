// Correct histories pass, and each planted bug is named by the promise that it breaks.
//
// The bugs are what the traps of the protocol lead to, written into the history of a reference shop
// (reference_shop.hpp) that fell into none of them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/verify/planted_bugs.hpp"

namespace rushline::verify {
namespace {

using tests::Bug;
using tests::Story;

std::vector<std::string> findings_of(const Story& story) {
  std::vector<std::string> findings;
  for (const Check& check : check_history(story.history, story.rest)) {
    for (const std::string& finding : check.findings) {
      findings.push_back(check.promise + ": " + finding);
    }
  }
  return findings;
}

TEST(ReferenceShop, KeepsEveryPromiseInTheFirstHundreds) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const std::vector<std::string> findings = findings_of(tell_story(tests::random_plan(seed)));
    ASSERT_TRUE(findings.empty()) << "seed " << seed << ": " << findings[0];
  }
}

RC_GTEST_PROP(ReferenceShop, KeepsEveryPromiseWhateverTheSeed, (std::uint64_t seed)) {
  RC_LOG() << "seed of the plan " << seed << "\n";
  RC_ASSERT(findings_of(tell_story(tests::random_plan(seed))) == std::vector<std::string>{});
}

class PlantedBug : public testing::TestWithParam<Bug> {};

TEST_P(PlantedBug, IsNamedByThePromiseThatItBreaks) {
  const Bug& bug = GetParam();
  int planted = 0;
  for (std::uint64_t seed = 1; seed <= 600 && planted < 25; ++seed) {
    tests::ShopPlan plan = tests::random_plan(seed);
    bug.choose(plan);
    Story story = tell_story(plan);
    if (!bug.plant(story)) continue;
    ++planted;
    const std::vector<std::string> findings = findings_of(story);
    const bool is_named =
        std::any_of(findings.begin(), findings.end(), [&](const std::string& finding) {
          return finding.starts_with(std::string(bug.promise) + ": ");
        });
    ASSERT_TRUE(is_named) << "seed " << seed << ": " << bug.promise << " is not named, "
                          << (findings.empty() ? "nothing is" : findings[0] + " is");
  }
  EXPECT_GE(planted, 10) << "the bug could hardly ever be planted";
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBug, testing::ValuesIn(tests::all_bugs()),
                         [](const auto& bug) { return std::string(bug.param.name); });

}  // namespace
}  // namespace rushline::verify
