// A ranking board that keeps every total and sorts them when asked: too slow to ship, too simple to
// be wrong. The model of the contract suite, and what tests of the follower look at.
#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "core/limits.hpp"
#include "ranking/ranking_board.hpp"
#include "tests/support/fake_sales_store.hpp"

namespace rushline::tests {

// Used by one thread.
class FakeRankingBoard final : public ranking::RankingBoard {
 public:
  std::optional<ranking::BoardState> where;  // tests may move it, as another server would
  bool down = false;                         // every call fails
  int refusals = 0;                          // so many pushes are refused
  int rebuild_refusals = 0;                  // so many rebuilds are refused
  int pushes = 0;                            // that were not refused
  int rebuilds = 0;
  std::size_t last_totals = 0;  // in the last push or rebuild

  Result<std::optional<ranking::BoardState>> state() override {
    if (down) return broken();
    return where;
  }

  Result<bool> push(const ranking::Push& push) override {
    if (down) return broken();
    if (refusals > 0) {
      --refusals;
      return false;
    }
    if (!where || where->revision != push.expected || push.today < where->today) return false;
    ++pushes;
    take(push.reached, push.today, push.totals);
    return true;
  }

  Result<bool> rebuild(const std::optional<ranking::BoardState>& replaced,
                       ranking::Revision reached, Day today,
                       std::span<const ranking::DayTotal> totals) override {
    if (down) return broken();
    if (rebuild_refusals > 0) {
      --rebuild_refusals;
      return false;
    }
    if (where != replaced) return false;
    ++rebuilds;
    totals_.clear();
    take(reached, today, totals);
    return true;
  }

  Result<std::vector<ranking::Score>> top(std::int32_t days, std::int64_t count_max) override {
    if (down) return broken();
    return best_first(scores(days), count_max);
  }

  Result<ranking::Standing> standing(std::int32_t days, const ProductId& id) override {
    if (down) return broken();
    const auto all = best_first(scores(days), std::ssize(totals_));
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].product == id) {
        return ranking::Standing{static_cast<std::int64_t>(i) + 1, all[i].score};
      }
    }
    return ranking::Standing{};
  }

 private:
  static Error broken() { return fail(Errc::unavailable, "The fake board is down."); }

  void take(ranking::Revision reached, Day today, std::span<const ranking::DayTotal> totals) {
    where = {reached, today};
    last_totals = totals.size();
    const DayWindow kept{today + 1, limits::ranking_window_days + 1};
    for (const ranking::DayTotal& total : totals) {
      totals_[{total.day, total.product}] = total.total;
    }
    std::erase_if(totals_, [&](const auto& entry) { return !kept.holds(entry.first.first); });
  }

  std::map<ProductId, std::int64_t> scores(std::int32_t days) const {
    std::map<ProductId, std::int64_t> sums;
    if (!where) return sums;
    for (const auto& [key, total] : totals_) {
      if (DayWindow{where->today, days}.holds(key.first)) {
        sums[key.second] += std::max<std::int64_t>(total, 0);
      }
    }
    return sums;
  }

  std::map<std::pair<Day, ProductId>, std::int64_t> totals_;
};

}  // namespace rushline::tests
