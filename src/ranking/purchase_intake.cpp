// Bulk purchases: stored once by their ids, and into the outbox in the same transaction.
#include "ranking/purchase_intake.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "core/planted_bug.hpp"

namespace rushline::ranking {
namespace {

std::string source_of(const PurchaseId& purchase) {
  return fmt::format("purchase:{}", purchase.view());
}

Result<void> check(const std::vector<Purchase>& purchases) {
  if (purchases.empty() || purchases.size() > limits::purchases_per_request_max) {
    return invalid_field(
        "purchases", fmt::format("must be 1 to {} purchases", limits::purchases_per_request_max));
  }
  for (std::size_t i = 0; i < purchases.size(); ++i) {
    const std::int64_t quantity = purchases[i].quantity;
    if (quantity < 1 || quantity > limits::line_quantity_max) {
      return invalid_field(fmt::format("purchases[{}].quantity", i),
                           fmt::format("must be 1 to {}", limits::line_quantity_max));
    }
  }
  return {};
}

Error conflict_at(std::size_t index, const Purchase& purchase) {
  Error error = fail(
      Errc::purchase_conflict,
      fmt::format("purchase {} was taken before with another quantity of product {}, or was taken "
                  "back without it; nothing of this request was taken",
                  purchase.purchase_id.view(), purchase.product_id.view()));
  error.fields.push_back({fmt::format("purchases[{}].quantity", index),
                          "differs from what was taken under this purchase_id and product_id"});
  return error;
}

}  // namespace

Result<Intake> PurchaseIntake::take(Transaction& transaction,
                                    const std::vector<Purchase>& purchases) {
  if (auto checked = check(purchases); checked.has_error()) return checked.error();
  const Day today = recorder_.day_of(transaction.now());
  std::vector<PurchaseLine> lines;
  lines.reserve(purchases.size());
  for (const Purchase& purchase : purchases) {
    const Day day = purchase.occurred_at ? recorder_.day_of(*purchase.occurred_at) : today;
    lines.push_back({purchase.purchase_id, purchase.product_id, purchase.quantity, day});
  }
  const auto outcomes = store_.insert_purchases(transaction, lines);
  if (outcomes.has_error()) return outcomes.error();
  RUSHLINE_ASSERT(outcomes->size() == lines.size());

  Intake intake;
  std::vector<OutboxRow> rows;
  rows.reserve(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    switch ((*outcomes)[i]) {
      case LineOutcome::conflict:
        return conflict_at(i, purchases[i]);
      case LineOutcome::duplicate:
        ++intake.duplicates;
        if (!is_planted(PlantedBug::count_duplicates)) break;
        [[fallthrough]];
      case LineOutcome::accepted:
        ++intake.accepted;
        rows.push_back({lines[i].product_id, lines[i].quantity, lines[i].day,
                        source_of(lines[i].purchase_id)});
        break;
    }
  }
  const auto recorded = recorder_.record(transaction, std::span<const OutboxRow>(rows));
  if (recorded.has_error()) return recorded.error();
  return intake;
}

Result<void> PurchaseIntake::take_back(Transaction& transaction, const PurchaseId& purchase) {
  const auto lines = store_.delete_purchase(transaction, purchase);
  if (lines.has_error()) return lines.error();
  if (!lines->has_value()) {
    return fail(Errc::not_found, fmt::format("there is no purchase {}", purchase.view()));
  }
  std::vector<OutboxRow> rows;
  for (const PurchaseLine& line : **lines) {
    rows.push_back({line.product_id, -line.quantity, line.day, source_of(purchase)});
  }
  return recorder_.record(transaction, std::span<const OutboxRow>(rows));
}

}  // namespace rushline::ranking
