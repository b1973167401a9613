// From rows to text.
#include "ops/metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "ops/metric_rows.hpp"

namespace rushline::ops {
namespace {

std::array<std::span<const MetricRow>, 3> all_rows() {
  return {server_rows(), coupon_rows(), dependency_rows()};
}

double in_seconds(std::int64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

// `text_of` gives one of the histogram's integers in the unit of the metric.
template <class Tally, class Text>
void add_histogram(std::string& out, std::string_view name, std::string_view labels,
                   const HistogramBounds& bounds, const Tally& tally, Text text_of) {
  const std::string_view comma = labels.empty() ? "" : ",";
  const auto bucket = [&](std::string_view bound, std::int64_t count) {
    fmt::format_to(std::back_inserter(out), "{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, comma,
                   bound, count);
  };
  std::int64_t count = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    count += tally.counts[i];
    bucket(text_of(bounds[i]), count);
  }
  count += tally.counts[bounds.size()];
  bucket("+Inf", count);
  const std::string in_braces = labels.empty() ? "" : fmt::format("{{{}}}", labels);
  fmt::format_to(std::back_inserter(out), "{0}_sum{1} {2}\n{0}_count{1} {3}\n", name, in_braces,
                 text_of(tally.sum), count);
}

}  // namespace

void Samples::begin(std::string_view labels) {
  out_.append(name_);
  if (!labels.empty()) out_.append("{").append(labels).append("}");
}

void Samples::add(std::int64_t value, std::string_view labels) {
  begin(labels);
  fmt::format_to(std::back_inserter(out_), " {}\n", value);
}

void Samples::add(std::chrono::microseconds value, std::string_view labels) {
  begin(labels);
  fmt::format_to(std::back_inserter(out_), " {}\n", in_seconds(value.count()));
}

void Samples::add(const DurationTally& tally, std::string_view labels) {
  add_histogram(out_, name_, labels, duration_bounds, tally, [](std::int64_t microseconds) {
    return fmt::format("{}", in_seconds(microseconds));
  });
}

void Samples::add(const SizeTally& tally, std::string_view labels) {
  add_histogram(out_, name_, labels, size_bounds, tally,
                [](std::int64_t size) { return fmt::format("{}", size); });
}

std::vector<MetricFamily> all_metric_families() {
  std::vector<MetricFamily> families;
  for (const auto rows : all_rows()) {
    for (const MetricRow& row : rows) families.push_back(row.family);
  }
  return families;
}

std::string render_metrics(const Observation& observation) {
  std::string out;
  for (const auto rows : all_rows()) {
    for (const MetricRow& row : rows) {
      out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", row.family.name, row.family.help,
                         row.family.name, row.family.type);
      Samples samples(out, row.family.name);
      row.read(observation, samples);
    }
  }
  return out;
}

}  // namespace rushline::ops
