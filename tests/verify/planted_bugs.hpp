// What a history looks like when a guard of the protocol is missing: one bug each, planted into a
// correct story.
#pragma once

#include <ostream>
#include <string_view>
#include <vector>

#include "tests/verify/reference_shop.hpp"

namespace rushline::tests {

struct Bug {
  std::string_view name;
  std::string_view promise;   // that it breaks
  void (*choose)(ShopPlan&);  // makes the plan one in which it can happen
  bool (*plant)(Story&);      // false = it cannot happen in this story

  friend std::ostream& operator<<(std::ostream& out, const Bug& bug) { return out << bug.name; }
};

std::vector<Bug> all_bugs();

}  // namespace rushline::tests
