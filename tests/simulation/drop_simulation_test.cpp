// Thousands of histories of drops on several servers with everything that may break; and every bug
// that can be planted in the coupons is found by them.
//
// RUSHLINE_TEST_SEED=<number> runs the history of that seed alone.
#include <gtest/gtest.h>

#include "tests/simulation/seeds.hpp"

namespace rushline::tests {
namespace {

class DropSimulation : public SeedSlices {};

TEST_P(DropSimulation, KeepsItsPromisesWhateverHappens) { expect_no_broken_promise(run_drops); }

INSTANTIATE_TEST_SUITE_P(Seeds, DropSimulation, testing::Range(0, slices), name_of_slice);

TEST(DropSimulationReplay, TellsTheSameStoryOfTheSameSeed) { expect_same_story(run_drops); }

// Three more need a history that is too rare here: see admission_line_test.cpp.
constexpr Planted planted_bugs[] = {
    {PlantedBug::tell_before_commit, "S4"},
    {PlantedBug::settle_from_any_mark, "L1"},
    {PlantedBug::trim_before_commit, "L1"},
    {PlantedBug::mark_sold_out_early, "L1"},
    {PlantedBug::lost_line_is_sold_out, "S6"},
    {PlantedBug::sold_out_to_holders, "S4"},
    {PlantedBug::flag_outlives_raise, "S6"},
    {PlantedBug::keep_line_over_round, "S4"},
    {PlantedBug::install_without_epoch, "return"},
    {PlantedBug::raise_at_once, "S6"},
    {PlantedBug::return_without_patience, "patience"},
    {PlantedBug::refuse_by_line, "answer"},
    {PlantedBug::tell_change_early, "hold"},
};

class PlantedCouponBug : public PlantedBugTest {};

TEST_P(PlantedCouponBug, BreaksThePromiseThatItsGuardKeeps) { expect_found(run_drops); }

INSTANTIATE_TEST_SUITE_P(Coupons, PlantedCouponBug, testing::ValuesIn(planted_bugs), name_of_bug);

}  // namespace
}  // namespace rushline::tests
