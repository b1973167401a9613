// The desks of all events that were asked for lately, found by many threads at once.
//
// Bounded: when there are too many, those that were not asked for the longest are forgotten. What
// they knew is in the database.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "coupons/event_desk.hpp"

namespace rushline::coupons {

// Safe to call from any thread. Desks are shared with the units of work in flight.
class DeskTable {
 public:
  // `holders_max`: coupons remembered by all desks together.
  DeskTable(std::size_t desks_max, std::size_t holders_max)
      : desks_max_(desks_max), holders_max_(holders_max) {}

  // Calls `visitor(const std::shared_ptr<EventDesk>&)` if the event has a desk; nothing else may be
  // called here from inside.
  template <class Visitor>
  void visit(CouponEventId event, Visitor visitor) const {
    const std::shared_lock lock(mutex_);
    const auto at = desks_.find(event.value);
    if (at != desks_.end()) visitor(at->second);
  }

  // The same for every desk.
  template <class Visitor>
  void visit_all(Visitor visitor) const {
    const std::shared_lock lock(mutex_);
    for (const auto& [event, desk] : desks_) visitor(desk);
  }

  // The event's desk, made if there is none; null when there are too many and all are busy.
  std::shared_ptr<EventDesk> open(CouponEventId event, Monotonic now);

  // Forgets the desk if it is idle.
  void close_if_idle(const std::shared_ptr<EventDesk>& desk);

  // Room for up to `count` more holders; how many were granted. If there is none, forgets what was
  // not asked for since limits::desk_idle_time, and tries again.
  std::size_t reserve_holders(std::size_t count, Monotonic now);
  void give_back_holders(std::size_t count);

  std::size_t size() const;
  std::size_t holders() const { return holders_.load(std::memory_order_relaxed); }

 private:
  using Desks = boost::unordered_flat_map<std::int64_t, std::shared_ptr<EventDesk>>;

  std::size_t grant(std::size_t count);
  // Forgets idle desks last asked for before `before`, the oldest first. Needs mutex_.
  void forget_idle(Monotonic before, std::size_t count_max);

  const std::size_t desks_max_;
  const std::size_t holders_max_;
  mutable std::shared_mutex mutex_;
  Desks desks_;                           // guarded by mutex_
  Monotonic next_sweep_;                  // guarded by mutex_
  std::atomic<std::size_t> holders_ = 0;  // at most holders_max_
};

}  // namespace rushline::coupons
