// What a raise and a read cost on the in-process board, by the size of the catalogue.
//
//   ninja embedded_bench && src/adapters/embedded/embedded_bench
//
// Goal: the columns of 10^3 and 10^7 products differ by no more than a fifth. `skewed`: sales
// follow a power law, as in a shop. `equal`: every product has the same score and is raised in
// turn, so that every comparison is a tie.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cmath>
#include <random>

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
    static_cast<void>(board.rebuild({0}, today, totals));
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

void raise(benchmark::State& state, Sales sales) {
  Market market(state.range(0), sales);
  std::vector<DayTotal> totals;
  std::int64_t revision = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    state.PauseTiming();
    market.prepare(totals);
    state.ResumeTiming();
    const auto pushed = market.board.push({{revision}, {revision + 1}, today, totals});
    if (!*pushed) state.SkipWithError("refused");
    ++revision;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(raises_per_push));
}

void read_top_100(benchmark::State& state, Sales sales) {
  Market market(state.range(0), sales);
  std::vector<DayTotal> totals;
  for (std::int64_t revision = 0; revision < 100; ++revision) {
    market.prepare(totals);
    static_cast<void>(market.board.push({{revision}, {revision + 1}, today, totals}));
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    benchmark::DoNotOptimize(market.board.top(3, 100));
  }
}

void by_size(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t count : {1'000, 100'000, 1'000'000, 10'000'000}) bench->Arg(count);
}

BENCHMARK_CAPTURE(raise, skewed, Sales::skewed)->Apply(by_size)->MinTime(0.3);
BENCHMARK_CAPTURE(raise, equal, Sales::equal)->Apply(by_size)->MinTime(0.3);
BENCHMARK_CAPTURE(read_top_100, skewed, Sales::skewed)->Apply(by_size)->MinTime(0.2);
BENCHMARK_CAPTURE(read_top_100, equal, Sales::equal)->Apply(by_size)->MinTime(0.2);

}  // namespace
}  // namespace rushline::embedded
