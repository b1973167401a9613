// The verbs `migrate status` and `migrate up`.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <filesystem>

#include "adapters/sqlite/migrations.hpp"
#include "app/configured.hpp"
#include "app/failure.hpp"
#include "app/output.hpp"
#include "app/stored_shop.hpp"
#include "app/verbs.hpp"
#include "core/migration.hpp"
#include "runtime/system_clock.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

const std::array<Column, 3> columns{
    {{"STEP", "version", true}, {"NAME", "name"}, {"STATE", "state"}}};

void print_steps(const Arguments& arguments, Console& console,
                 const std::vector<MigrationStatus>& steps, std::string_view applied) {
  json::array list;
  for (const MigrationStatus& step : steps) {
    list.push_back({{"version", step.version},
                    {"name", step.name},
                    {"state", step.state == MigrationState::applied ? applied : "pending"}});
  }
  print_list(console.out, format_of(arguments), list, columns);
}

}  // namespace

ExitCode migrate_status(const Arguments& arguments, Console& console) {
  const std::string path = sqlite_path_of(configuration_of(arguments).settings);
  if (!std::filesystem::exists(path)) {
    console.err.line(fmt::format("{} does not exist yet", path));
  }
  print_steps(arguments, console, value_or_fail(sqlite::migration_status(path)), "applied");
  return ExitCode::ok;
}

ExitCode migrate_up(const Arguments& arguments, Console& console) {
  const std::string path = sqlite_path_of(configuration_of(arguments).settings);
  const bool is_dry = arguments.is_set("--dry-run");
  const runtime::SystemClock clock;
  std::vector<MigrationStatus> steps = value_or_fail(sqlite::apply_migrations(path, clock, is_dry));
  if (!is_dry) {
    for (MigrationStatus& step : steps) step.state = MigrationState::applied;
  }
  if (steps.empty()) {
    console.err.line("nothing to do: every step is applied");
    if (format_of(arguments) == Format::table) return ExitCode::ok;
  } else {
    console.err.line(
        fmt::format("{} {}", steps.size(), is_dry ? "steps would be applied" : "steps applied"));
  }
  print_steps(arguments, console, steps, "applied");
  return ExitCode::ok;
}

}  // namespace rushline::app
