// A run as JSON for machines and as one HTML page for people.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "load/summary.hpp"
#include "load/threshold.hpp"

namespace rushline::load {

// Every figure of the run as one JSON object: parameters (without the API key), counts, latencies
// in microseconds, the percentile curve, what each second saw, each threshold with its measured
// value.
std::string to_json(const Summary& summary, std::span<const Threshold> thresholds,
                    std::string_view version);

// The page (load/report.html) with that JSON inside: one file, no network.
std::string to_html(const Summary& summary, std::span<const Threshold> thresholds,
                    std::string_view version);

}  // namespace rushline::load
