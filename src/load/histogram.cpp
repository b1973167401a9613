// The log-linear histogram; see histogram.hpp for its precision.
#include "load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/assert.hpp"

namespace rushline::load {
namespace {

constexpr int value_bits = 40;

}  // namespace

// Below 2 * 2^step_bits every value has a place of its own; above, each power of two has
// 2^step_bits places.
Histogram::Histogram()
    : counts_((static_cast<std::size_t>(value_bits - step_bits) + 1) << step_bits) {}

std::size_t Histogram::index_of(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  const int width = static_cast<int>(std::bit_width(bits));
  if (width <= step_bits + 1) return static_cast<std::size_t>(bits);
  const int shift = width - (step_bits + 1);
  return (static_cast<std::size_t>(shift) << step_bits) + static_cast<std::size_t>(bits >> shift);
}

std::int64_t Histogram::last_of(std::size_t index) {
  const auto places = std::size_t{1} << step_bits;
  if (index < 2 * places) return static_cast<std::int64_t>(index);
  const std::size_t shift = (index >> step_bits) - 1;
  const std::size_t step = index - (shift << step_bits);
  return static_cast<std::int64_t>(((step + 1) << shift) - 1);
}

void Histogram::record(std::int64_t value_us) {
  const std::int64_t value = std::clamp<std::int64_t>(value_us, 0, value_max);
  ++counts_[index_of(value)];
  ++count_;
  max_ = std::max(max_, value);
  min_ = std::min(min_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  min_ = std::min(min_, other.min_);
  sum_ += other.sum_;
}

void Histogram::clear() { *this = Histogram(); }

double Histogram::mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

std::int64_t Histogram::percentile(double percent) const {
  RUSHLINE_ASSERT(percent >= 0 && percent <= 100);
  if (count_ == 0) return 0;
  const auto wanted = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(percent / 100 * static_cast<double>(count_) - 1e-9)));
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(last_of(i), max_);
  }
  return max_;
}

}  // namespace rushline::load
