// Units of work that met a row which somebody else holds: they wait here for another try, so that
// a held row keeps one thread busy instead of all of them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "core/database.hpp"
#include "core/time.hpp"

namespace rushline::postgres {

struct StuckUnit {
  std::unique_ptr<UnitOfWork> unit;
  Monotonic give_up_at;  // then it is told what it met
};

// Safe to call from any thread.
class StuckUnits {
 public:
  explicit StuckUnits(std::size_t units_max) : units_max_(units_max) {}

  // False when it is full or stopped: `stuck` is left as it is.
  bool add(StuckUnit& stuck);

  // The one that waits longest; blocks until there is one. Nothing once stopped and empty.
  std::optional<StuckUnit> take();

  // Of those that wait.
  std::size_t size() const;

  // From here on add() refuses; what waits can still be taken. May be repeated.
  void stop();

 private:
  const std::size_t units_max_;  // constant
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<StuckUnit> waiting_;  // guarded by mutex_
  bool stopping_ = false;          // guarded by mutex_
};

}  // namespace rushline::postgres
