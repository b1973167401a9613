// Making desks, and forgetting them when there are too many.
#include "coupons/desk_table.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/limits.hpp"

namespace rushline::coupons {

std::shared_ptr<EventDesk> DeskTable::open(CouponEventId event, Monotonic now) {
  const std::scoped_lock lock(mutex_);
  if (const auto at = desks_.find(event.value); at != desks_.end()) return at->second;
  if (desks_.size() >= desks_max_) {
    // Several at once, so that the search for the oldest is not needed for every newcomer.
    forget_idle(Monotonic::max(), desks_max_ / 8 + 1);
    if (desks_.size() >= desks_max_) return nullptr;
  }
  auto desk = std::make_shared<EventDesk>(event, now);
  desks_.emplace(event.value, desk);
  return desk;
}

void DeskTable::close_if_idle(const std::shared_ptr<EventDesk>& desk) {
  const std::scoped_lock lock(mutex_);
  if (!desk->retire_if_idle()) return;
  give_back_holders(static_cast<std::size_t>(desk->memory.holders_through()));
  desks_.erase(desk->event.value);
}

std::size_t DeskTable::reserve_holders(std::size_t count, Monotonic now) {
  if (const std::size_t granted = grant(count); granted > 0) return granted;
  {
    const std::scoped_lock lock(mutex_);
    if (now < next_sweep_) return 0;
    next_sweep_ = now + std::chrono::seconds{1};
    forget_idle(now - limits::desk_idle_time, desks_.size());
  }
  return grant(count);
}

std::size_t DeskTable::grant(std::size_t count) {
  std::size_t held = holders_.load();
  std::size_t granted = 0;
  do {
    granted = std::min(count, holders_max_ - held);
  } while (!holders_.compare_exchange_weak(held, held + granted));
  return granted;
}

void DeskTable::give_back_holders(std::size_t count) { holders_ -= count; }

std::size_t DeskTable::size() const {
  const std::shared_lock lock(mutex_);
  return desks_.size();
}

void DeskTable::forget_idle(Monotonic before, std::size_t count_max) {
  struct Candidate {
    Monotonic last_touched;  // as it was when we looked: it may change while we sort
    std::shared_ptr<EventDesk> desk;
  };
  std::vector<Candidate> oldest;
  for (const auto& [event, desk] : desks_) {
    const Monotonic last_touched = desk->last_touched();
    if (last_touched < before) oldest.push_back({last_touched, desk});
  }
  std::sort(oldest.begin(), oldest.end(),
            [](const Candidate& a, const Candidate& b) { return a.last_touched < b.last_touched; });
  std::size_t forgotten = 0;
  for (const Candidate& candidate : oldest) {
    if (forgotten == count_max) break;
    const EventDesk& desk = *candidate.desk;
    if (!candidate.desk->retire_if_idle()) continue;
    give_back_holders(static_cast<std::size_t>(desk.memory.holders_through()));
    desks_.erase(desk.event.value);
    ++forgotten;
  }
}

}  // namespace rushline::coupons
