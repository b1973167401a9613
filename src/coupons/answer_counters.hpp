// Counts what requests are told, and how long each stage of their way took.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "coupons/admission.hpp"
#include "coupons/arrival_batch.hpp"
#include "coupons/line_samples.hpp"

namespace rushline::coupons {

// One who is told now.
struct Verdict {
  Ticket ticket;
  Answer answer;
};

// Safe to call from any thread.
class AnswerCounters {
 public:
  // `known_at`: when this server knew what they are told now.
  void count(std::span<const Verdict> told, Monotonic known_at, Monotonic now);
  // Places of the line are settled; those that nobody waits for have their verdict by that.
  void count_settled(std::span<const LineSample> settled, Monotonic now);
  // Told a place after waiting in vain: no verdict is that late without being counted.
  void count_given_up(std::span<const Verdict> told, Monotonic now);
  AnswerCounts read() const;

 private:
  std::array<std::atomic<std::int64_t>, outcome_count> outcomes_{};
  std::atomic<std::int64_t> failures_ = 0;
  DurationHistogram admit_;
  DurationHistogram settle_;
  DurationHistogram tell_;
  DurationHistogram verdict_;
};

}  // namespace rushline::coupons
