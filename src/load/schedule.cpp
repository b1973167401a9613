// Intended send times and the order of the shoppers; see schedule.hpp.
#include "load/schedule.hpp"

#include <cmath>
#include <utility>

#include "core/assert.hpp"

namespace rushline::load {
namespace {

// A number in (0, 1], the same on every machine (std::uniform_real_distribution is not).
double unit_interval(std::mt19937_64& random) {
  return (static_cast<double>(random() >> 11) + 1) * 0x1.0p-53;
}

}  // namespace

Schedule::Schedule(double rate, std::chrono::nanoseconds duration, Spacing spacing,
                   std::uint64_t seed)
    : gap_ns_(1e9 / rate),
      duration_ns_(static_cast<double>(duration.count())),
      spacing_(spacing),
      random_(seed) {
  RUSHLINE_ASSERT(rate > 0);
}

std::optional<std::chrono::nanoseconds> Schedule::next() {
  double at_ns = 0;
  if (spacing_ == Spacing::constant) {
    at_ns = gap_ns_ * static_cast<double>(given_);
  } else {
    at_ns = last_ns_ - gap_ns_ * std::log(unit_interval(random_));
  }
  if (at_ns >= duration_ns_) return std::nullopt;
  last_ns_ = at_ns;
  ++given_;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(at_ns));
}

ShopperOrder::ShopperOrder(std::uint32_t shoppers, std::uint64_t seed) : order_(shoppers) {
  RUSHLINE_ASSERT(shoppers > 0);
  for (std::uint32_t i = 0; i < shoppers; ++i) order_[i] = i;
  std::mt19937_64 random(seed);
  for (std::uint32_t i = shoppers - 1; i > 0; --i) {
    std::swap(order_[i], order_[random() % (std::uint64_t{i} + 1)]);
  }
}

std::uint32_t ShopperOrder::next() {
  const std::uint32_t shopper = order_[position_];
  position_ = position_ + 1 == order_.size() ? 0 : position_ + 1;
  return shopper;
}

}  // namespace rushline::load
