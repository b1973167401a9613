// Adds up a batch on the stack, so that it costs a few atomic additions however large it is.
#include "coupons/answer_counters.hpp"

#include <algorithm>
#include <chrono>

namespace rushline::coupons {
namespace {

bool is_verdict(Outcome outcome) {
  return outcome == Outcome::issued || outcome == Outcome::already_issued ||
         outcome == Outcome::sold_out;
}

// The same duration `count` times.
void record(DurationTally& tally, std::chrono::nanoseconds duration, std::int64_t count) {
  const auto microseconds = std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  tally.counts[DurationTally::index_of(microseconds)] += count;
  tally.sum += microseconds * count;
}

}  // namespace

void AnswerCounters::count(std::span<const Verdict> told, Monotonic known_at, Monotonic now) {
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
    // The places of a line are counted when they are settled.
    if (ticket.entered && !ticket.is_in_line) batch.settle.record(known_at - *ticket.entered);
    batch.tell.record(now - known_at);
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
  tell_.add(batch.tell);
  verdict_.add(batch.verdict);
}

void AnswerCounters::count_settled(std::span<const LineSample> settled, Monotonic now) {
  if (settled.empty()) return;
  AnswerCounts batch;
  for (const LineSample& sample : settled) {
    record(batch.settle, now - sample.given, sample.places);
    record(batch.verdict, now - sample.arrived, sample.unwatched);
  }
  settle_.add(batch.settle);
  verdict_.add(batch.verdict);
}

void AnswerCounters::count_given_up(std::span<const Verdict> told, Monotonic now) {
  AnswerCounts batch;
  for (const Verdict& one : told) batch.verdict.record(now - one.ticket.arrived);
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
  counts.tell = tell_.read();
  counts.verdict = verdict_.read();
  return counts;
}

}  // namespace rushline::coupons
