// Runs a world and keeps what is left of it.
#include "tests/simulation/simulation.hpp"

#include "tests/simulation/drop_simulation.hpp"
#include "tests/simulation/ranking_simulation.hpp"

namespace rushline::tests {
namespace {

WorldRun run_of(const Story& story) {
  return {.hash = story.hash(),
          .happenings = story.happenings(),
          .faults = story.faults(),
          .broken = story.broken(),
          .lines = story.lines()};
}

}  // namespace

WorldRun run_drops(std::uint64_t seed, Telling telling) {
  return run_of(DropSimulation(seed, telling).run());
}

WorldRun run_rankings(std::uint64_t seed, Telling telling) {
  return run_of(RankingSimulation(seed, telling).run());
}

}  // namespace rushline::tests
