// When each request should be sent, and for whom: fixed before the run by rate and seed, whatever
// the server does. That is what makes the model open.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace rushline::load {

enum class Spacing : std::uint8_t {
  constant,  // every 1/rate seconds
  poisson,   // as independent shoppers arrive: exponential gaps with the same mean
};

// The intended send times. Not thread-safe.
class Schedule {
 public:
  // `rate` in requests per second, above 0.
  Schedule(double rate, std::chrono::nanoseconds duration, Spacing spacing, std::uint64_t seed);

  // Counted from the start of the run; never decreasing. Nothing when the duration is over.
  std::optional<std::chrono::nanoseconds> next();

 private:
  const double gap_ns_;       // constant: the mean
  const double duration_ns_;  // constant
  const Spacing spacing_;     // constant
  std::mt19937_64 random_;
  std::int64_t given_ = 0;
  double last_ns_ = 0;
};

// Who presses: every shopper once in a shuffled order, then all of them again in the same order.
// The same seed gives the same order on every machine.
class ShopperOrder {
 public:
  // At least one shopper.
  ShopperOrder(std::uint32_t shoppers, std::uint64_t seed);

  // 0 to shoppers - 1.
  std::uint32_t next();

 private:
  std::vector<std::uint32_t> order_;
  std::size_t position_ = 0;
};

}  // namespace rushline::load
