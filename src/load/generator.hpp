// The open-model load generator: presses the button of one coupon event at the times that the
// schedule says, however slowly the server answers.
//
// Latency is measured from the intended send time. When the server stalls, or all connections are
// busy, requests become due all the same and their waiting shows: no coordinated omission.
#pragma once

#include "core/callback.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "load/history.hpp"
#include "load/summary.hpp"

namespace rushline::load {

// Errc::invalid_input names what of the plan is out of bounds (core/limits.hpp).
Result<void> check(const Plan& plan);

// Runs the plan on the calling thread until the last request is answered or has timed out.
// `on_tick` is called about ten times a second; `history` may be null.
// Errc::unavailable when not one connection can be made. Whatever the server does afterwards is in
// the summary, not an error.
Result<Summary> generate(const Plan& plan, const Clock& clock, HistoryWriter* history,
                         Callback<void(const Progress&)> on_tick);

}  // namespace rushline::load
