// The bounded line of units of work in front of a database thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "core/database.hpp"

namespace rushline {

// Every unit that comes in is told exactly once: by whoever took it, or here, with
// Errc::overloaded or Errc::shutting_down. Safe to call from any thread.
class UnitQueue {
 public:
  explicit UnitQueue(std::size_t units_max) : units_max_(units_max) {}
  // Whatever was never taken is told Errc::shutting_down.
  ~UnitQueue();
  UnitQueue(const UnitQueue&) = delete;
  UnitQueue& operator=(const UnitQueue&) = delete;

  // Never blocks. A refused unit is told at once, on this thread.
  void submit(std::unique_ptr<UnitOfWork> unit);

  // Fills the empty `units` with the oldest that wait, at most `count_max`; blocks until there is
  // one. False when the queue is stopped and empty.
  bool take(std::vector<std::unique_ptr<UnitOfWork>>& units, std::size_t count_max);

  // From here on submit() refuses; what waits can still be taken. May be repeated.
  void stop();

 private:
  const std::size_t units_max_;  // constant
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<UnitOfWork>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                            // guarded by mutex_
};

}  // namespace rushline
