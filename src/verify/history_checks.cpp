// Feeds every check with the part of the history that it is about.
#include "verify/history_checks.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "verify/drop_checks.hpp"
#include "verify/key_checks.hpp"
#include "verify/list_checks.hpp"
#include "verify/score_checks.hpp"
#include "verify/waiting_checks.hpp"

namespace rushline::verify {
namespace {

using coupons::Coupon;
using coupons::CouponEvent;

std::int64_t end_of(const History& history) {
  std::int64_t end_us = always_us;
  const auto see = [&end_us](const auto& operations) {
    for (const auto& operation : operations) {
      end_us = std::max(end_us, operation.when.complete_us.value_or(operation.when.invoke_us));
    }
  };
  see(history.presses);
  see(history.changes);
  see(history.orders);
  see(history.sales);
  see(history.list_reads);
  return end_us;
}

void append(std::vector<Check>& checks, std::vector<Check> more) {
  std::move(more.begin(), more.end(), std::back_inserter(checks));
}

bool uses_keys(const History& history) {
  return !history.orders.empty() ||
         std::any_of(history.presses.begin(), history.presses.end(),
                     [](const Press& press) { return !press.key.empty(); });
}

// Every day on which the history sold something, with all its totals.
Result<std::vector<StoredScores>> read_scores(Transaction& transaction, Records& records,
                                              const History& history) {
  std::map<Day, std::map<ProductId, std::int64_t>> totals;
  for (const Sale& sale : history.sales) totals[sale.day];
  const auto add = [&totals](const ProductId& product, Day day, std::int64_t score) {
    if (const auto at = totals.find(day); at != totals.end()) at->second[product] += score;
  };
  Result<void> done = records.daily_totals(
      transaction, [&](const ranking::DayTotal& row) { add(row.product, row.day, row.total); });
  if (done.has_error()) return done.error();
  done = records.outbox(
      transaction, [&](const ranking::DayDelta& row) { add(row.product, row.day, row.score); });
  if (done.has_error()) return done.error();
  std::vector<StoredScores> scores;
  for (const auto& [day, products] : totals) {
    StoredScores stored{.first = day, .last = day, .entries = {}};
    for (const auto& [product, score] : products) stored.entries.push_back({product, score});
    scores.push_back(std::move(stored));
  }
  return scores;
}

}  // namespace

std::vector<Check> check_history(const History& history, const AtRest& rest,
                                 const HistoryBounds& bounds) {
  std::vector<Check> checks;
  if (!history.presses.empty() || !history.changes.empty()) {
    DropBounds drop_bounds{.raise_delay_us = bounds.raise_delay.count(),
                           .clock_error_us = {},
                           .faults = history.faults};
    if (bounds.clock_error) drop_bounds.clock_error_us = bounds.clock_error->count();
    const WaitingBounds waiting_bounds{.decided_within_us = bounds.decided_within.count(),
                                       .decided_after_fault_us = bounds.decided_after_fault.count(),
                                       .raise_delay_us = bounds.raise_delay.count(),
                                       .line_length_max = bounds.line_length_max};
    DropChecks told;
    WaitingChecks waiting(history.faults, waiting_bounds, rest.at_us.value_or(end_of(history)));
    for (const Drop& drop : join_drops(history, rest, drop_bounds)) {
      told.see(drop);
      waiting.see(drop);
    }
    append(checks, told.finish());
    append(checks, waiting.finish());
  }
  if (uses_keys(history)) checks.push_back(check_keys(history, rest));
  if (!rest.scores.empty()) checks.push_back(check_scores(history, rest));
  if (!history.list_reads.empty()) checks.push_back(check_lists(history.list_reads));
  return checks;
}

Result<AtRest> read_at_rest(Transaction& transaction, Records& records, const History& history) {
  std::unordered_set<CouponEventId> named;
  for (const Press& press : history.presses) named.insert(press.event);
  for (const EventChange& change : history.changes) named.insert(change.event);

  Result<std::vector<CouponEvent>> events = records.events(transaction);
  if (events.has_error()) return events.error();
  AtRest rest;
  std::unordered_map<CouponEventId, std::size_t> index;
  for (CouponEvent& event : *events) {
    if (!named.contains(event.id)) continue;
    index.emplace(event.id, rest.events.size());
    rest.events.push_back({.event = std::move(event), .coupons = {}});
  }
  Result<void> done = records.coupons(transaction, [&](const Coupon& coupon) {
    if (const auto at = index.find(coupon.event); at != index.end()) {
      rest.events[at->second].coupons.push_back(coupon);
    }
  });
  if (done.has_error()) return done.error();
  if (!history.sales.empty()) {
    Result<std::vector<StoredScores>> scores = read_scores(transaction, records, history);
    if (scores.has_error()) return scores.error();
    rest.scores = std::move(*scores);
  }
  return rest;
}

}  // namespace rushline::verify
