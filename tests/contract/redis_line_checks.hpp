// What a line in Redis must keep up besides its contract: how long its keys live, what it does with
// fields that somebody broke, and how many replicas have a place.
#pragma once

#include <ostream>
#include <span>

#include "tests/contract/redis_under_test.hpp"

namespace rushline::tests {

struct RedisLineCheck {
  const char* name;
  void (*run)(RedisUnderTest& redis);

  friend void PrintTo(const RedisLineCheck& check, std::ostream* out) {  // NOLINT: GTest's name
    *out << check.name;
  }
};
std::span<const RedisLineCheck> redis_line_checks();

}  // namespace rushline::tests
