// What a raise and a read cost on the in-process board, by the size of the catalogue.
//
//   ninja embedded_bench && src/adapters/embedded/embedded_bench
//
// Goal: the columns of 10^3 and 10^7 products differ by no more than a fifth. `skewed`: sales
// follow a power law, as in a shop. `equal`: every product has the same score and is raised in
// turn, so that every comparison is a tie.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <utility>

#include "adapters/embedded/in_process_ranking_board.hpp"

namespace rushline::embedded {
namespace {

using ranking::DayTotal;

constexpr Day today{20'455};
constexpr std::size_t raises_per_push = 1'000;

ProductId product(std::int64_t number) {
  return *ProductId::parse(fmt::format("product-{}", number));
}

enum class Sales { skewed, equal };

// A board full of products, and pushes that raise some of them.
class Market {
 public:
  Market(std::int64_t count, Sales sales) : count_(count), sales_(sales), scores_(size(), 1) {
    std::vector<DayTotal> totals;
    totals.reserve(size());
    for (std::int64_t i = 0; i < count; ++i) totals.push_back({product(i), today, 1});
    static_cast<void>(board.rebuild(std::nullopt, {0}, today, totals));
    std::shuffle(totals.begin(), totals.end(), random_);
    for (const DayTotal& total : totals) in_turn_.push_back(total.product);
  }

  // The same pushes again and again would fit into the caches, so they are made anew.
  void prepare(std::vector<DayTotal>& totals) {
    totals.clear();
    for (std::size_t i = 0; i < raises_per_push; ++i) {
      if (sales_ == Sales::equal) {
        if (turn_ == in_turn_.size()) turn_ = 0;
        if (turn_ == 0) ++round_;
        totals.push_back({in_turn_[turn_++], today, round_});
      } else {
        const auto which = static_cast<std::size_t>(
            std::pow(std::uniform_real_distribution<>(0, 1)(random_), 3.0) *
            static_cast<double>(count_ - 1));
        totals.push_back({in_turn_[which], today, ++scores_[which]});
      }
    }
  }

  InProcessRankingBoard board;

 private:
  std::size_t size() const { return static_cast<std::size_t>(count_); }

  std::int64_t count_;
  Sales sales_;
  std::mt19937_64 random_{1};
  std::vector<ProductId> in_turn_;
  std::vector<std::int64_t> scores_;
  std::size_t turn_ = 0;
  std::int64_t round_ = 1;
};

// The one that the last benchmark used, if it was the same: filling a large board takes seconds.
Market& market_of(std::int64_t count, Sales sales) {
  static std::unique_ptr<Market> market;
  static std::pair<std::int64_t, Sales> made_for;
  if (!market || made_for != std::pair(count, sales)) {
    market.reset();
    market = std::make_unique<Market>(count, sales);
    made_for = {count, sales};
  }
  return *market;
}

void raise(benchmark::State& state, Sales sales) {
  Market& market = market_of(state.range(0), sales);
  std::vector<DayTotal> totals;
  for (auto unused : state) {
    static_cast<void>(unused);
    state.PauseTiming();
    market.prepare(totals);
    const std::int64_t revision = (*market.board.state())->revision.value;
    state.ResumeTiming();
    const auto pushed = market.board.push({{revision}, {revision + 1}, today, totals});
    if (!*pushed) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(raises_per_push));
}

void read_top_100(benchmark::State& state, Sales sales) {
  Market& market = market_of(state.range(0), sales);
  for (auto unused : state) {
    static_cast<void>(unused);
    benchmark::DoNotOptimize(market.board.top(3, 100));
  }
}

// Size by size, so that each board is filled once.
const bool registered = [] {
  for (const auto& [name, sales] : {std::pair("skewed", Sales::skewed), {"equal", Sales::equal}}) {
    for (const std::int64_t count : {1'000, 100'000, 1'000'000, 10'000'000}) {
      const auto of_sales = [sales = sales](auto function) {
        return [sales, function](benchmark::State& state) { function(state, sales); };
      };
      benchmark::RegisterBenchmark(fmt::format("raise/{}", name).c_str(), of_sales(raise))
          ->Arg(count)
          ->Iterations(500);
      benchmark::RegisterBenchmark(fmt::format("read_top_100/{}", name).c_str(),
                                   of_sales(read_top_100))
          ->Arg(count)
          ->Iterations(20'000);
    }
  }
  return true;
}();

}  // namespace
}  // namespace rushline::embedded
