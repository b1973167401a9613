// S8 from the outside: every score at rest is a sum of what was acknowledged, of which only the
// unanswered may be left out.
#pragma once

#include "verify/operations.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

// Presumes that the history holds every sale of the days of `rest.scores`.
Check check_scores(const History& history, const AtRest& rest);

}  // namespace rushline::verify
