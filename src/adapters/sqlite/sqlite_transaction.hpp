// A transaction of one unit of work on one connection, and the way from the port to the connection.
#pragma once

#include <vector>

#include "adapters/sqlite/connection.hpp"
#include "core/database.hpp"

namespace rushline::sqlite {

// Does not begin or end the transaction itself: SqliteDatabase does, for many units at once.
class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(Connection& connection, Timestamp now) : connection_(connection), now_(now) {}

  Timestamp now() const override { return now_; }
  Result<void> nested(Callback<Result<void>()> work) override;
  void after_commit(Callback<void()> hook) override { hooks_.push_back(std::move(hook)); }

  Connection& connection() { return connection_; }
  // What is to be called once the transaction has committed.
  std::vector<Callback<void()>> take_hooks() { return std::move(hooks_); }

 private:
  Connection& connection_;               // constant
  const Timestamp now_;                  // constant
  std::vector<Callback<void()>> hooks_;  // database thread only
};

// Runs `work` in a savepoint: when it returns an error, what it wrote is undone.
// The error of `work`, or why the savepoint could not be had or undone.
Result<void> in_savepoint(Connection& connection, Callback<Result<void>()> work);

// The connection of a transaction that SqliteDatabase made; any other is a broken invariant.
Connection& connection_of(Transaction& transaction);

}  // namespace rushline::sqlite
