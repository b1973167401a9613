// One seed, one run: what simulations offer to tests and to script/simulate.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/story.hpp"

namespace rushline::tests {

struct WorldRun {
  std::uint64_t hash = 0;  // of everything that happened
  std::int64_t happenings = 0;
  std::map<std::string, std::int64_t, std::less<>> faults;  // by kind
  std::vector<BrokenPromise> broken;
  std::vector<std::string> lines;  // if they were kept
};

// Drops on several servers (drop_simulation.hpp).
WorldRun run_drops(std::uint64_t seed, Telling telling = Telling::hash_only);

// Rankings on several servers (ranking_simulation.hpp).
WorldRun run_rankings(std::uint64_t seed, Telling telling = Telling::hash_only);

}  // namespace rushline::tests
