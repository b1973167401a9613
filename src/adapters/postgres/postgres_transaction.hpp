// One transaction on PostgreSQL: its time, its savepoints, and what is to be called after it.
#pragma once

#include <vector>

#include "adapters/postgres/session.hpp"
#include "core/database.hpp"

namespace rushline::postgres {

// An expression for the database's clock in microseconds since 1970.
#define RUSHLINE_CLOCK "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

class PostgresTransaction final : public Transaction {
 public:
  // In a session that is open. BEGIN, the reading of the clock and a look at the server go with the
  // first statement. A row that somebody else holds is waited for as long as `patience`.
  PostgresTransaction(Session& session, Connection& connection, Kind kind,
                      std::chrono::milliseconds patience);

  // Fixed when it is first asked for. Before that each lock that is waited for moves it
  // (learn_time()), so that of two transactions which lock one row the later has the later time.
  // Costs a round trip only when no statement was run before.
  Timestamp now() const override;
  Result<void> nested(Callback<Result<void>()> work) override;
  void after_commit(Callback<void()> hook) override { hooks_.push_back(std::move(hook)); }

  Connection& connection() { return connection_; }
  // A later reading of the database's clock.
  void learn_time(Timestamp time) {
    if (!is_time_told_) now_ = time;
  }
  // What is to be called once the transaction has committed.
  std::vector<Callback<void()>> take_hooks() { return std::move(hooks_); }

 private:
  Connection& connection_;               // constant
  Timestamp now_;                        // database thread only
  mutable bool is_time_told_ = false;    // database thread only
  std::vector<Callback<void()>> hooks_;  // database thread only
};

// The transaction that PostgresDatabase made, and its connection; any other is a broken invariant.
PostgresTransaction& own(Transaction& transaction);
Connection& connection_of(Transaction& transaction);

}  // namespace rushline::postgres
