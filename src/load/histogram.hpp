// Counts of latencies from which any percentile can be read, in constant memory.
//
// Log-linear: each power of two is cut into 128 equal steps, so that a value is known to 1/128 of
// itself (0.8 %) at worst, and exactly below 256 microseconds. Percentiles are given as the largest
// value of their step, so they never flatter; the maximum is exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rushline::load {

// In microseconds. Not thread-safe.
class Histogram {
 public:
  Histogram();

  // Negative values count as 0; values above about 12 days as that.
  void record(std::int64_t value_us);
  void add(const Histogram& other);
  void clear();

  std::int64_t count() const { return count_; }
  std::int64_t max() const { return max_; }
  std::int64_t min() const { return count_ == 0 ? 0 : min_; }
  double mean() const;

  // The smallest value (within the precision above) that `percent` of all values do not exceed;
  // 0 when empty. 0 <= percent <= 100.
  std::int64_t percentile(double percent) const;

  static constexpr std::int64_t value_max = (std::int64_t{1} << 40) - 1;

 private:
  static constexpr int step_bits = 7;  // 128 steps per power of two
  static std::size_t index_of(std::int64_t value);
  static std::int64_t last_of(std::size_t index);

  std::vector<std::int64_t> counts_;
  std::int64_t count_ = 0;
  std::int64_t max_ = 0;
  std::int64_t min_ = value_max;
  double sum_ = 0;
};

}  // namespace rushline::load
