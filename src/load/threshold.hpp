// A bound that a run must keep, as people write it: `p99<50ms`, `errors<1%`, `issued>=1000`.
//
//   left side   p50 p90 p99 p99.9 (any percentile: p75, p99.99), max, mean   a latency
//               rate                             answers per second
//               issued repeat sold_out queued refused error timeout requests   a count, or a share
//                                                of all requests when the bound ends in %
//   operator    < <= > >= ==
//   right side  a number; latencies with us, ms or s
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "load/summary.hpp"

namespace rushline::load {

class Threshold {
 public:
  // Errc::invalid_input says which part is wrong and what would be right.
  static Result<Threshold> parse(std::string_view text);

  const std::string& text() const { return text_; }
  // In the unit of the bound: microseconds, percent, or a count.
  double measured(const Summary& summary) const;
  bool is_met(const Summary& summary) const;
  // The measured value with its unit, for people.
  std::string measured_text(const Summary& summary) const;

 private:
  enum class Unit { latency, count, percent, rate };
  enum class Relation { less, less_or_equal, more, more_or_equal, equal };

  Threshold() = default;

  std::string text_;
  std::string measure_;
  double percentile_ = -1;  // of a latency given as pNN
  Unit unit_ = Unit::count;
  Relation relation_ = Relation::less;
  double bound_ = 0;
};

}  // namespace rushline::load
