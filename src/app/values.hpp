// Values of options as people write them: counts, durations, rates, ids.
//
// Each throws VerbFailure (ExitCode::usage) that names the option, what was given and what would be
// right.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/command_line.hpp"

namespace rushline::app {

// The value of an option that must be there (given, or by default).
std::string text_of(const Arguments& arguments, std::string_view option);

// A whole number from `min` to `max`; thousands may be written 10_000.
std::int64_t count_of(const Arguments& arguments, std::string_view option, std::int64_t min,
                      std::int64_t max);
std::int64_t to_count(std::string_view option, std::string_view text, std::int64_t min,
                      std::int64_t max);

// 250ms, 10s, 2m or a plain number of seconds; above 0, at most a day.
std::chrono::milliseconds duration_of(const Arguments& arguments, std::string_view option);

// 1000 or 1000/s: requests per second, above 0.
double rate_of(const Arguments& arguments, std::string_view option);

}  // namespace rushline::app
