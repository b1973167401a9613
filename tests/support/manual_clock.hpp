// A clock that stands still until a test moves it.
#pragma once

#include <atomic>

#include "core/time.hpp"

namespace rushline::tests {

// Safe to call from any thread. Both clocks move together; only the wall clock jumps.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = Timestamp{std::chrono::seconds{1'700'000'000}})
      : start_(start) {}

  Timestamp now() const override {
    return start_ + std::chrono::microseconds{passed_us_.load() + jumped_us_.load()};
  }
  Monotonic monotonic() const override {
    return Monotonic{std::chrono::hours{1} + std::chrono::microseconds{passed_us_.load()}};
  }

  void advance(std::chrono::microseconds time) { passed_us_ += time.count(); }
  void jump(std::chrono::microseconds time) { jumped_us_ += time.count(); }

 private:
  const Timestamp start_;
  std::atomic<std::int64_t> passed_us_ = 0;
  std::atomic<std::int64_t> jumped_us_ = 0;
};

}  // namespace rushline::tests
