// First answers by idempotency key, in PostgreSQL.
#pragma once

#include "core/idempotency_store.hpp"

namespace rushline::postgres {

// Without state; safe to share between threads.
class PostgresIdempotencyStore final : public IdempotencyStore {
 public:
  Result<std::optional<KeptAnswer>> find(Transaction& transaction, std::string_view scope,
                                         std::string_view key) override;
  Result<void> keep(Transaction& transaction, std::string_view scope, std::string_view key,
                    const KeptAnswer& answer, std::optional<Timestamp> kept_until) override;
  Result<std::int64_t> forget_expired(Transaction& transaction, std::int64_t count_max) override;
};

}  // namespace rushline::postgres
