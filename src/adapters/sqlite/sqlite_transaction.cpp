// Savepoints: units and nested work that fail are undone without touching what ran before them.
#include "adapters/sqlite/sqlite_transaction.hpp"

#include "core/assert.hpp"

namespace rushline::sqlite {

Result<void> SqliteTransaction::nested(Callback<Result<void>()> work) {
  const std::size_t hooks_before = hooks_.size();
  auto outcome = in_savepoint(connection_, std::move(work));
  // What is undone must not be announced.
  if (outcome.has_error())
    hooks_.erase(hooks_.begin() + std::ptrdiff_t(hooks_before), hooks_.end());
  return outcome;
}

Result<void> in_savepoint(Connection& connection, Callback<Result<void>()> work) {
  // Savepoints of one name nest: each statement means the innermost.
  if (auto begun = connection.run("SAVEPOINT undo"); begun.has_error()) return begun;
  auto outcome = work();
  // SQLite ends the whole transaction by itself when the disk fails: nothing is left to undo.
  if (!connection.in_transaction()) {
    if (outcome.has_error()) return outcome;
    return fail(Errc::unavailable, "The database ended the transaction because of a disk failure.");
  }
  if (outcome.has_error()) {
    if (auto undone = connection.run("ROLLBACK TO undo"); undone.has_error()) return undone;
  }
  if (auto released = connection.run("RELEASE undo"); released.has_error()) return released;
  return outcome;
}

Connection& connection_of(Transaction& transaction) {
  auto* own = dynamic_cast<SqliteTransaction*>(&transaction);
  RUSHLINE_ASSERT(own != nullptr);
  return own->connection();
}

}  // namespace rushline::sqlite
