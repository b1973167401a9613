// How often a value fell between fixed bounds: what a metric of durations or sizes is made of.
//
// Recording is a few instructions and never locks: a thread that has a histogram for itself writes
// without an atomic operation, others add a whole batch (a Tally) at once. Whoever looks gets each
// number right and all together a blur of a moment.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rushline {

using HistogramBounds = std::array<std::int64_t, 16>;

// In microseconds: from 0.1 ms to 10 s. 2 s is the promise L1.
inline constexpr HistogramBounds duration_bounds = {
    100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
    50'000, 100'000, 250'000, 500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000};
// How many there were in a batch.
inline constexpr HistogramBounds size_bounds = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1'024, 2'048, 4'096, 8'192, 16'384, 32'768};

// Plain numbers: what was read of a histogram, or what a batch brings to it. `counts[i]` are values
// of at most `bounds[i]` and above the bound before it; the last one counts what is above them all.
template <const HistogramBounds& bounds>
struct Tally {
  std::array<std::int64_t, bounds.size() + 1> counts{};
  std::int64_t sum = 0;

  // Halves without a branch: which bucket comes next cannot be guessed.
  static std::size_t index_of(std::int64_t value) {
    static_assert(bounds.size() == 16);
    std::size_t index = 0;
    for (std::size_t step = 8; step > 0; step /= 2) {
      index += bounds[index + step - 1] < value ? step : 0;
    }
    return index + (bounds[index] < value ? 1 : 0);
  }

  // Negative values, of a clock that was set back, count as 0.
  void record(std::int64_t value) {
    const std::int64_t kept = std::max<std::int64_t>(value, 0);
    ++counts[index_of(kept)];
    sum += kept;
  }
  void record(std::chrono::nanoseconds duration) {
    record(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  }
  void add(const Tally& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    sum += other.sum;
  }
  std::int64_t count() const {
    std::int64_t all = 0;
    for (const std::int64_t count : counts) all += count;
    return all;
  }
};

using DurationTally = Tally<duration_bounds>;
using SizeTally = Tally<size_bounds>;

// On cache lines of its own. Either one thread calls record_alone(), or any threads add().
template <const HistogramBounds& bounds>
class alignas(64) Histogram {
 public:
  // Cheaper than add(): nobody else writes.
  void record_alone(std::int64_t value) {
    const std::int64_t kept = std::max<std::int64_t>(value, 0);
    raise(counts_[Tally<bounds>::index_of(kept)], 1);
    raise(sum_, kept);
  }
  void record_alone(std::chrono::nanoseconds duration) {
    record_alone(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  }

  void add(const Tally<bounds>& tally) {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (tally.counts[i] != 0) counts_[i].fetch_add(tally.counts[i], std::memory_order_relaxed);
    }
    if (tally.sum != 0) sum_.fetch_add(tally.sum, std::memory_order_relaxed);
  }
  template <class Value>
  void record(Value value) {
    Tally<bounds> one;
    one.record(value);
    add(one);
  }

  Tally<bounds> read() const {
    Tally<bounds> seen;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen.counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    seen.sum = sum_.load(std::memory_order_relaxed);
    return seen;
  }

 private:
  using Count = std::atomic<std::int64_t>;

  static void raise(Count& count, std::int64_t more) {
    count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }

  std::array<Count, bounds.size() + 1> counts_{};
  Count sum_ = 0;
};

using DurationHistogram = Histogram<duration_bounds>;
using SizeHistogram = Histogram<size_bounds>;

}  // namespace rushline
