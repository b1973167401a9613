// Tests over many seeds: that no promise breaks, that a seed tells one story, that a planted bug is
// found. A failure names its seed; RUSHLINE_TEST_SEED=<number> runs that one alone.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <optional>
#include <set>
#include <string>

#include "core/planted_bug.hpp"
#include "tests/simulation/simulation.hpp"

namespace rushline::tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t seeds_max = 500;  // they take ten times as long
#else
inline constexpr std::uint64_t seeds_max = 5'000;
#endif
inline constexpr int slices = 4;  // run beside each other

using Simulate = WorldRun (*)(std::uint64_t seed, Telling telling);

inline std::string list_of(const std::vector<BrokenPromise>& broken) {
  std::string list;
  for (const BrokenPromise& each : broken) list += each.promise + ": " + each.how + "\n";
  return list;
}

inline std::optional<std::uint64_t> given_seed() {
  const char* text = std::getenv("RUSHLINE_TEST_SEED");
  if (text == nullptr) return std::nullopt;
  return std::stoull(text);
}

// Every slice runs every fourth seed.
class SeedSlices : public testing::TestWithParam<int> {
 protected:
  static void expect_no_broken_promise(Simulate simulate) {
    const auto offset = static_cast<std::uint64_t>(GetParam());
    const std::uint64_t first = given_seed().value_or(1 + offset);
    const std::uint64_t last = given_seed().value_or(seeds_max);
    int failures = 0;
    for (std::uint64_t seed = first; seed <= last && failures < 5; seed += slices) {
      const WorldRun run = simulate(seed, Telling::hash_only);
      if (run.broken.empty()) continue;
      ++failures;
      ADD_FAILURE() << "RUSHLINE_TEST_SEED=" << seed << "\n" << list_of(run.broken);
    }
  }
};

inline std::string name_of_slice(const testing::TestParamInfo<int>& info) {
  return "Slice" + std::to_string(info.param + 1) + "Of" + std::to_string(slices);
}

inline void expect_same_story(Simulate simulate) {
  const std::uint64_t first = given_seed().value_or(1);
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = first; seed < first + 50; ++seed) {
    const WorldRun told = simulate(seed, Telling::lines);
    const WorldRun again = simulate(seed, Telling::hash_only);
    ASSERT_EQ(told.hash, again.hash) << "RUSHLINE_TEST_SEED=" << seed;
    ASSERT_EQ(std::ssize(told.lines), told.happenings);
    hashes.insert(told.hash);
  }
  EXPECT_EQ(hashes.size(), 50U) << "different seeds tell the same story";
}

// A bug, and the promise that it breaks.
struct Planted {
  PlantedBug bug;
  const char* breaks;
};

inline void PrintTo(const Planted& planted, std::ostream* out) {  // NOLINT: GTest's name
  *out << to_word(planted.bug);
}

class PlantedBugTest : public testing::TestWithParam<Planted> {
 protected:
  void SetUp() override { plant_bug(GetParam().bug); }
  void TearDown() override { plant_bug(PlantedBug::none); }

  // Some seed breaks the promise: the first one is noted as the property `seed`.
  static void expect_found(Simulate simulate) {
    std::string others;
    for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
      const WorldRun run = simulate(seed, Telling::hash_only);
      for (const BrokenPromise& each : run.broken) {
        if (each.promise == GetParam().breaks) {
          RecordProperty("seed", std::to_string(seed));
          return;
        }
      }
      if (!run.broken.empty() && others.size() < 1'000) others += list_of(run.broken);
    }
    FAIL() << "No seed breaks " << GetParam().breaks << "; broken are:\n" << others;
  }
};

inline std::string name_of_bug(const testing::TestParamInfo<Planted>& info) {
  return std::string(to_word(info.param.bug));
}

}  // namespace rushline::tests
