// Makes any handler ranking-relevant by wrapping it where it is wired.
//
//   auto complete = increases_product_ranking(recorder, CompleteOrder{orders});
//
// The handler's own code does not change. What it reports (RanksRaised) is written to the outbox in
// the handler's own transaction: the ranks rise if and only if that transaction commits.
#pragma once

#include <functional>
#include <utility>

#include "core/fail_point.hpp"
#include "core/shop_calendar.hpp"
#include "ranking/ranking_target.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::ranking {

// Writes outbox rows, and tells the fold after the commit that there is work.
// Safe to share between threads; must outlive the handlers that it is given to.
class SaleRecorder {
 public:
  SaleRecorder(SalesStore& store, const ShopCalendar& calendar, std::function<void()> wake_fold)
      : store_(store), calendar_(calendar), wake_fold_(std::move(wake_fold)) {}

  Day day_of(Timestamp time) const { return calendar_.day_of(time); }

  // In the transaction of the sale itself. No rows: nothing happens.
  Result<void> record(Transaction& transaction, std::span<const OutboxRow> rows) const;

  template <RanksRaised Raised>
  Result<void> record(Transaction& transaction, const Raised& raised) const {
    using Target = std::ranges::range_value_t<decltype(raised.ranking_targets())>;
    const Day day = day_of(raised.ranked_at());
    const std::string source = raised.ranking_source();
    std::vector<OutboxRow> rows;
    for (const Target& target : raised.ranking_targets()) {
      rows.push_back({target.product_id, target.quantity * ranking_weight<Target>(), day, source});
    }
    return record(transaction, std::span<const OutboxRow>(rows));
  }

 private:
  SalesStore& store_;                // constant
  const ShopCalendar& calendar_;     // constant
  std::function<void()> wake_fold_;  // constant
};

// A function object of the same signature: Result<RanksRaised>(Transaction&, Args...).
template <class Handler>
auto increases_product_ranking(const SaleRecorder& recorder, Handler handler) {
  return [&recorder, handler = std::move(handler)]<class... Args>(Transaction& transaction,
                                                                  Args&&... args) {
    auto raised = handler(transaction, std::forward<Args>(args)...);
    if (raised.has_value()) {
      if (auto recorded = recorder.record(transaction, *raised); recorded.has_error()) {
        raised = std::move(recorded).error();
      }
    }
    return raised;
  };
}

}  // namespace rushline::ranking
