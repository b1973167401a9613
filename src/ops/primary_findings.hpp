// What an operator should know of the PostgreSQL that a server stands on.
#pragma once

#include <string_view>
#include <vector>

#include "ops/observation.hpp"

namespace rushline::ops {

// A sentence on what was noticed, and one on what it means for the shop.
struct Finding {
  std::string_view code;
  std::string_view what;
  std::string_view so_what;
};

// Settings by which verdicts that were told can be lost.
std::vector<Finding> unsafe_settings(const PrimaryObservation& primary);

// These, and what is wrong at the moment.
std::vector<Finding> primary_findings(const PrimaryObservation& primary);

}  // namespace rushline::ops
