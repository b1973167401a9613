// First answers, kept by idempotency key (port).
//
// Written in the transaction of the effect itself, so that a key and what it did are one commit.
// Implemented by the database adapters; contract: tests/contract/idempotency_store_contract.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/database.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace rushline {

struct KeptAnswer {
  std::string fingerprint;  // of method, path and body; another one under the same key is an error
  int status = 0;
  std::string content_type;
  std::string location;  // empty = none
  std::string body;
};

// Called inside a unit of work. Errc::unavailable when the database fails.
class IdempotencyStore {
 public:
  virtual ~IdempotencyStore() = default;

  virtual Result<std::optional<KeptAnswer>> find(Transaction& transaction, std::string_view scope,
                                                 std::string_view key) = 0;

  // Nothing for `kept_until` keeps it for ever. The key must not be there yet.
  virtual Result<void> keep(Transaction& transaction, std::string_view scope, std::string_view key,
                            const KeptAnswer& answer, std::optional<Timestamp> kept_until) = 0;

  // Forgets at most `count_max` answers whose time is over; how many it were.
  virtual Result<std::int64_t> forget_expired(Transaction& transaction, std::int64_t count_max) = 0;
};

}  // namespace rushline
