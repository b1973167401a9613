// A small shop that keeps its promises, run in virtual time from one seed: many shoppers at once,
// several servers, answers that are lost, a line that a fault empties, pauses, rounds, keys that
// are used again, sales, lists that lag. What it writes down is a correct history.
#pragma once

#include <cstdint>
#include <random>

#include "verify/history_checks.hpp"

namespace rushline::tests {

struct ShopPlan {
  std::uint64_t seed = 1;
  int shoppers = 60;
  int presses = 150;
  std::int64_t quantity = 20;
  int raises = 1;
  bool has_line = false;
  bool has_fault = false;  // one that loses the line
  bool has_pause = false;
};

struct Story {
  verify::History history;
  verify::AtRest rest;
};

// A plan of any kind.
ShopPlan random_plan(std::uint64_t seed);

Story tell_story(const ShopPlan& plan);

}  // namespace rushline::tests
