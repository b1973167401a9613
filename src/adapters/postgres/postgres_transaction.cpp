// How a transaction begins, and savepoints that wait for the statement they protect.
#include "adapters/postgres/postgres_transaction.hpp"

#include <chrono>
#include <string>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::postgres {
namespace {

// A commit that the server has not even flushed would be told too early.
#define RUSHLINE_DURABLE                                     \
  "CASE WHEN current_setting('synchronous_commit') = 'off' " \
  "THEN set_config('synchronous_commit', 'on', true) END"

template <class Duration>
std::string milliseconds(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

void begin(Connection& connection, Kind kind, Callback<void(Rows&)> told) {
  if (kind == Kind::read) {
    connection.before_next("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  } else {
    // What a statement sees is what was committed when it begins: a row that was waited for is read
    // as its last holder left it.
    connection.before_next("BEGIN ISOLATION LEVEL READ COMMITTED");
  }
  if (connection.pooler() == Pooler::none) {
    connection.before_next_telling(std::move(told), "SELECT " RUSHLINE_CLOCK ", " RUSHLINE_DURABLE);
    return;
  }
  // The session is somebody else's a moment later: every setting is this transaction's.
  connection.before_next_telling(
      std::move(told),
      "SELECT " RUSHLINE_CLOCK ", " RUSHLINE_DURABLE
      ", set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true), "
      "set_config('idle_in_transaction_session_timeout', $3, true)",
      milliseconds(limits::postgres_statement_time_max),
      milliseconds(limits::postgres_lock_time_max),
      milliseconds(limits::postgres_idle_in_transaction_max));
}

}  // namespace

PostgresTransaction::PostgresTransaction(Connection& connection, Kind kind)
    : connection_(connection) {
  begin(connection, kind, [this](Rows& rows) {
    if (rows.step()) learn_time(rows.time(0));
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
