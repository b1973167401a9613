// The rules by what they look at; only examination.cpp puts them together.
#pragma once

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace rushline::doctor {

// Each appends what it finds.
void examine_database(const Facts& facts, Findings& found);
void examine_redis(const Facts& facts, Findings& found);
void examine_machine(const Facts& facts, Findings& found);
void examine_server(const Facts& facts, Findings& found);

}  // namespace rushline::doctor
