// A ranking board that keeps every total and sorts them when asked: too slow to ship, too simple to
// be wrong. The model of the contract suite, and what tests of the follower look at.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "core/planted_bug.hpp"
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
  int fills = 0;
  int rebuilds = 0;
  std::function<void()> on_fill;     // called before a piece of a rebuild is taken
  std::function<void()> after_push;  // called when one was taken, before it is told
  std::size_t last_totals = 0;       // in the last push or rebuild

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
    const bool is_expected =
        where && (where->revision == push.expected || is_planted(PlantedBug::push_from_anywhere));
    if (!is_expected || push.today < where->today) return false;
    ++pushes;
    take(push.reached, push.today, push.totals);
    if (after_push) after_push();
    return true;
  }

  Result<std::unique_ptr<ranking::BoardRebuild>> begin_rebuild(
      const std::optional<ranking::BoardState>& replaced, Day today) override {
    if (down) return broken();
    std::unique_ptr<ranking::BoardRebuild> rebuild;
    if (rebuild_refusals > 0) {
      --rebuild_refusals;
    } else if (where == replaced) {
      where.reset();
      rebuild = std::make_unique<Rebuild>(*this, today);
    }
    return rebuild;
  }

  Result<ranking::Top> top(std::int32_t days, std::int64_t count_max) override {
    if (down || !where) return broken();
    return ranking::Top{*where, best_first(scores(days), count_max)};
  }

  Result<ranking::Standing> standing(std::int32_t days, const ProductId& id) override {
    if (down || !where) return broken();
    const auto all = best_first(scores(days), std::ssize(totals_));
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].product == id) {
        return ranking::Standing{static_cast<std::int64_t>(i) + 1, all[i].score};
      }
    }
    return ranking::Standing{};
  }

 private:
  class Rebuild final : public ranking::BoardRebuild {
   public:
    Rebuild(FakeRankingBoard& board, Day today) : board_(board), today_(today) {}

    Result<bool> fill(std::span<const ranking::DayTotal> totals) override {
      ++board_.fills;
      if (board_.on_fill) board_.on_fill();
      if (board_.down) return broken();
      totals_.insert(totals_.end(), totals.begin(), totals.end());
      return true;
    }
    Result<bool> correct(std::span<const ranking::DayTotal> totals) override {
      if (board_.down) return broken();
      totals_.insert(totals_.end(), totals.begin(), totals.end());
      return true;
    }
    Result<bool> finish(ranking::Revision reached) override {
      if (board_.down) return broken();
      if (board_.where) return false;
      ++board_.rebuilds;
      board_.totals_.clear();
      board_.take(reached, today_, totals_);
      return true;
    }

   private:
    FakeRankingBoard& board_;
    const Day today_;
    std::vector<ranking::DayTotal> totals_;
  };

  static Error broken() { return fail(Errc::unavailable, "The fake board is down."); }

  void take(ranking::Revision reached, Day today, std::span<const ranking::DayTotal> totals) {
    where = {reached, today};
    last_totals = totals.size();
    const DayWindow kept{today + 1, limits::ranking_window_days + 1};
    for (const ranking::DayTotal& total : totals) {
      std::int64_t& stored = totals_[{total.day, total.product}];
      stored = is_planted(PlantedBug::push_increments) ? stored + total.total : total.total;
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
