// Statements on the table `idempotency`.
#include "adapters/postgres/postgres_idempotency_store.hpp"

#include "adapters/postgres/postgres_transaction.hpp"

namespace rushline::postgres {

Result<std::optional<KeptAnswer>> PostgresIdempotencyStore::find(Transaction& transaction,
                                                                 std::string_view scope,
                                                                 std::string_view key) {
  return connection_of(transaction)
      .use(
          "SELECT fingerprint, status, content_type, location, body FROM rushline.idempotency "
          "WHERE scope = $1 AND key = $2",
          scope, key)
      .first([](Rows& row) {
        return KeptAnswer{row.string(0), static_cast<int>(row.integer(1)), row.string(2),
                          row.string(3), row.string(4)};
      });
}

Result<void> PostgresIdempotencyStore::keep(Transaction& transaction, std::string_view scope,
                                            std::string_view key, const KeptAnswer& answer,
                                            std::optional<Timestamp> kept_until) {
  Connection& connection = connection_of(transaction);
  const auto inserted =
      connection
          .use(
              "INSERT INTO rushline.idempotency "
              "(scope, key, fingerprint, status, content_type, location, body, kept_until) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
              scope, key, Blob{answer.fingerprint}, answer.status, answer.content_type,
              answer.location, Blob{answer.body}, kept_until)
          .run_counting();
  if (inserted.has_error()) return inserted.error();
  if (*inserted == 1) return {};
  // Another server was given the same request and is first by now. All of this is undone; the next
  // attempt finds the other's answer.
  connection.ask_for_rerun();
  return fail(Errc::unavailable,
              "Another request with this Idempotency-Key was answered meanwhile. Ask again.");
}

Result<std::int64_t> PostgresIdempotencyStore::forget_expired(Transaction& transaction,
                                                              std::int64_t count_max) {
  return connection_of(transaction)
      .use(
          "DELETE FROM rushline.idempotency WHERE ctid = ANY (ARRAY ("
          "SELECT ctid FROM rushline.idempotency WHERE kept_until <= $1 "
          "ORDER BY kept_until LIMIT $2))",
          transaction.now(), count_max)
      .run_counting();
}

}  // namespace rushline::postgres
