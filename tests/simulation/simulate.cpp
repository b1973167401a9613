// Runs simulated worlds by their seeds and says what was injected and what broke.
//
//   simulate --seeds N [--first S] [--minutes M]   N seeds from S on; with minutes, until they end
//   simulate --seed S                              that one, and its story
//
// Exit code 6 when a promise broke, as `rushline verify` has it.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tests/simulation/simulation.hpp"

namespace rushline::tests {
namespace {

constexpr int exit_usage = 2;
constexpr int exit_broken = 6;
constexpr int broken_seeds_max = 10;  // then enough is known

struct Options {
  std::uint64_t seeds = 10'000;
  std::uint64_t first = 1;
  std::uint64_t minutes = 0;
  std::optional<std::uint64_t> seed;
};

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Options> read_options(std::span<char*> words) {
  Options options;
  for (std::size_t i = 1; i < words.size(); i += 2) {
    const std::string_view name = words[i];
    const auto number = i + 1 < words.size() ? number_in(words[i + 1]) : std::nullopt;
    if (!number) return std::nullopt;
    if (name == "--seeds") {
      options.seeds = *number;
    } else if (name == "--first") {
      options.first = *number;
    } else if (name == "--minutes") {
      options.minutes = *number;
    } else if (name == "--seed") {
      options.seed = *number;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

// Every world of a seed, each under its name.
struct NamedWorld {
  std::string_view name;
  WorldRun (*run)(std::uint64_t seed, Telling telling);
};
constexpr NamedWorld worlds[] = {{"drops", run_drops}, {"rankings", run_rankings}};

void print_broken(std::uint64_t seed, std::string_view world, const WorldRun& run) {
  for (const BrokenPromise& each : run.broken) {
    fmt::print("seed {}, {}: {}: {}\n", seed, world, each.promise, each.how);
  }
}

int tell_story(std::uint64_t seed) {
  bool is_broken = false;
  for (const NamedWorld& world : worlds) {
    const WorldRun run = world.run(seed, Telling::lines);
    fmt::print("=== seed {}, {}\n", seed, world.name);
    for (const std::string& line : run.lines) fmt::print("{}\n", line);
    fmt::print("=== seed {}, {}: {} happenings, hash {:016x}\n", seed, world.name, run.happenings,
               run.hash);
    print_broken(seed, world.name, run);
    is_broken |= !run.broken.empty();
  }
  return is_broken ? exit_broken : EXIT_SUCCESS;
}

class Totals {
 public:
  void add(const WorldRun& run) {
    happenings_ += run.happenings;
    for (const auto& [fault, count] : run.faults) faults_[fault] += count;
  }
  void print(std::uint64_t seeds, int broken, double seconds) const {
    std::int64_t all = 0;
    for (const auto& [fault, count] : faults_) {
      fmt::print("{:>10} {}\n", count, fault);
      all += count;
    }
    fmt::print("{:>10} faults in all\n", all);
    fmt::print("{} seeds, {} happenings, {:.1f} s, {:.0f} seeds per second, {} seeds broken\n",
               seeds, happenings_, seconds, static_cast<double>(seeds) / seconds, broken);
  }

 private:
  std::int64_t happenings_ = 0;
  std::map<std::string, std::int64_t> faults_;
};

int run_many(const Options& options) {
  using Stopwatch = std::chrono::steady_clock;
  const auto begun = Stopwatch::now();
  const auto is_over = [&](std::uint64_t seeds) {
    if (options.minutes == 0) return seeds >= options.seeds;
    return Stopwatch::now() - begun >= std::chrono::minutes(options.minutes);
  };
  Totals totals;
  int broken = 0;
  std::uint64_t seeds = 0;
  for (; !is_over(seeds) && broken < broken_seeds_max; ++seeds) {
    const std::uint64_t seed = options.first + seeds;
    bool is_broken = false;
    for (const NamedWorld& world : worlds) {
      const WorldRun run = world.run(seed, Telling::hash_only);
      totals.add(run);
      print_broken(seed, world.name, run);
      is_broken |= !run.broken.empty();
    }
    if (is_broken) ++broken;
  }
  totals.print(seeds, broken, std::chrono::duration<double>(Stopwatch::now() - begun).count());
  return broken > 0 ? exit_broken : EXIT_SUCCESS;
}

}  // namespace
}  // namespace rushline::tests

int main(int argc, char** argv) {
  using namespace rushline::tests;
  const auto options = read_options({argv, static_cast<std::size_t>(argc)});
  if (!options) {
    fmt::print(stderr, "simulate --seeds N [--first S] [--minutes M] | simulate --seed S\n");
    return exit_usage;
  }
  return options->seed ? tell_story(*options->seed) : run_many(*options);
}
