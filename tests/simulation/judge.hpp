// The checker of src/verify on a simulated history: the one that judges load and fault tests, too.
#pragma once

#include "tests/simulation/story.hpp"
#include "verify/operations.hpp"

namespace rushline::tests {

// Adds what it finds to the story. Every time of a world is of one clock.
void judge_by_checker(const verify::History& history, const verify::AtRest& rest, Story& story);

}  // namespace rushline::tests
