// Counts what requests are told, and how long each stage of their way took.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "coupons/admission.hpp"
#include "coupons/arrival_batch.hpp"

namespace rushline::coupons {

// One who is told now.
struct Verdict {
  Ticket ticket;
  Answer answer;
};

// Safe to call from any thread.
class AnswerCounters {
 public:
  void count(std::span<const Verdict> told, Monotonic now);
  AnswerCounts read() const;

 private:
  std::array<std::atomic<std::int64_t>, outcome_count> outcomes_{};
  std::atomic<std::int64_t> failures_ = 0;
  DurationHistogram admit_;
  DurationHistogram settle_;
  DurationHistogram verdict_;
};

}  // namespace rushline::coupons
