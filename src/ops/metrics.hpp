// The metrics in Prometheus' text format. docs/metrics.md lists them; a test compares the two.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/observation.hpp"

namespace rushline::ops {

// All samples with one name; of a histogram, those with its suffixes.
struct MetricFamily {
  std::string_view name;
  std::string_view type;  // counter, gauge or histogram
  std::string_view help;
};

// Every family, each exported from the start, at 0, in every mode.
std::vector<MetricFamily> all_metric_families();

std::string render_metrics(const Observation& observation);

}  // namespace rushline::ops
