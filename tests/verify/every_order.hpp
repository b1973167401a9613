// The slow way to judge a drop, to hold the fast one against: does any order of effects, each
// between the beginning and the end of its operation, explain what was told and what is stored?
//
// For a handful of operations on one event, without keys.
#pragma once

#include <cstdint>

#include "verify/operations.hpp"

namespace rushline::tests {

// `record`: the event at rest. Looks at presses and raises only.
bool is_explained(const verify::History& history, const verify::EventRecord& record,
                  std::int64_t raise_delay_us);

}  // namespace rushline::tests
