// The outcome of a verification for people and for scripts; shown by `verify` and by the demo.
#pragma once

#include <boost/json/value.hpp>

#include "app/console.hpp"
#include "verify/verification.hpp"

namespace rushline::app {

// {holds, checks: [{promise, states, rows, findings_count, findings: [...]}]}
boost::json::value to_json(const verify::Verification& verification);

// One line per check with its rows; what was found stands under it.
void print_checks(Stream& out, const verify::Verification& verification);

}  // namespace rushline::app
