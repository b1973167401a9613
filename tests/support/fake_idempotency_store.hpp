// First answers in a map.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "core/idempotency_store.hpp"

namespace rushline::tests {

// Called by one thread at a time.
class FakeIdempotencyStore final : public IdempotencyStore {
 public:
  struct Kept {
    KeptAnswer answer;
    std::optional<Timestamp> until;
  };
  std::map<std::pair<std::string, std::string>, Kept> kept;  // by scope and key

  Result<std::optional<KeptAnswer>> find(Transaction&, std::string_view scope,
                                         std::string_view key) override {
    const auto at = kept.find({std::string(scope), std::string(key)});
    if (at == kept.end()) return std::optional<KeptAnswer>();
    return std::optional<KeptAnswer>(at->second.answer);
  }
  Result<void> keep(Transaction&, std::string_view scope, std::string_view key,
                    const KeptAnswer& answer, std::optional<Timestamp> kept_until) override {
    kept.insert_or_assign({std::string(scope), std::string(key)}, Kept{answer, kept_until});
    return {};
  }
  Result<std::int64_t> forget_expired(Transaction&, std::int64_t) override {
    return std::int64_t{0};
  }
};

}  // namespace rushline::tests
