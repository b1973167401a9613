// The verb `doctor`: what is unsafe here, what follows from it, and what to do.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "app/configured.hpp"
#include "app/doctor_facts.hpp"
#include "app/doctor_report.hpp"
#include "app/failure.hpp"
#include "app/output.hpp"
#include "app/private_file.hpp"
#include "app/verbs.hpp"
#include "doctor/examination.hpp"
#include "runtime/system_clock.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

void print(Console& console, Format format, const doctor::Facts& facts,
           const doctor::Findings& findings) {
  if (format == Format::table) return print_report(console, facts, findings);
  json::array list;
  for (const doctor::Finding& finding : findings) list.push_back(to_json(finding));
  if (format == Format::jsonl) return print_list(console.out, format, list, {});
  const json::value result{{"status", doctor::is_degraded(findings) ? "degraded" : "ok"},
                           {"findings", std::move(list)},
                           {"facts", to_json(facts)}};
  console.out.line(json::serialize(result));
}

ExitCode code_of(const doctor::Facts& facts, const doctor::Findings& findings, bool is_strict) {
  if (doctor::is_unreachable(facts)) return ExitCode::unreachable;
  if (is_strict && doctor::is_degraded(findings)) return ExitCode::degraded;
  return ExitCode::ok;
}

}  // namespace

ExitCode doctor_verb(const Arguments& arguments, Console& console) {
  const runtime::Configuration configuration = configuration_of(arguments);
  value_or_fail(runtime::check_exposure(configuration.settings));
  value_or_fail(runtime::check_redis(configuration.settings));
  const runtime::SystemClock clock;
  doctor::Facts facts = collect_facts(configuration.settings, clock);
  ServerWords server;
  if (arguments.is_set("--target")) server = ask_server(arguments, facts);

  const doctor::Findings findings = doctor::examine(facts);
  print(console, format_of(arguments), facts, findings);
  if (const auto path = arguments.value("--bundle")) {
    write_private_file(*path, bundle_text(configuration, facts, findings, server, clock.now()));
    console.err.line(fmt::format("{} holds what support may ask for, without secrets", *path));
  }
  console.err.line(findings.empty() ? "nothing was found"
                                    : fmt::format("{} findings; docs/errors.md explains the codes",
                                                  findings.size()));
  return code_of(facts, findings, arguments.is_set("--strict"));
}

}  // namespace rushline::app
