// Statements on the table `idempotency`.
#include "adapters/sqlite/sqlite_idempotency_store.hpp"

#include "adapters/sqlite/sqlite_transaction.hpp"

namespace rushline::sqlite {

Result<std::optional<KeptAnswer>> SqliteIdempotencyStore::find(Transaction& transaction,
                                                               std::string_view scope,
                                                               std::string_view key) {
  return connection_of(transaction)
      .use(
          "SELECT fingerprint, status, content_type, location, body FROM idempotency "
          "WHERE scope = ? AND key = ?",
          scope, key)
      .first([](Statement& row) {
        return KeptAnswer{row.string(0), static_cast<int>(row.integer(1)), row.string(2),
                          row.string(3), row.string(4)};
      });
}

Result<void> SqliteIdempotencyStore::keep(Transaction& transaction, std::string_view scope,
                                          std::string_view key, const KeptAnswer& answer,
                                          std::optional<Timestamp> kept_until) {
  return connection_of(transaction)
      .use(
          "INSERT INTO idempotency "
          "(scope, key, fingerprint, status, content_type, location, body, kept_until) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          scope, key, Blob{answer.fingerprint}, answer.status, answer.content_type, answer.location,
          Blob{answer.body}, kept_until)
      .run();
}

Result<std::int64_t> SqliteIdempotencyStore::forget_expired(Transaction& transaction,
                                                            std::int64_t count_max) {
  return connection_of(transaction)
      .use(
          "DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency "
          "WHERE kept_until IS NOT NULL AND kept_until <= ? ORDER BY kept_until LIMIT ?)",
          transaction.now(), count_max)
      .run_counting();
}

}  // namespace rushline::sqlite
