// Group commit: BEGIN, every unit in its savepoint, COMMIT, and only then the answers.
#include "adapters/sqlite/sqlite_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/migrations.hpp"
#include "adapters/sqlite/sqlite_transaction.hpp"
#include "core/assert.hpp"
#include "core/fail_point.hpp"
#include "core/limits.hpp"

namespace rushline::sqlite {
namespace {

using Hooks = std::vector<Callback<void()>>;

// A unit that was run but whose transaction has not ended.
struct Attempt {
  Result<void> outcome;
  Hooks hooks;
};

// An exception that leaves a unit is a bug: what it wrote is in no known state.
Result<void> run_unit(UnitOfWork& unit, SqliteTransaction& transaction) {
  try {
    return unit.run(transaction);
  } catch (const std::exception& thrown) {
    assertion_failed(fmt::format("a unit of work does not throw: {}", thrown.what()).c_str(),
                     __FILE__, __LINE__);
  }
}

Attempt attempt_write(Connection& connection, UnitOfWork& unit, Timestamp now, bool alone) {
  SqliteTransaction transaction(connection, now);
  Result<void> outcome;
  if (alone) {
    outcome = run_unit(unit, transaction);
  } else {
    outcome = in_savepoint(connection, [&] { return run_unit(unit, transaction); });
  }
  if (outcome.has_error()) return {std::move(outcome), {}};
  return {std::move(outcome), transaction.take_hooks()};
}

void roll_back(Connection& connection) {
  // Fails only when SQLite has rolled back by itself.
  if (connection.in_transaction()) static_cast<void>(connection.run("ROLLBACK"));
}

// After this, what succeeded is on disk; or every attempt has an error.
void end_writes(Connection& connection, std::vector<Attempt>& attempts) {
  std::optional<Error> lost;
  if (!connection.in_transaction()) {
    lost = fail(Errc::unavailable,
                "The database ended the transaction because of a disk failure. Check the disk and "
                "its free space, then ask again.");
  } else if (attempts.size() == 1 && attempts.front().outcome.has_error()) {
    roll_back(connection);
  } else if (auto committed = connection.run("COMMIT"); committed.has_error()) {
    lost = committed.error();
    roll_back(connection);
  }
  if (!lost) return;
  for (Attempt& attempt : attempts) {
    if (attempt.outcome.has_value()) attempt.outcome = *lost;
    attempt.hooks.clear();
  }
}

void call(Hooks& hooks) {
  for (auto& hook : hooks) hook();
}

// Opened by a program that does not migrate: everything must have been applied already.
Result<void> check_current(Connection& connection) {
  auto status = migration_status(connection, known_migrations());
  if (status.has_error()) return status.error();
  const bool current = std::all_of(status->begin(), status->end(), [](const MigrationStatus& step) {
    return step.state == MigrationState::applied;
  });
  if (current) return {};
  return fail(Errc::configuration,
              fmt::format("The database {} has an older schema. Run 'rushline migrate up' first.",
                          connection.path()));
}

Result<std::unique_ptr<Connection>> open_writer(const std::string& path, OpenMode mode,
                                                Timestamp now) {
  auto writer =
      Connection::open(path, mode == OpenMode::migrate ? Access::create : Access::read_write);
  if (writer.has_error()) return writer;
  if (mode == OpenMode::migrate) {
    auto applied = apply_migrations(**writer, known_migrations(), now);
    if (applied.has_error()) return applied.error();
  } else if (auto current = check_current(**writer); current.has_error()) {
    return current.error();
  }
  return writer;
}

}  // namespace

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const std::string& path, OpenMode mode,
                                                             std::size_t readers,
                                                             const Clock& clock) {
  RUSHLINE_ASSERT(readers >= 1 && readers <= limits::database_readers_max);
  auto writer = open_writer(path, mode, clock.now());
  if (writer.has_error()) return writer.error();
  std::vector<std::unique_ptr<Connection>> idle;
  for (std::size_t i = 0; i < readers; ++i) {
    auto reader = Connection::open(path, Access::read_only);
    if (reader.has_error()) return reader.error();
    idle.push_back(std::move(*reader));
  }
  return std::unique_ptr<SqliteDatabase>(
      new SqliteDatabase(std::move(*writer), std::move(idle), clock));
}

SqliteDatabase::SqliteDatabase(std::unique_ptr<Connection> writer,
                               std::vector<std::unique_ptr<Connection>> readers, const Clock& clock)
    : clock_(clock),
      readers_count_(readers.size()),
      writes_(limits::database_write_queue_max),
      reads_(limits::database_read_queue_max),
      writer_(std::move(writer)),
      idle_readers_(std::move(readers)) {}

SqliteDatabase::~SqliteDatabase() { stop(); }

void SqliteDatabase::stop() {
  writes_.stop();
  reads_.stop();
}

void SqliteDatabase::run_writer() {
  std::vector<std::unique_ptr<UnitOfWork>> units;
  while (writes_.take(units, limits::database_commit_units_max)) {
    Units rest(units);
    while (!rest.empty()) rest = rest.subspan(commit_together(rest));
    units.clear();
  }
}

std::size_t SqliteDatabase::commit_together(Units units) {
  if (auto begun = writer_->run("BEGIN IMMEDIATE"); begun.has_error()) {
    for (const auto& unit : units) unit->done(begun);
    return units.size();
  }
  fail_point("write.begun");
  std::vector<Attempt> attempts;
  attempts.reserve(units.size());
  for (const auto& unit : units) {
    attempts.push_back(attempt_write(*writer_, *unit, clock_.now(), units.size() == 1));
    // A lost transaction ends this commit; the units not run yet get the next one.
    if (!writer_->in_transaction()) break;
  }
  fail_point("write.before_commit");
  end_writes(*writer_, attempts);
  fail_point("write.after_commit");
  for (Attempt& attempt : attempts) call(attempt.hooks);
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    units[i]->done(std::move(attempts[i].outcome));
  }
  return attempts.size();
}

void SqliteDatabase::run_reader() {
  std::unique_ptr<Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    RUSHLINE_ASSERT(!idle_readers_.empty());
    connection = std::move(idle_readers_.back());
    idle_readers_.pop_back();
  }
  std::vector<std::unique_ptr<UnitOfWork>> units;
  while (reads_.take(units, 1)) {
    read_one(*connection, *units.front());
    units.clear();
  }
  const std::lock_guard lock(mutex_);
  idle_readers_.push_back(std::move(connection));
}

void SqliteDatabase::read_one(Connection& connection, UnitOfWork& unit) {
  // The snapshot is taken by the first statement after BEGIN, so it holds every commit until now.
  if (auto begun = connection.run("BEGIN"); begun.has_error()) {
    unit.done(begun);
    return;
  }
  SqliteTransaction transaction(connection, clock_.now());
  auto outcome = run_unit(unit, transaction);
  roll_back(connection);
  if (outcome.has_value()) {
    auto hooks = transaction.take_hooks();
    call(hooks);
  }
  unit.done(std::move(outcome));
}

}  // namespace rushline::sqlite
