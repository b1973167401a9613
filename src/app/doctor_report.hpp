// What the doctor knows and found, for people, for scripts, and for whoever is asked for help.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "app/console.hpp"
#include "app/doctor_facts.hpp"
#include "doctor/finding.hpp"
#include "runtime/configuration.hpp"

namespace rushline::app {

boost::json::value to_json(const doctor::Finding& finding);
// What could not be found out is null.
boost::json::value to_json(const doctor::Facts& facts);

// What was looked at, then each finding: what, so what, do this.
void print_report(Console& console, const doctor::Facts& facts, const doctor::Findings& findings);

// Everything that support may ask for, one JSON object per line: version, settings, facts,
// findings, and what a running server says. Every text goes through runtime::redact().
std::string bundle_text(const runtime::Configuration& configuration, const doctor::Facts& facts,
                        const doctor::Findings& findings, const ServerWords& server, Timestamp now);

}  // namespace rushline::app
