// Takes the purchases of a shop's own order system, in bulk and at most once each.
//
// Each call runs inside a unit of work. Stateless but for its ports; safe to share between threads.
#pragma once

#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "ranking/increases_product_ranking.hpp"

namespace rushline::ranking {

struct Purchase {
  PurchaseId purchase_id;
  ProductId product_id;
  std::int64_t quantity = 0;
  std::optional<Timestamp> occurred_at;  // nothing = now
};

struct Intake {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
};

class PurchaseIntake {
 public:
  PurchaseIntake(SalesStore& store, const SaleRecorder& recorder)
      : store_(store), recorder_(recorder) {}

  // All or nothing. Errc::purchase_conflict names the line that was seen with another quantity.
  Result<Intake> take(Transaction& transaction, const std::vector<Purchase>& purchases);

  // Takes all lines of the purchase back, from the days on which they counted; repeating is
  // harmless. Errc::not_found.
  Result<void> take_back(Transaction& transaction, const PurchaseId& purchase);

 private:
  SalesStore& store_;             // constant
  const SaleRecorder& recorder_;  // constant
};

}  // namespace rushline::ranking
