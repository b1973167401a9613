// Collects what the doctor judges: from the machine, the database, Redis and a running server.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "app/command_line.hpp"
#include "core/time.hpp"
#include "doctor/facts.hpp"
#include "runtime/settings.hpp"

namespace rushline::app {

// What a running server says of itself.
struct ServerWords {
  boost::json::value status;  // null when it did not say
  std::string metrics;
};

// Looks at everything that the settings name; what cannot be reached is said in the facts. Blocks
// for a few seconds at most per dependency, and per primary of a Cluster that is away. Throws
// VerbFailure for addresses that cannot be read.
doctor::Facts collect_facts(const runtime::Settings& settings, const Clock& clock);

// Asks the server of --target, and adds what it says to the facts.
ServerWords ask_server(const Arguments& arguments, doctor::Facts& facts);

}  // namespace rushline::app
