// A bounded line with one reader.
#include "adapters/postgres/stuck_units.hpp"

#include <utility>

namespace rushline::postgres {

bool StuckUnits::add(StuckUnit& stuck) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || waiting_.size() >= units_max_) return false;
    waiting_.push_back(std::move(stuck));
  }
  changed_.notify_one();
  return true;
}

std::optional<StuckUnit> StuckUnits::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  if (waiting_.empty()) return std::nullopt;
  std::optional<StuckUnit> taken(std::move(waiting_.front()));
  waiting_.pop_front();
  return taken;
}

std::size_t StuckUnits::size() const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

void StuckUnits::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

}  // namespace rushline::postgres
