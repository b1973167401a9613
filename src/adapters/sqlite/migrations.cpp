// Comparing what a database remembers with what the program carries, and applying the difference.
#include "adapters/sqlite/migrations.hpp"

#include <filesystem>

#include "generated/sqlite_migrations.hpp"

namespace rushline::sqlite {
namespace {

constexpr char mark_as_ours[] = "PRAGMA application_id = 1383428968";
static_assert(application_id == 1383428968);

constexpr char create_table[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " version INTEGER PRIMARY KEY CHECK (version >= 1),"
    " name TEXT NOT NULL,"
    " checksum TEXT NOT NULL,"      // SHA-256 of the script, in hex
    " applied_at INTEGER NOT NULL"  // microseconds since 1970, UTC
    ") STRICT";

Result<std::vector<AppliedMigration>> applied_steps(Connection& connection) {
  auto table = connection.use("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'")
                   .first([](Statement&) { return true; });
  if (table.has_error()) return table.error();
  if (!table->has_value()) return std::vector<AppliedMigration>{};
  return connection.use("SELECT version, name, checksum FROM schema_migrations ORDER BY version")
      .all([](Statement& row) {
        return AppliedMigration{row.integer(0), row.string(1), row.string(2)};
      });
}

Result<void> apply(Connection& connection, const Migration& step, Timestamp now) {
  if (auto ran = connection.run_script(std::string(step.script)); ran.has_error()) return ran;
  const std::string checksum = checksum_of(step);
  return connection
      .use(
          "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
          step.version, step.name, checksum, now)
      .run();
}

Result<std::vector<MigrationStatus>> apply_pending(Connection& connection,
                                                   std::span<const Migration> known,
                                                   Timestamp now) {
  auto status = migration_status(connection, known);
  if (status.has_error()) return status;
  std::erase_if(*status,
                [](const MigrationStatus& step) { return step.state == MigrationState::applied; });
  if (status->empty()) return status;
  if (auto marked = connection.run(mark_as_ours); marked.has_error()) return marked.error();
  if (auto made = connection.run(create_table); made.has_error()) return made.error();
  for (const MigrationStatus& pending : *status) {
    const Migration& step = known[static_cast<std::size_t>(pending.version - 1)];
    if (auto applied = apply(connection, step, now); applied.has_error()) return applied.error();
  }
  return status;
}

}  // namespace

std::vector<Migration> known_migrations() { return migrations_of(generated::sqlite_migrations()); }

Result<std::vector<MigrationStatus>> migration_status(Connection& connection,
                                                      std::span<const Migration> known) {
  auto applied = applied_steps(connection);
  if (applied.has_error()) return applied.error();
  return migration_states(*applied, known, connection.path());
}

Result<std::vector<MigrationStatus>> apply_migrations(Connection& connection,
                                                      std::span<const Migration> known,
                                                      Timestamp now) {
  // Immediate: of several programs that start at once, one applies and the others find it done.
  if (auto begun = connection.run("BEGIN IMMEDIATE"); begun.has_error()) return begun.error();
  auto applied = apply_pending(connection, known, now);
  if (applied.has_value()) {
    auto committed = connection.run("COMMIT");
    if (committed.has_value()) return applied;
    applied = committed.error();
  }
  // The error above is what to tell; a rollback that fails as well adds nothing.
  if (connection.in_transaction()) static_cast<void>(connection.run("ROLLBACK"));
  return applied;
}

Result<std::vector<MigrationStatus>> migration_status(const std::string& path) {
  const std::vector<Migration> known = known_migrations();
  std::error_code problem;
  if (!path.empty() && !path.starts_with(':') && !std::filesystem::exists(path, problem)) {
    std::vector<MigrationStatus> status;
    status.reserve(known.size());
    for (const Migration& step : known) {
      status.push_back({step.version, std::string(step.name), MigrationState::pending});
    }
    return status;
  }
  auto connection = Connection::open(path, Access::read_only);
  if (connection.has_error()) return connection.error();
  return migration_status(**connection, known);
}

Result<std::vector<MigrationStatus>> apply_migrations(const std::string& path, const Clock& clock,
                                                      bool dry_run) {
  if (dry_run) {
    auto status = migration_status(path);
    if (status.has_error()) return status;
    std::erase_if(
        *status, [](const MigrationStatus& step) { return step.state == MigrationState::applied; });
    return status;
  }
  auto connection = Connection::open(path, Access::create);
  if (connection.has_error()) return connection.error();
  return apply_migrations(**connection, known_migrations(), clock.now());
}

}  // namespace rushline::sqlite
