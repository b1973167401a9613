// Units as transactions: begin, run, commit, and only then the answer; again when that may help.
#include "adapters/postgres/postgres_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "adapters/postgres/migrations.hpp"
#include "core/assert.hpp"
#include "core/fail_point.hpp"
#include "core/limits.hpp"

namespace rushline::postgres {
namespace {

using Hooks = std::vector<Callback<void()>>;
using std::chrono::milliseconds;

// How one attempt at a unit ended.
struct Attempt {
  Result<void> outcome;
  Hooks hooks = {};
  bool again = false;
  bool met_held_row = false;
};

// An exception that leaves a unit is a bug: what it wrote is in no known state.
Result<void> run(UnitOfWork& unit, Transaction& transaction) {
  try {
    return unit.run(transaction);
  } catch (const std::exception& thrown) {
    assertion_failed(fmt::format("a unit of work does not throw: {}", thrown.what()).c_str(),
                     __FILE__, __LINE__);
  }
}

Attempt attempt_write(Session& session, Connection& connection, UnitOfWork& unit,
                      milliseconds patience) {
  connection.begin_attempt();
  if (const auto hang = session.check_hang(); hang.has_error()) {
    return {.outcome = hang.error(), .again = connection.may_rerun()};
  }
  connection.begin_attempt();
  PostgresTransaction transaction(session, connection, Kind::write, patience);
  fail_point("write.begun");
  auto outcome = run(unit, transaction);
  fail_point("write.before_commit");
  if (outcome.has_error()) {
    connection.roll_back();
    return {.outcome = std::move(outcome),
            .again = connection.may_rerun(),
            .met_held_row = connection.met_held_row()};
  }
  const auto ending = session.commit();
  fail_point("write.after_commit");
  if (ending.commit == Commit::done) return {.outcome = {}, .hooks = transaction.take_hooks()};
  connection.roll_back();
  return {.outcome = ending.error,
          .again = ending.commit == Commit::refused && connection.may_rerun(),
          .met_held_row = ending.commit == Commit::refused && connection.met_held_row()};
}

Attempt attempt_read(Session& session, Connection& connection, UnitOfWork& unit) {
  connection.begin_attempt();
  PostgresTransaction transaction(session, connection, Kind::read, limits::postgres_lock_time_max);
  auto outcome = run(unit, transaction);
  // A unit may pass over an error; what it then made of nothing is not to be told.
  if (outcome.has_value() && connection.last_error()) outcome = *connection.last_error();
  if (outcome.has_value()) outcome = session.end_read();
  if (outcome.has_error()) {
    return {.outcome = std::move(outcome), .again = connection.may_rerun()};
  }
  return {.outcome = {}, .hooks = transaction.take_hooks()};
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
              fmt::format("The PostgreSQL database {} has an older schema. Run 'rushline migrate "
                          "up' first.",
                          connection.name()));
}

}  // namespace

// A unit on its way through the threads.
struct PostgresDatabase::Work {
  std::unique_ptr<UnitOfWork> unit;
  Kind kind = Kind::read;
  milliseconds patience{};  // with a row that somebody else holds
  Monotonic give_up_at{};   // the same, over all attempts
  bool was_stuck = false;
};

Result<std::unique_ptr<PostgresDatabase>> PostgresDatabase::open(const Address& address,
                                                                 OpenMode mode,
                                                                 const PoolSize& size,
                                                                 const Clock& clock) {
  RUSHLINE_ASSERT(size.writers >= 1 && size.writers <= limits::database_writers_max);
  RUSHLINE_ASSERT(size.readers >= 1 && size.readers <= limits::database_readers_max);
  auto connection = Connection::open(address, clock);
  if (connection.has_error()) return connection.error();
  if (mode == OpenMode::migrate) {
    auto applied = apply_migrations(**connection, known_migrations());
    if (applied.has_error()) return applied.error();
  } else if (auto current = check_current(**connection); current.has_error()) {
    return current.error();
  }
  return std::unique_ptr<PostgresDatabase>(new PostgresDatabase(address, size, clock));
}

PostgresDatabase::PostgresDatabase(const Address& address, const PoolSize& size, const Clock& clock)
    : address_(address),
      size_(size),
      clock_(clock),
      primary_(address),
      writes_(limits::database_write_queue_max),
      reads_(limits::database_read_queue_max),
      stuck_(limits::postgres_stuck_units_max) {}

PostgresDatabase::~PostgresDatabase() { stop(); }

void PostgresDatabase::stop() {
  writes_.stop();
  reads_.stop();
  stuck_.stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
}

void PostgresDatabase::pause(milliseconds time) {
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, time, [this] { return stopping_; });
}

std::vector<PostgresDatabase::Worker> PostgresDatabase::workers() {
  std::vector<Worker> workers;
  for (std::size_t i = 0; i < size_.writers; ++i) {
    workers.push_back(
        {fmt::format("db-writer-{}", i), [this] { run_worker(writes_, Kind::write); }});
  }
  for (std::size_t i = 0; i < size_.readers; ++i) {
    workers.push_back({fmt::format("db-reader-{}", i), [this] { run_worker(reads_, Kind::read); }});
  }
  workers.push_back({"db-patient", [this] { run_patient(); }});
  return workers;
}

void PostgresDatabase::run_worker(UnitQueue& queue, Kind kind) {
  Session session(address_, primary_, clock_, kind);
  std::vector<std::unique_ptr<UnitOfWork>> units;
  while (queue.take(units, 1)) {
    // With so many held rows that they could keep every writer, none of them is waited for.
    const bool is_crowded = stuck_count_ >= static_cast<std::int64_t>(size_.writers);
    Work work{.unit = std::move(units.front()),
              .kind = kind,
              .patience =
                  is_crowded ? limits::postgres_lock_patience_min : limits::postgres_lock_patience,
              .give_up_at = clock_.monotonic() + limits::postgres_lock_time_max};
    run_unit(session, work);
    units.clear();
  }
}

void PostgresDatabase::run_patient() {
  Session session(address_, primary_, clock_, Kind::write);
  while (auto stuck = stuck_.take()) {
    const bool is_alone = stuck_count_ == 1;
    Work work{.unit = std::move(stuck->unit),
              .kind = Kind::write,
              .patience = is_alone ? limits::postgres_lock_retry_time
                                   : limits::postgres_lock_retry_time_min,
              .give_up_at = stuck->give_up_at,
              .was_stuck = true};
    run_unit(session, work);
  }
}

// Takes the unit when it is to be tried again later.
bool PostgresDatabase::leave_stuck(Work& work) {
  if (work.kind == Kind::read || clock_.monotonic() >= work.give_up_at) return false;
  StuckUnit stuck{std::move(work.unit), work.give_up_at};
  if (!work.was_stuck) ++stuck_count_;
  if (stuck_.add(stuck)) return true;
  if (!work.was_stuck) --stuck_count_;
  work.unit = std::move(stuck.unit);
  return false;
}

void PostgresDatabase::tell(Work& work, Result<void> outcome) {
  if (work.was_stuck) --stuck_count_;
  work.unit->done(std::move(outcome));
}

void PostgresDatabase::run_unit(Session& session, Work& work) {
  for (int attempts = 1;; ++attempts) {
    const auto connection = session.connection();
    if (connection.has_error()) return tell(work, connection.error());
    Attempt attempt = work.kind == Kind::write
                          ? attempt_write(session, **connection, *work.unit, work.patience)
                          : attempt_read(session, **connection, *work.unit);
    const bool is_lost = session.end_use();
    if (attempt.met_held_row && leave_stuck(work)) return;
    const bool again = attempt.again && attempts < limits::database_attempts_max;
    if (!again) {
      for (auto& hook : attempt.hooks) hook();
      tell(work, std::move(attempt.outcome));
    }
    // After the answer: nobody waits for the end of a snapshot.
    if (work.kind == Kind::read && !is_lost) (*connection)->roll_back();
    if (!again) return;
    if (!is_lost) pause(session.random_part_of(limits::database_rerun_pause_max));
  }
}

}  // namespace rushline::postgres
