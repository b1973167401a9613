// A whole history against the promises: S1 to S9 and L1, without I/O.
//
// For `verify --history`, for fault tests and for simulations alike: fill a History while things
// happen, fill AtRest when they have come to rest, and ask. Time is n log n at most; what was told
// of coupons is judged exactly (drop_checks.hpp). Unknown outcomes are allowed either way.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/limits.hpp"
#include "verify/operations.hpp"
#include "verify/records.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

struct HistoryBounds {
  std::chrono::microseconds decided_within = limits::decided_time_max;
  std::chrono::microseconds decided_after_fault = limits::decided_after_fault_time_max;
  std::chrono::microseconds raise_delay = limits::raise_delay;
  // How far stored times may be from those of the history; nothing = they are not compared.
  std::optional<std::chrono::microseconds> clock_error = {};
  // Who is told of a place behind this one is not held to L1.
  std::int64_t line_length_max = never_us;
};

// One check for each promise of which the history shows anything. Safe to call from any thread.
std::vector<Check> check_history(const History& history, const AtRest& rest,
                                 const HistoryBounds& bounds = {});

// Reads the events that the history names, and the days of its sales. Inside a unit of work; the
// errors of Records. An event that does not exist is left out: check_history tells.
Result<AtRest> read_at_rest(Transaction& transaction, Records& records, const History& history);

}  // namespace rushline::verify
