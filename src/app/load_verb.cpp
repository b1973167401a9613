// The verb `load`: plan, run, report, thresholds.
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "app/failure.hpp"
#include "app/load_progress.hpp"
#include "app/output.hpp"
#include "app/remote.hpp"
#include "app/values.hpp"
#include "app/verbs.hpp"
#include "core/limits.hpp"
#include "core/money.hpp"
#include "load/generator.hpp"
#include "load/report.hpp"
#include "runtime/system_clock.hpp"
#include "runtime/version.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

const std::array<Column, 8> kind_columns{{{"KIND", "kind"},
                                          {"COUNT", "count", true},
                                          {"SHARE", "share", true},
                                          {"P50", "p50", true},
                                          {"P90", "p90", true},
                                          {"P99", "p99", true},
                                          {"P99.9", "p99_9", true},
                                          {"MAX", "max", true}}};

load::Plan plan_of(const Arguments& arguments) {
  load::Plan plan;
  plan.target = target_of(arguments);
  plan.bearer = bearer_of(arguments);
  plan.event = {count_of(arguments, "--event", 1, json_integer_max)};
  plan.rate = rate_of(arguments, "--rate");
  plan.duration = duration_of(arguments, "--duration");
  plan.shoppers =
      static_cast<std::uint32_t>(count_of(arguments, "--shoppers", 1, limits::load_shoppers_max));
  plan.connections = static_cast<std::uint32_t>(
      count_of(arguments, "--connections", 1, limits::load_connections_max));
  plan.seed = static_cast<std::uint64_t>(count_of(arguments, "--seed", 0, json_integer_max));
  plan.spacing = text_of(arguments, "--spacing") == "poisson" ? load::Spacing::poisson
                                                              : load::Spacing::constant;
  plan.shopper_prefix = text_of(arguments, "--prefix");
  plan.answer_time_max = duration_of(arguments, "--timeout");
  const Result<void> checked = load::check(plan);
  if (checked.has_error()) {
    throw usage_failure(checked.error().detail, "see `rushline load --help`");
  }
  return plan;
}

std::vector<load::Threshold> thresholds_of(const Arguments& arguments) {
  std::vector<load::Threshold> thresholds;
  for (const std::string& text : arguments.values("--threshold")) {
    Result<load::Threshold> threshold = load::Threshold::parse(text);
    if (threshold.has_error()) {
      throw usage_failure(threshold.error().detail, "see `rushline load --help`");
    }
    thresholds.push_back(std::move(*threshold));
  }
  return thresholds;
}

// Opened before the run, so that a run is not made in vain.
std::ofstream open_file(const std::string& path) {
  std::ofstream file(path, std::ios::trunc);
  if (!file) {
    throw VerbFailure(ExitCode::configuration, "configuration",
                      fmt::format("{} cannot be written: {}", path, std::strerror(errno)),
                      "name a file in a folder that you may write to");
  }
  return file;
}

void write_file(std::ofstream& file, const std::string& path, const std::string& text) {
  file << text;
  file.close();
  if (!file) {
    throw VerbFailure(ExitCode::unreachable, "unavailable",
                      fmt::format("writing {} broke off: {}", path, std::strerror(errno)),
                      "look whether the disk is full");
  }
}

json::array kinds_of(const load::Summary& summary) {
  json::array rows;
  const auto row = [&](std::string_view kind, std::int64_t count, const load::Histogram& latency) {
    json::object cells{{"kind", kind}, {"count", count}};
    cells["share"] =
        fmt::format("{:.2f} %", summary.requests == 0 ? 0.0
                                                      : 100.0 * static_cast<double>(count) /
                                                            static_cast<double>(summary.requests));
    if (latency.count() > 0) {
      cells["p50"] = latency_text(latency.percentile(50));
      cells["p90"] = latency_text(latency.percentile(90));
      cells["p99"] = latency_text(latency.percentile(99));
      cells["p99_9"] = latency_text(latency.percentile(99.9));
      cells["max"] = latency_text(latency.max());
    }
    rows.emplace_back(std::move(cells));
  };
  for (const load::Outcome outcome : load::all_outcomes) {
    const std::size_t kind = to_index(outcome);
    row(to_word(outcome), summary.outcomes[kind], summary.latency_by_outcome[kind]);
  }
  row("all", summary.requests, summary.latency);
  return rows;
}

void print_summary(Console& console, const load::Summary& summary) {
  print_list(console.out, Format::table, kinds_of(summary), kind_columns);
  for (const auto& counts : {summary.refusals, summary.errors}) {
    for (const auto& [what, count] : counts) {
      console.out.line(fmt::format("{} x {}", with_thousands(count), what));
    }
  }
  console.out.line(fmt::format("{} requests, {:.0f} answers/s over {:.1f} s",
                               with_thousands(summary.requests), summary.answers_per_second(),
                               std::chrono::duration<double>(summary.elapsed).count()));
}

// Who may only press cannot look; the history then does not say where it starts.
void write_seen(load::HistoryWriter& history, const load::Plan& plan, const Clock& clock) {
  Remote remote(plan.target, plan.bearer, limits::client_time_default);
  load::SeenEvent seen{.event = plan.event, .invoked = clock.now(), .completed = {}};
  try {
    const json::value event = remote.get(fmt::format("/v1/coupon-events/{}", plan.event.value));
    seen.quantity = event.at("quantity").to_number<std::int64_t>();
  } catch (const VerbFailure&) {
    return;
  }
  seen.completed = clock.now();
  history.write(seen);
}

}  // namespace

ExitCode load_verb(const Arguments& arguments, Console& console) {
  const load::Plan plan = plan_of(arguments);
  const std::vector<load::Threshold> thresholds = thresholds_of(arguments);
  const Format format = format_of(arguments);
  const auto page_path = arguments.value("--report");
  const auto json_path = arguments.value("--json");
  std::ofstream page = page_path ? open_file(*page_path) : std::ofstream();
  std::ofstream figures = json_path ? open_file(*json_path) : std::ofstream();
  std::optional<load::HistoryWriter> history;
  if (const auto path = arguments.value("--history")) {
    history = value_or_fail(load::HistoryWriter::create(*path));
  }

  const runtime::SystemClock clock;
  if (history) write_seen(*history, plan, clock);
  LoadProgress progress(console.err);
  const load::Summary summary =
      value_or_fail(load::generate(plan, clock, history ? &*history : nullptr,
                                   [&progress](const load::Progress& now) { progress.show(now); }));
  progress.finish();

  if (history) value_or_fail(history->finish());
  const std::string all = load::to_json(summary, thresholds, runtime::version());
  if (page_path) {
    write_file(page, *page_path, load::to_html(summary, thresholds, runtime::version()));
  }
  if (json_path) write_file(figures, *json_path, all + "\n");
  if (format == Format::table) {
    print_summary(console, summary);
  } else {
    console.out.line(all);
  }

  bool are_met = true;
  for (const load::Threshold& threshold : thresholds) {
    const bool is_met = threshold.is_met(summary);
    are_met = are_met && is_met;
    console.err.line(
        fmt::format("{} {}: measured {}",
                    console.err.in(is_met ? Ink::green : Ink::red, is_met ? "kept  " : "missed"),
                    threshold.text(), threshold.measured_text(summary)));
  }
  return are_met ? ExitCode::ok : ExitCode::threshold_missed;
}

}  // namespace rushline::app
