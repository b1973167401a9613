// The table of metrics in three parts, and how a row of it writes its samples.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/histogram.hpp"
#include "ops/metrics.hpp"

namespace rushline::ops {

// Writes the samples of one family. `labels` as in the text: kind="read",outcome="done".
class Samples {
 public:
  Samples(std::string& out, std::string_view name) : out_(out), name_(name) {}

  void add(std::int64_t value, std::string_view labels = {});
  void add(bool value, std::string_view labels = {}) = delete;
  // In seconds.
  void add(std::chrono::microseconds value, std::string_view labels = {});
  void add(const DurationTally& tally, std::string_view labels = {});
  void add(const SizeTally& tally, std::string_view labels = {});

 private:
  void begin(std::string_view labels);

  std::string& out_;       // constant
  std::string_view name_;  // constant
};

struct MetricRow {
  MetricFamily family;
  void (*read)(const Observation& seen, Samples& samples);
};

// The server itself, HTTP, limits.
std::span<const MetricRow> server_rows();
std::span<const MetricRow> coupon_rows();
// What it depends on (Redis, database), and the way of sales to the lists.
std::span<const MetricRow> dependency_rows();

}  // namespace rushline::ops
