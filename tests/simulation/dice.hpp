// The chance of a simulated world: the same seed throws the same.
#pragma once

#include <cstdint>
#include <random>

namespace rushline::tests {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  // 0 to `bound` - 1.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  std::int64_t from_to(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::size_t>(most - least) + 1));
  }
  bool one_in(std::size_t count) { return below(count) == 0; }

 private:
  std::mt19937_64 random_;
};

}  // namespace rushline::tests
