// Keeps what it is told, by token and call by call.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "coupons/admission.hpp"

namespace rushline::tests {

// Safe to call from any thread.
class RecordingSink final : public coupons::AnswerSink {
 public:
  void tell(std::span<const coupons::Told> answers) override {
    const std::scoped_lock lock(mutex_);
    calls_.push_back(answers.size());
    for (const coupons::Told& told : answers) {
      order_.push_back(told.token);
      if (!answers_.emplace(told.token, told.answer).second) ++told_twice_;
    }
    told_.notify_all();
  }

  std::optional<coupons::Answer> answer(std::uint64_t token) const {
    const std::scoped_lock lock(mutex_);
    const auto at = answers_.find(token);
    return at == answers_.end() ? std::nullopt : std::optional(at->second);
  }

  // The number of answers in each call, and all tokens, in order.
  std::vector<std::size_t> calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }
  std::vector<std::uint64_t> order() const {
    const std::scoped_lock lock(mutex_);
    return order_;
  }
  int told_twice() const {
    const std::scoped_lock lock(mutex_);
    return told_twice_;
  }

  // True once `count` answers came; false when they did not within half a minute.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return told_.wait_for(lock, std::chrono::seconds{30}, [&] { return order_.size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable told_;
  std::map<std::uint64_t, coupons::Answer> answers_;  // guarded by mutex_
  std::vector<std::size_t> calls_;                    // guarded by mutex_
  std::vector<std::uint64_t> order_;                  // guarded by mutex_
  int told_twice_ = 0;                                // guarded by mutex_
};

}  // namespace rushline::tests
