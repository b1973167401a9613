// Thousands of histories of rankings on several servers with everything that may break; and every
// bug that can be planted in the rankings is found by them.
//
// RUSHLINE_TEST_SEED=<number> runs the history of that seed alone.
#include <gtest/gtest.h>

#include "tests/simulation/seeds.hpp"

namespace rushline::tests {
namespace {

class RankingSimulation : public SeedSlices {};

TEST_P(RankingSimulation, KeepsItsPromisesWhateverHappens) {
  expect_no_broken_promise(run_rankings);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RankingSimulation, testing::Range(0, slices), name_of_slice);

TEST(RankingSimulationReplay, TellsTheSameStoryOfTheSameSeed) { expect_same_story(run_rankings); }

// Three of them are planted in the board and the record of the simulation: the real ones are held
// to the same by tests/contract.
constexpr Planted planted_bugs[] = {
    {PlantedBug::fold_in_two_commits, "S8"},
    {PlantedBug::push_from_anywhere, "S9"},
    {PlantedBug::push_increments, "S8"},
    {PlantedBug::rebuild_ignores_changes, "S8"},
    {PlantedBug::list_of_another_state, "S9"},
    {PlantedBug::follow_own_folds_only, "follow"},
    {PlantedBug::skip_empty_totals, "S8"},
    {PlantedBug::clamp_totals, "S8"},
    {PlantedBug::utc_day, "day"},
    {PlantedBug::skip_entered_days, "S8"},
    {PlantedBug::count_duplicates, "S8"},
};

class PlantedRankingBug : public PlantedBugTest {};

TEST_P(PlantedRankingBug, BreaksThePromiseThatItsGuardKeeps) { expect_found(run_rankings); }

INSTANTIATE_TEST_SUITE_P(Rankings, PlantedRankingBug, testing::ValuesIn(planted_bugs), name_of_bug);

}  // namespace
}  // namespace rushline::tests
