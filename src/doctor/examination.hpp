// From facts to findings: every rule of the doctor, pure.
#pragma once

#include <span>
#include <string_view>

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace rushline::doctor {

// The worst first; within a severity in the order: database, Redis, machine, server.
Findings examine(const Facts& facts);

// Anything but notes.
bool is_degraded(const Findings& findings);
// Something that was to be looked at could not be reached.
bool is_unreachable(const Facts& facts);

// Every code that examine() can give, once. docs/errors.md explains them; a test compares the two.
std::span<const std::string_view> all_finding_codes();

}  // namespace rushline::doctor
