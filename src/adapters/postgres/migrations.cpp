// One transaction under one lock that applies the difference.
#include "adapters/postgres/migrations.hpp"

#include <fmt/format.h>

#include "adapters/postgres/postgres_transaction.hpp"
#include "core/limits.hpp"
#include "generated/postgres_migrations.hpp"

namespace rushline::postgres {
namespace {

constexpr char create_table[] =
    "CREATE SCHEMA IF NOT EXISTS rushline;"
    "CREATE TABLE IF NOT EXISTS rushline.schema_migrations ("
    " version bigint PRIMARY KEY CHECK (version >= 1),"
    " name text NOT NULL,"
    " checksum text NOT NULL,"     // SHA-256 of the script, in hex
    " applied_at bigint NOT NULL"  // microseconds since 1970, UTC
    ")";

// "Rushline" in ASCII. Of the transaction, so that it works behind a pooler, too.
constexpr std::int64_t lock_key = 0x527573686C696E65;

Result<std::vector<AppliedMigration>> applied_steps(Connection& connection) {
  auto table = connection.use("SELECT to_regclass('rushline.schema_migrations') IS NOT NULL")
                   .first([](Rows& row) { return row.integer(0) != 0; });
  if (table.has_error()) return table.error();
  if (!**table) return std::vector<AppliedMigration>{};
  return connection
      .use("SELECT version, name, checksum FROM rushline.schema_migrations ORDER BY version")
      .all([](Rows& row) {
        return AppliedMigration{row.integer(0), row.string(1), row.string(2)};
      });
}

Result<void> apply(Connection& connection, const Migration& step) {
  if (auto ran = connection.run_script(std::string(step.script)); ran.has_error()) return ran;
  return connection
      .use(
          "INSERT INTO rushline.schema_migrations (version, name, checksum, applied_at) "
          "VALUES ($1, $2, $3, " RUSHLINE_CLOCK ")",
          step.version, step.name, checksum_of(step))
      .run();
}

Result<std::vector<MigrationStatus>> apply_pending(Connection& connection,
                                                   std::span<const Migration> known) {
  const std::string time_max = std::to_string(
      std::chrono::duration_cast<std::chrono::milliseconds>(limits::postgres_migration_time_max)
          .count());
  connection.before_next("BEGIN ISOLATION LEVEL READ COMMITTED");
  connection.before_next(
      "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $1, true), "
      "set_config('idle_in_transaction_session_timeout', $1, true)",
      time_max);
  if (auto begun = connection.run_waiting(); begun.has_error()) return begun.error();
  // In its own statement: what follows sees what the last holder committed. Waiting for it is
  // bounded by the deadline of every answer.
  if (auto locked = connection.use("SELECT pg_advisory_xact_lock($1)", lock_key).run();
      locked.has_error()) {
    return locked.error();
  }
  auto status = migration_status(connection, known);
  if (status.has_error()) return status;
  std::erase_if(*status,
                [](const MigrationStatus& step) { return step.state == MigrationState::applied; });
  if (status->empty()) return status;
  if (auto made = connection.run_script(create_table); made.has_error()) return made.error();
  for (const MigrationStatus& pending : *status) {
    const Migration& step = known[static_cast<std::size_t>(pending.version - 1)];
    if (auto applied = apply(connection, step); applied.has_error()) return applied.error();
  }
  return status;
}

}  // namespace

std::vector<Migration> known_migrations() {
  return migrations_of(generated::postgres_migrations());
}

Result<std::vector<MigrationStatus>> migration_status(Connection& connection,
                                                      std::span<const Migration> known) {
  auto applied = applied_steps(connection);
  if (applied.has_error()) return applied.error();
  return migration_states(*applied, known, connection.name());
}

Result<std::vector<MigrationStatus>> apply_migrations(Connection& connection,
                                                      std::span<const Migration> known) {
  connection.begin_attempt();
  auto applied = apply_pending(connection, known);
  if (applied.has_value()) {
    const auto ending = connection.commit();
    if (ending.commit == Commit::done) return applied;
    applied = ending.error;
  }
  connection.roll_back();
  return applied;
}

Result<std::vector<MigrationStatus>> migration_status(const Address& address, const Clock& clock) {
  auto connection = Connection::open(address, clock);
  if (connection.has_error()) return connection.error();
  return migration_status(**connection, known_migrations());
}

Result<std::vector<MigrationStatus>> apply_migrations(const Address& address, const Clock& clock,
                                                      bool dry_run) {
  auto connection = Connection::open(address, clock);
  if (connection.has_error()) return connection.error();
  if (!dry_run) return apply_migrations(**connection, known_migrations());
  auto status = migration_status(**connection, known_migrations());
  if (status.has_error()) return status;
  std::erase_if(*status,
                [](const MigrationStatus& step) { return step.state == MigrationState::applied; });
  return status;
}

}  // namespace rushline::postgres
