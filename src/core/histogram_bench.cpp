// What recording costs: per request on a loop, per batch on a database thread.
#include "core/histogram.hpp"

#include <benchmark/benchmark.h>

namespace rushline {
namespace {

// Values over all buckets, without the cost of making them.
std::int64_t next_value(std::int64_t& state) {
  state = (state * 1'103'515'245 + 12'345) & 0xffffff;
  return state;
}

void the_value_alone(benchmark::State& state) {
  std::int64_t value = 1;
  for (auto _ : state) benchmark::DoNotOptimize(next_value(value));
}
BENCHMARK(the_value_alone);

void record_alone(benchmark::State& state) {
  DurationHistogram histogram;
  std::int64_t value = 1;
  for (auto _ : state) histogram.record_alone(next_value(value));
  benchmark::DoNotOptimize(histogram.read());
}
BENCHMARK(record_alone);

// As most requests are: all in the first bucket.
void record_alone_nothing(benchmark::State& state) {
  DurationHistogram histogram;
  for (auto _ : state) histogram.record_alone(std::int64_t{0});
  benchmark::DoNotOptimize(histogram.read());
}
BENCHMARK(record_alone_nothing);

void add_a_batch_of_64(benchmark::State& state) {
  static DurationHistogram histogram;
  std::int64_t value = 1;
  for (auto _ : state) {
    DurationTally batch;
    for (int i = 0; i < 64; ++i) batch.record(next_value(value));
    histogram.add(batch);
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(add_a_batch_of_64)->Threads(1)->Threads(2);

}  // namespace
}  // namespace rushline
