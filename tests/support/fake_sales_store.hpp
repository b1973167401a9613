// The record of sales in memory, for tests of what stands on it.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "ranking/sales_store.hpp"

namespace rushline::tests {

inline ProductId product(std::string_view id) { return *ProductId::parse(id); }
inline PurchaseId purchase(std::string_view id) { return *PurchaseId::parse(id); }

// What sorts a list: higher first, equal scores in descending byte order of the id.
inline std::vector<ranking::Score> best_first(const std::map<ProductId, std::int64_t>& scores,
                                              std::int64_t count_max) {
  std::vector<ranking::Score> best;
  for (const auto& [id, score] : scores) {
    if (score > 0) best.push_back({id, score});
  }
  std::sort(best.begin(), best.end(), [](const ranking::Score& a, const ranking::Score& b) {
    return a.score != b.score ? a.score > b.score : a.product > b.product;
  });
  if (std::ssize(best) > count_max) {
    best.erase(best.begin() + static_cast<std::ptrdiff_t>(count_max), best.end());
  }
  return best;
}

// Needs no lock behind a FakeDatabase, which also undoes `state` when a unit fails.
class FakeSalesStore final : public ranking::SalesStore {
 public:
  struct StoredTotal {
    std::int64_t total = 0;
    ranking::Revision revision;
  };
  struct StoredPurchase {
    ranking::PurchaseLine line;
    bool deleted = false;
  };
  struct State {
    std::map<std::pair<Day, ProductId>, StoredTotal> totals;
    std::vector<ranking::OutboxRow> outbox;
    Timestamp written_at{};  // of every row in it
    bool is_away = false;    // record_state() fails
    ranking::RecordState record;
    std::map<std::pair<PurchaseId, ProductId>, StoredPurchase> purchases;
    std::map<ProductId, ranking::ProductLabel> labels;
  };
  // How often it was asked.
  struct Calls {
    int outbox = 0;
    int changes = 0;
    int pages = 0;
    int top = 0;
    int labels = 0;
  };

  State state;
  Calls calls;
  // From this revision on somebody else holds the record.
  std::optional<ranking::Revision> held_from;

  // Sold without a handler: a row in the outbox.
  void sell(std::string_view id, std::int64_t quantity, Day day) {
    state.outbox.push_back({product(id), quantity, day, "test"});
  }
  void name(std::string_view id, std::string_view label, std::int64_t price) {
    state.labels.insert_or_assign(
        product(id), ranking::ProductLabel{product(id), std::string(label), Money{price}});
    ++state.record.catalog_revision;
  }

  Result<void> append_outbox(Transaction&, std::span<const ranking::OutboxRow> rows) override {
    state.outbox.insert(state.outbox.end(), rows.begin(), rows.end());
    return {};
  }

  Result<ranking::TakenSales> take_outbox(Transaction&, std::int64_t count_max) override {
    std::map<std::pair<Day, ProductId>, std::int64_t> sums;
    const auto count = std::min(std::ssize(state.outbox), std::ptrdiff_t{count_max});
    const auto end = state.outbox.begin() + count;
    for (auto row = state.outbox.begin(); row != end; ++row) {
      sums[{row->day, row->product}] += row->score;
    }
    state.outbox.erase(state.outbox.begin(), end);
    ranking::TakenSales taken;
    for (const auto& [key, sum] : sums) taken.deltas.push_back({key.second, key.first, sum});
    taken.rows = count;
    taken.rows_left = std::ssize(state.outbox);
    if (count > 0) taken.oldest_at = state.written_at;
    return taken;
  }

  Result<void> add_totals(Transaction& transaction, ranking::Revision revision,
                          std::span<const ranking::DayDelta> deltas) override {
    for (const auto& delta : deltas) {
      StoredTotal& stored = state.totals[{delta.day, delta.product}];
      stored = {stored.total + delta.score, revision};
    }
    state.record.revision = revision;
    state.record.folded_at = transaction.now();
    return {};
  }

  Result<ranking::RecordState> lock_record(Transaction&) override {
    if (held_from && state.record.revision >= *held_from) return fail(Errc::timed_out, "Held.");
    return state.record;
  }
  Result<ranking::RecordState> record_state(Transaction&) override {
    if (state.is_away) return fail(Errc::unavailable, "Away.");
    return state.record;
  }

  Result<std::optional<ranking::OutboxHead>> outbox_head(Transaction&) override {
    ++calls.outbox;
    if (state.outbox.empty()) return std::optional<ranking::OutboxHead>();
    ranking::OutboxHead head;
    if (state.written_at != Timestamp{}) head.written_at = state.written_at;
    return std::optional(head);
  }

  Result<ranking::Changes> changes(Transaction&, const DayWindow& window, ranking::Revision after,
                                   ranking::Revision up_to, std::int64_t count_max) override {
    ++calls.changes;
    ranking::Changes changes{state.record, {}};
    for (const auto& [key, stored] : state.totals) {
      if (window.holds(key.first) && stored.revision > after && stored.revision <= up_to &&
          std::ssize(changes.totals) < count_max) {
        changes.totals.push_back({key.second, key.first, stored.total});
      }
    }
    return changes;
  }

  Result<std::vector<ranking::DayTotal>> totals_after(Transaction&, Day day,
                                                      const std::optional<ProductId>& after,
                                                      std::int64_t count_max) override {
    ++calls.pages;
    std::vector<ranking::DayTotal> page;
    for (const auto& [key, stored] : state.totals) {
      if (key.first != day || (after && key.second <= *after)) continue;
      if (std::ssize(page) == count_max) break;
      page.push_back({key.second, day, stored.total});
    }
    return page;
  }

  Result<std::vector<ranking::Score>> top(Transaction&, const DayWindow& window,
                                          std::int64_t count_max) override {
    ++calls.top;
    std::map<ProductId, std::int64_t> scores;
    for (const auto& [key, stored] : state.totals) {
      if (window.holds(key.first)) scores[key.second] += std::max<std::int64_t>(stored.total, 0);
    }
    return best_first(scores, count_max);
  }

  Result<std::int64_t> score(Transaction&, const DayWindow& window, const ProductId& id) override {
    std::int64_t score = 0;
    for (const auto& [key, stored] : state.totals) {
      if (window.holds(key.first) && key.second == id) {
        score += std::max<std::int64_t>(stored.total, 0);
      }
    }
    return score;
  }

  Result<std::vector<ranking::ProductLabel>> labels(Transaction&,
                                                    std::span<const ProductId> products) override {
    ++calls.labels;
    std::vector<ranking::ProductLabel> found;
    for (const ProductId& id : products) {
      if (const auto label = state.labels.find(id); label != state.labels.end()) {
        found.push_back(label->second);
      }
    }
    return found;
  }

  Result<std::vector<ranking::LineOutcome>> insert_purchases(
      Transaction&, std::span<const ranking::PurchaseLine> lines) override {
    std::vector<ranking::LineOutcome> outcomes;
    for (const ranking::PurchaseLine& line : lines) {
      const bool taken_back = std::ranges::any_of(state.purchases, [&](const auto& entry) {
        return entry.first.first == line.purchase_id && entry.second.deleted;
      });
      if (taken_back && !state.purchases.contains({line.purchase_id, line.product_id})) {
        outcomes.push_back(ranking::LineOutcome::conflict);
        continue;
      }
      const auto [stored, inserted] =
          state.purchases.try_emplace({line.purchase_id, line.product_id}, StoredPurchase{line});
      if (inserted) {
        outcomes.push_back(ranking::LineOutcome::accepted);
      } else if (stored->second.line.quantity == line.quantity) {
        outcomes.push_back(ranking::LineOutcome::duplicate);
      } else {
        outcomes.push_back(ranking::LineOutcome::conflict);
      }
    }
    return outcomes;
  }

  Result<std::optional<std::vector<ranking::PurchaseLine>>> delete_purchase(
      Transaction&, const PurchaseId& id) override {
    std::optional<std::vector<ranking::PurchaseLine>> lines;
    for (auto& [key, stored] : state.purchases) {
      if (key.first != id) continue;
      if (!lines) lines.emplace();
      if (!std::exchange(stored.deleted, true)) lines->push_back(stored.line);
    }
    return lines;
  }
};

}  // namespace rushline::tests
