// Units as transactions: begin, run, commit, and only then the answer; again when that may help.
#include "adapters/postgres/postgres_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <random>

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

Attempt attempt_write(Connection& connection, UnitOfWork& unit) {
  connection.begin_attempt();
  PostgresTransaction transaction(connection, Kind::write);
  fail_point("write.begun");
  auto outcome = run(unit, transaction);
  fail_point("write.before_commit");
  if (outcome.has_error()) {
    connection.roll_back();
    return {std::move(outcome), {}, connection.may_rerun()};
  }
  const auto ending = connection.commit();
  fail_point("write.after_commit");
  if (ending.commit == Commit::done) return {{}, transaction.take_hooks(), false};
  connection.roll_back();
  return {ending.error, {}, ending.commit == Commit::refused && connection.may_rerun()};
}

Attempt attempt_read(Connection& connection, UnitOfWork& unit) {
  connection.begin_attempt();
  PostgresTransaction transaction(connection, Kind::read);
  auto outcome = run(unit, transaction);
  // A unit may pass over an error; what it then made of nothing is not to be told.
  if (outcome.has_value() && connection.last_error()) outcome = *connection.last_error();
  if (outcome.has_error()) return {std::move(outcome), {}, connection.may_rerun()};
  return {{}, transaction.take_hooks(), false};
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

// The session of one thread, opened when it is needed and again when it was lost.
class PostgresDatabase::Session {
 public:
  Session(const Address& address, const Clock& clock) : address_(address), clock_(clock) {}

  // Opens at most once per pause, so that a dead server costs each unit nothing but its error.
  Result<Connection*> connection() {
    if (connection_ && !connection_->is_lost()) return connection_.get();
    connection_.reset();
    if (refusal_ && clock_.monotonic() < retry_at_) return *refusal_;
    auto opened = Connection::open(address_, clock_);
    if (opened.has_value()) {
      connection_ = std::move(*opened);
      refusal_.reset();
      pause_ = limits::postgres_reconnect_pause_min;
      return connection_.get();
    }
    refusal_ = opened.error();
    retry_at_ = clock_.monotonic() + random_part_of(pause_);
    pause_ = std::min<milliseconds>(pause_ * 2, limits::postgres_reconnect_pause_max);
    return *refusal_;
  }

  // From half of `time` to all of it, so that many that failed together do not try together.
  milliseconds random_part_of(milliseconds time) {
    return milliseconds(std::uniform_int_distribution(time.count() / 2, time.count())(random_));
  }

 private:
  const Address& address_;  // constant
  const Clock& clock_;      // constant
  std::unique_ptr<Connection> connection_;
  std::optional<Error> refusal_;  // of the last attempt to connect
  Monotonic retry_at_{};
  milliseconds pause_ = limits::postgres_reconnect_pause_min;
  std::minstd_rand random_{std::random_device{}()};
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
      writes_(limits::database_write_queue_max),
      reads_(limits::database_read_queue_max) {}

PostgresDatabase::~PostgresDatabase() { stop(); }

void PostgresDatabase::stop() {
  writes_.stop();
  reads_.stop();
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

void PostgresDatabase::run_worker(UnitQueue& queue, Kind kind) {
  Session session(address_, clock_);
  std::vector<std::unique_ptr<UnitOfWork>> units;
  while (queue.take(units, 1)) {
    run_unit(session, *units.front(), kind);
    units.clear();
  }
}

void PostgresDatabase::run_unit(Session& session, UnitOfWork& unit, Kind kind) {
  for (int attempts = 1;; ++attempts) {
    const auto connection = session.connection();
    if (connection.has_error()) return unit.done(connection.error());
    Attempt attempt =
        kind == Kind::write ? attempt_write(**connection, unit) : attempt_read(**connection, unit);
    const bool again = attempt.again && attempts < limits::database_attempts_max;
    if (!again) {
      for (auto& hook : attempt.hooks) hook();
      unit.done(std::move(attempt.outcome));
    }
    // After the answer: nobody waits for the end of a snapshot.
    if (kind == Kind::read) (*connection)->roll_back();
    if (!again) return;
    if (!(*connection)->is_lost()) {
      pause(session.random_part_of(limits::database_rerun_pause_max));
    }
  }
}

}  // namespace rushline::postgres
