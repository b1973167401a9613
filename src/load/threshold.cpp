// Reads and judges thresholds; see threshold.hpp for the grammar.
#include "load/threshold.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "core/assert.hpp"

namespace rushline::load {
namespace {

Error unusable(std::string_view text, std::string_view why) {
  return invalid_field(
      "threshold",
      fmt::format("'{}' {}; write it like p99<50ms, errors<1% or issued>=1000", text, why));
}

std::string without_blanks(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != ' ' && c != '\t') kept += c;
  }
  return kept;
}

// A number and what is written behind it.
struct Quantity {
  double number = 0;
  std::string_view unit;
};

std::optional<Quantity> read_quantity(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789.");
  const std::string digits(text.substr(0, end));
  if (digits.empty()) return std::nullopt;
  char* stop = nullptr;
  const double number = std::strtod(digits.c_str(), &stop);
  if (stop != digits.c_str() + digits.size()) return std::nullopt;
  return Quantity{number, end == std::string_view::npos ? std::string_view{} : text.substr(end)};
}

std::optional<Outcome> outcome_named(std::string_view word) {
  for (const Outcome outcome : all_outcomes) {
    if (word == to_word(outcome)) return outcome;
  }
  if (word == "errors") return Outcome::error;
  if (word == "timeouts") return Outcome::timeout;
  return std::nullopt;
}

std::optional<double> latency_factor(std::string_view unit) {
  if (unit == "us") return 1.0;
  if (unit == "ms") return 1e3;
  if (unit == "s") return 1e6;
  return std::nullopt;
}

}  // namespace

Result<Threshold> Threshold::parse(std::string_view given) {
  const std::string text = without_blanks(given);
  const std::size_t at = text.find_first_of("<>=");
  if (at == std::string::npos || at == 0) return unusable(given, "has no operator");
  Threshold threshold;
  threshold.text_ = text;
  threshold.measure_ = text.substr(0, at);
  std::string_view rest = std::string_view(text).substr(at);
  const auto takes = [&rest](std::string_view word) {
    if (!rest.starts_with(word)) return false;
    rest.remove_prefix(word.size());
    return true;
  };
  if (takes("<=")) {
    threshold.relation_ = Relation::less_or_equal;
  } else if (takes("<")) {
    threshold.relation_ = Relation::less;
  } else if (takes(">=")) {
    threshold.relation_ = Relation::more_or_equal;
  } else if (takes(">")) {
    threshold.relation_ = Relation::more;
  } else if (takes("==")) {
    threshold.relation_ = Relation::equal;
  } else {
    return unusable(given, "has an operator other than < <= > >= ==");
  }
  const std::optional<Quantity> bound = read_quantity(rest);
  if (!bound) return unusable(given, "has no number behind the operator");
  threshold.bound_ = bound->number;

  const std::string& measure = threshold.measure_;
  if (measure.size() > 1 && measure[0] == 'p') {
    const std::optional<Quantity> percentile = read_quantity(std::string_view(measure).substr(1));
    if (!percentile || !percentile->unit.empty() || percentile->number > 100) {
      return unusable(given, "names a percentile that is not 0 to 100");
    }
    threshold.percentile_ = percentile->number;
  }
  if (threshold.percentile_ >= 0 || measure == "max" || measure == "mean") {
    const std::optional<double> factor = latency_factor(bound->unit);
    if (!factor) return unusable(given, "needs a latency with us, ms or s");
    threshold.unit_ = Unit::latency;
    threshold.bound_ *= *factor;
  } else if (measure == "rate") {
    if (!bound->unit.empty() && bound->unit != "/s") return unusable(given, "has a strange unit");
    threshold.unit_ = Unit::rate;
  } else if (measure == "requests" || outcome_named(measure)) {
    if (!bound->unit.empty() && bound->unit != "%") return unusable(given, "has a strange unit");
    threshold.unit_ = bound->unit == "%" ? Unit::percent : Unit::count;
  } else {
    return unusable(given, fmt::format("bounds '{}', which is not measured", measure));
  }
  return threshold;
}

double Threshold::measured(const Summary& summary) const {
  if (unit_ == Unit::rate) return summary.answers_per_second();
  if (unit_ == Unit::latency) {
    if (measure_ == "max") return static_cast<double>(summary.latency.max());
    if (measure_ == "mean") return summary.latency.mean();
    return static_cast<double>(summary.latency.percentile(percentile_));
  }
  const std::optional<Outcome> outcome = outcome_named(measure_);
  const auto count =
      static_cast<double>(outcome ? summary.outcomes[to_index(*outcome)] : summary.requests);
  if (unit_ == Unit::count) return count;
  return summary.requests == 0 ? 0 : 100 * count / static_cast<double>(summary.requests);
}

bool Threshold::is_met(const Summary& summary) const {
  // A latency of nothing is no latency: without one answer no bound on latencies is kept.
  if (unit_ == Unit::latency && summary.latency.count() == 0) return false;
  const double value = measured(summary);
  switch (relation_) {
    case Relation::less:
      return value < bound_;
    case Relation::less_or_equal:
      return value <= bound_;
    case Relation::more:
      return value > bound_;
    case Relation::more_or_equal:
      return value >= bound_;
    case Relation::equal:
      return value == bound_;
  }
  return false;
}

std::string Threshold::measured_text(const Summary& summary) const {
  const double value = measured(summary);
  switch (unit_) {
    case Unit::latency:
      return summary.latency.count() == 0 ? "no answer" : fmt::format("{:.2f} ms", value / 1e3);
    case Unit::percent:
      return fmt::format("{:.3g} %", value);
    case Unit::rate:
      return fmt::format("{:.0f}/s", value);
    case Unit::count:
      return fmt::format("{:.0f}", value);
  }
  return {};
}

}  // namespace rushline::load
