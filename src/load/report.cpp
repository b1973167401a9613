// Renders a summary; the page itself is load/report.html, carried inside the program.
#include "load/report.hpp"

#include <boost/json.hpp>

#include "core/assert.hpp"
#include "generated/load_report.hpp"

namespace rushline::load {
namespace {

namespace json = boost::json;

constexpr std::string_view figures_mark = "RUN_FIGURES";

json::object to_json(const Histogram& latency) {
  return {{"count", latency.count()},
          {"min", latency.min()},
          {"mean", latency.mean()},
          {"p50", latency.percentile(50)},
          {"p90", latency.percentile(90)},
          {"p99", latency.percentile(99)},
          {"p99.9", latency.percentile(99.9)},
          {"max", latency.max()}};
}

json::object to_json(const Plan& plan) {
  return {{"target", "http://" + plan.target.authority()},
          {"event", plan.event.value},
          {"rate", plan.rate},
          {"spacing", plan.spacing == Spacing::constant ? "constant" : "poisson"},
          {"duration_ms", plan.duration.count()},
          {"shoppers", plan.shoppers},
          {"connections", plan.connections},
          {"seed", plan.seed},
          {"timeout_ms", plan.answer_time_max.count()},
          {"shopper_prefix", plan.shopper_prefix}};
}

json::object to_json(const OutcomeCounts& outcomes) {
  json::object object;
  for (const Outcome outcome : all_outcomes) {
    object[to_word(outcome)] = outcomes[to_index(outcome)];
  }
  return object;
}

json::object to_json(const SecondSeen& second) {
  json::object object = to_json(second.outcomes);
  object["sent"] = second.sent;
  object["p50_us"] = second.p50_us;
  object["p99_us"] = second.p99_us;
  object["max_us"] = second.max_us;
  return object;
}

template <class Counts>
json::object counts_to_json(const Counts& counts) {
  json::object object;
  for (const auto& [what, count] : counts) object[what] = count;
  return object;
}

// Ten points per nine: p0 ... p90 ... p99 ... as far as there is one value beyond.
json::array percentile_curve(const Histogram& latency) {
  json::array curve;
  double beyond = 100;  // percent of the values above the point
  for (int point = 0; beyond / 100 * static_cast<double>(latency.count()) >= 1; ++point) {
    const double percent = 100 - beyond;
    curve.push_back({{"percent", percent}, {"us", latency.percentile(percent)}});
    beyond /= 1.2589254117941673;  // the tenth root of ten
  }
  if (latency.count() > 0) curve.push_back({{"percent", 100}, {"us", latency.max()}});
  return curve;
}

json::object to_object(const Summary& summary, std::span<const Threshold> thresholds,
                       std::string_view version) {
  json::object by_outcome;
  for (const Outcome outcome : all_outcomes) {
    by_outcome[to_word(outcome)] = to_json(summary.latency_by_outcome[to_index(outcome)]);
  }
  json::array seconds;
  for (const SecondSeen& second : summary.seconds) seconds.push_back(to_json(second));
  json::array bounds;
  for (const Threshold& threshold : thresholds) {
    bounds.push_back({{"text", threshold.text()},
                      {"measured", threshold.measured_text(summary)},
                      {"met", threshold.is_met(summary)}});
  }
  return {{"version", version},
          {"started_at", to_rfc3339(summary.started_at)},
          {"elapsed_s", std::chrono::duration<double>(summary.elapsed).count()},
          {"parameters", to_json(summary.plan)},
          {"requests", summary.requests},
          {"answers_per_second", summary.answers_per_second()},
          {"reconnects", summary.reconnects},
          {"backlog_max", summary.backlog_max},
          {"outcomes", to_json(summary.outcomes)},
          {"refusals", counts_to_json(summary.refusals)},
          {"errors", counts_to_json(summary.errors)},
          {"latency_us", to_json(summary.latency)},
          {"latency_us_by_outcome", std::move(by_outcome)},
          {"percentiles", percentile_curve(summary.latency)},
          {"seconds", std::move(seconds)},
          {"thresholds", std::move(bounds)}};
}

}  // namespace

std::string to_json(const Summary& summary, std::span<const Threshold> thresholds,
                    std::string_view version) {
  return json::serialize(to_object(summary, thresholds, version));
}

std::string to_html(const Summary& summary, std::span<const Threshold> thresholds,
                    std::string_view version) {
  std::string figures = to_json(summary, thresholds, version);
  // "</script>" inside a string must not end the element that holds the figures.
  for (std::size_t at = 0; (at = figures.find('<', at)) != std::string::npos;) {
    figures.replace(at, 1, "\\u003c");
  }
  std::string page(generated::load_report()[0].bytes);
  const std::size_t at = page.find(figures_mark);
  RUSHLINE_ASSERT(at != std::string::npos);
  page.replace(at, figures_mark.size(), figures);
  return page;
}

}  // namespace rushline::load
