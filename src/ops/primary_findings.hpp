// What an operator should know of the PostgreSQL that a server stands on.
#pragma once

#include <vector>

#include "ops/findings.hpp"

namespace rushline::ops {

// Settings by which verdicts that were told can be lost.
std::vector<Finding> unsafe_settings(const PrimaryObservation& primary);

// These, and what is wrong at the moment; the worst first.
std::vector<Finding> primary_findings(const PrimaryObservation& primary);

}  // namespace rushline::ops
