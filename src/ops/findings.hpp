// What is wrong, in words for an operator: what was noticed, what it means for the shop, and what
// to do. docs/errors.md explains each code; script/check-errors compares the two.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/observation.hpp"

namespace rushline::ops {

struct Finding {
  std::string_view code;
  std::string what;
  std::string_view so_what;
  std::string_view do_this;
};

// The worst first. Empty when nothing is wrong. `database_answers`: whether it has just been asked
// for the status itself, and answered.
std::vector<Finding> findings(const Observation& seen, bool database_answers);

}  // namespace rushline::ops
