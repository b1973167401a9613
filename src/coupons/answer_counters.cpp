// Adds up a batch on the stack, so that it costs a few atomic additions however large it is.
#include "coupons/answer_counters.hpp"

namespace rushline::coupons {
namespace {

bool is_verdict(Outcome outcome) {
  return outcome == Outcome::issued || outcome == Outcome::already_issued ||
         outcome == Outcome::sold_out;
}

}  // namespace

void AnswerCounters::count(std::span<const Verdict> told, Monotonic now) {
  AnswerCounts batch;
  for (const auto& [ticket, answer] : told) {
    if (answer.error) {
      ++batch.failures;
      continue;
    }
    const Outcome outcome = answer.settled.outcome;
    ++batch.outcomes[static_cast<std::size_t>(outcome)];
    if (ticket.entered) batch.admit.record(*ticket.entered - ticket.arrived);
    if (!is_verdict(outcome)) continue;
    if (ticket.entered) batch.settle.record(now - *ticket.entered);
    batch.verdict.record(now - ticket.arrived);
  }
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    if (batch.outcomes[i] != 0) {
      outcomes_[i].fetch_add(batch.outcomes[i], std::memory_order_relaxed);
    }
  }
  if (batch.failures != 0) failures_.fetch_add(batch.failures, std::memory_order_relaxed);
  admit_.add(batch.admit);
  settle_.add(batch.settle);
  verdict_.add(batch.verdict);
}

AnswerCounts AnswerCounters::read() const {
  AnswerCounts counts;
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    counts.outcomes[i] = outcomes_[i].load(std::memory_order_relaxed);
  }
  counts.failures = failures_.load(std::memory_order_relaxed);
  counts.admit = admit_.read();
  counts.settle = settle_.read();
  counts.verdict = verdict_.read();
  return counts;
}

}  // namespace rushline::coupons
