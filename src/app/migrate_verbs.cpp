// The verbs `migrate status` and `migrate up`.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <filesystem>

#include "adapters/postgres/migrations.hpp"
#include "adapters/sqlite/migrations.hpp"
#include "app/configured.hpp"
#include "app/failure.hpp"
#include "app/output.hpp"
#include "app/postgres_address.hpp"
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

// Gives the steps that were pending.
std::vector<MigrationStatus> apply(const runtime::Settings& settings, bool is_dry) {
  const runtime::SystemClock clock;
  if (!is_postgres(settings)) {
    return value_or_fail(sqlite::apply_migrations(sqlite_path_of(settings), clock, is_dry));
  }
  const auto address = value_or_fail(postgres_address_of(settings));
  return value_or_fail(postgres::apply_migrations(address, clock, is_dry));
}

}  // namespace

ExitCode migrate_status(const Arguments& arguments, Console& console) {
  const runtime::Settings settings = configuration_of(arguments).settings;
  if (is_postgres(settings)) {
    const runtime::SystemClock clock;
    const auto address = value_or_fail(postgres_address_of(settings));
    print_steps(arguments, console, value_or_fail(postgres::migration_status(address, clock)),
                "applied");
    return ExitCode::ok;
  }
  const std::string path = sqlite_path_of(settings);
  if (!std::filesystem::exists(path)) {
    console.err.line(fmt::format("{} does not exist yet", path));
  }
  print_steps(arguments, console, value_or_fail(sqlite::migration_status(path)), "applied");
  return ExitCode::ok;
}

ExitCode migrate_up(const Arguments& arguments, Console& console) {
  const bool is_dry = arguments.is_set("--dry-run");
  std::vector<MigrationStatus> steps = apply(configuration_of(arguments).settings, is_dry);
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
