// The requests that are settled together, and who waits for their answers.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/limits.hpp"
#include "core/time.hpp"

namespace rushline::coupons {

class AnswerSink;

// Who is to be told.
struct Ticket {
  AnswerSink* sink = nullptr;
  std::uint64_t token = 0;
  bool wants_place = false;  // told as soon as it has one (Until::place)
  bool is_in_line = false;   // goes, or went, through the line since `entered`
  Monotonic arrived{};
  // When it got its place in line, or went to the database with its batch; the last time, of one
  // who entered again.
  std::optional<Monotonic> entered = std::nullopt;
};

// In the order of arrival; `users[i]` came with `tickets[i]`. At most limits::settle_batch_max.
struct ArrivalBatch {
  std::vector<UserId> users;
  std::vector<Ticket> tickets;
};

// Batches that were used before, so that arrivals find their memory ready. Safe to call from any
// thread.
class SpareBatches {
 public:
  std::unique_ptr<ArrivalBatch> take() {
    const std::scoped_lock lock(mutex_);
    if (spare_.empty()) return std::make_unique<ArrivalBatch>();
    auto batch = std::move(spare_.back());
    spare_.pop_back();
    return batch;
  }

  void give_back(std::unique_ptr<ArrivalBatch> batch) {
    batch->users.clear();
    batch->tickets.clear();
    const std::scoped_lock lock(mutex_);
    if (spare_.size() < limits::spare_batches_max) spare_.push_back(std::move(batch));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<ArrivalBatch>> spare_;  // guarded by mutex_
};

}  // namespace rushline::coupons
