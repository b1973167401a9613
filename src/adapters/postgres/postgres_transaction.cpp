// How a transaction begins, and savepoints that wait for the statement they protect.
#include "adapters/postgres/postgres_transaction.hpp"

#include <chrono>
#include <string>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::postgres {

using std::chrono::milliseconds;

namespace {

// With a promotion the timeline rises; a standby has none to write to.
#define RUSHLINE_TIMELINE                              \
  "CASE WHEN pg_is_in_recovery() THEN 0 ELSE ('x' || " \
  "substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint END"

#define RUSHLINE_DURABILITY                              \
  "current_setting('synchronous_standby_names') <> '', " \
  "current_setting('synchronous_commit') <> 'local', "   \
  "current_setting('fsync') <> 'off'"

std::string text_of(milliseconds time) { return std::to_string(time.count()); }

// What is looked at is as it is for this session, before it is changed for this transaction. Behind
// a pooler the session is somebody else's a moment later, so every bound is the transaction's.
void begin(Connection& connection, Kind kind, milliseconds patience, Callback<void(Rows&)> told) {
  if (kind == Kind::read) {
    connection.before_next("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  } else {
    // What a statement sees is what was committed when it begins: a row that was waited for is read
    // as its last holder left it.
    connection.before_next("BEGIN ISOLATION LEVEL READ COMMITTED");
  }
  connection.before_next_telling(
      std::move(told),
      "SELECT " RUSHLINE_CLOCK ", pg_backend_pid(), " RUSHLINE_TIMELINE ", " RUSHLINE_DURABILITY
      ", " RUSHLINE_DURABLE
      ", set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true), "
      "set_config('idle_in_transaction_session_timeout', $3, true)",
      text_of(kind == Kind::read ? limits::postgres_statement_time_max
                                 : limits::postgres_write_statement_time_max),
      text_of(patience), text_of(limits::postgres_idle_in_transaction_max));
}

Sighting sighting_of(const Rows& rows) {
  return {.backend = rows.integer(1),
          .timeline = rows.integer(2),
          .durability = {.names_standbys = rows.integer(3) != 0,
                         .waits_for_them = rows.integer(4) != 0,
                         .flushes_to_disk = rows.integer(5) != 0}};
}

}  // namespace

PostgresTransaction::PostgresTransaction(Session& session, Connection& connection, Kind kind,
                                         milliseconds patience)
    : connection_(connection) {
  begin(connection, kind, patience, [this, &session](Rows& rows) {
    if (!rows.step()) return;
    learn_time(rows.time(0));
    session.meet(sighting_of(rows));
  });
}

Timestamp PostgresTransaction::now() const {
  // When this fails the connection is lost, or the next statement tells: nothing is committed.
  if (now_ == Timestamp{}) static_cast<void>(connection_.run_waiting());
  is_time_told_ = true;
  return now_;
}

Result<void> PostgresTransaction::nested(Callback<Result<void>()> work) {
  const std::size_t hooks_before = hooks_.size();
  const std::size_t waiting_before = connection_.waiting_count();
  const std::uint64_t round_trips_before = connection_.round_trips();
  // Savepoints of one name nest: each statement means the innermost.
  connection_.before_next("SAVEPOINT undo");
  auto outcome = work();
  if (outcome.has_value() && connection_.is_failed()) {
    outcome = connection_.last_error().value_or(
        fail(Errc::unavailable, "A statement failed and its error was passed over."));
  }
  // What is undone must not be announced.
  if (outcome.has_error()) {
    hooks_.erase(hooks_.begin() + std::ptrdiff_t(hooks_before), hooks_.end());
  }
  if (connection_.round_trips() == round_trips_before) {
    connection_.forget_waiting(waiting_before);  // no statement ran, there is nothing to undo
    return outcome;
  }
  if (outcome.has_error()) connection_.before_next("ROLLBACK TO SAVEPOINT undo");
  connection_.before_next("RELEASE SAVEPOINT undo");
  return outcome;
}

PostgresTransaction& own(Transaction& transaction) {
  auto* found = dynamic_cast<PostgresTransaction*>(&transaction);
  RUSHLINE_ASSERT(found != nullptr);
  return *found;
}

Connection& connection_of(Transaction& transaction) { return own(transaction).connection(); }

}  // namespace rushline::postgres
