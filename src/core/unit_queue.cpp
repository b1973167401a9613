// Taking units in and handing them out in order; refusals are told outside the lock.
#include "core/unit_queue.hpp"

#include <algorithm>
#include <optional>

#include "core/assert.hpp"

namespace rushline {
namespace {

Error stopped() { return fail(Errc::shutting_down, "The server is stopping. Ask again later."); }

}  // namespace

UnitQueue::~UnitQueue() {
  for (const auto& unit : waiting_) unit->done(stopped());
}

void UnitQueue::submit(std::unique_ptr<UnitOfWork> unit) {
  std::optional<Error> refusal;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = stopped();
    } else if (waiting_.size() >= units_max_) {
      refusal = fail(Errc::overloaded, "Too much work waits for the database. Ask again later.");
    } else {
      waiting_.push_back(std::move(unit));
    }
  }
  if (refusal) {
    unit->done(std::move(*refusal));
  } else {
    changed_.notify_one();
  }
}

bool UnitQueue::take(std::vector<std::unique_ptr<UnitOfWork>>& units, std::size_t count_max) {
  RUSHLINE_ASSERT(units.empty() && count_max > 0);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  const std::size_t count = std::min(count_max, waiting_.size());
  units.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    units.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return count > 0;
}

void UnitQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

}  // namespace rushline
