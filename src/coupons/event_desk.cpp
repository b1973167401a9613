// The queue of one event and the hand-over between the threads that settle it.
#include "coupons/event_desk.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/assert.hpp"

namespace rushline::coupons {
namespace {

std::uint64_t hash_of(const UserId& user) { return std::hash<UserId>{}(user); }

constexpr WorkBounds direct_bounds{.wait_max = limits::direct_wait_max,
                                   .waiting_min = limits::direct_waiting_min,
                                   .waiting_first = limits::waiting_first,
                                   .waiting_max = std::int64_t{limits::direct_waiting_max}};

}  // namespace

EventDesk::EventDesk(CouponEventId id, Monotonic now) : event(id), pace_(direct_bounds) {
  touch(now);
}

void EventDesk::touch(Monotonic now) {
  const auto second =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  // Read first: a store for every request would make the loops fight for the cache line.
  if (last_touched_s_.load(std::memory_order_relaxed) != second) {
    last_touched_s_.store(second, std::memory_order_relaxed);
  }
}

Monotonic EventDesk::last_touched() const {
  return Monotonic{std::chrono::seconds{last_touched_s_.load(std::memory_order_relaxed)}};
}

// Where settling is slow, a large batch would keep everybody waiting for its last one. Before that
// is known batches begin small and double, so that it is known before too many were let in.
std::size_t EventDesk::batch_max() const {
  const std::chrono::duration<double> time = limits::direct_batch_time;
  const std::size_t wanted = pace_.per_second() == 0
                                 ? 2 * last_batch_
                                 : static_cast<std::size_t>(pace_.per_second() * time.count());
  return std::clamp(wanted, limits::direct_batch_min, limits::settle_batch_max);
}

void EventDesk::append(std::deque<std::unique_ptr<ArrivalBatch>>& batches, const UserId& user,
                       const Ticket& ticket, SpareBatches& spare) const {
  if (batches.empty() || batches.back()->users.size() >= batch_max()) {
    batches.push_back(spare.take());
  }
  batches.back()->users.push_back(user);
  batches.back()->tickets.push_back(ticket);
}

EventDesk::Joined EventDesk::join(const UserId& user, const Ticket& ticket, SpareBatches& spare,
                                  bool bounded) {
  const std::scoped_lock lock(mutex_);
  if (is_retired_) return Joined::retired;
  if (bounded && !pace_.has_room()) return Joined::full;
  append(batches_, user, ticket, spare);
  if (waiting_users_.empty()) moved_at_ = ticket.arrived;
  ++waiting_users_[hash_of(user)];
  pace_.begin(1, ticket.arrived);
  if (settling_ != Settling::no) return Joined::behind;
  settling_ = Settling::submitting;  // the caller's begin_batch() finds at least this one
  return Joined::first;
}

std::unique_ptr<ArrivalBatch> EventDesk::begin_batch() {
  const std::scoped_lock lock(mutex_);
  if (batches_.empty()) {
    settling_ = Settling::no;
    last_batch_ = 0;
    return nullptr;
  }
  settling_ = Settling::submitting;
  auto batch = std::move(batches_.front());
  batches_.pop_front();
  under_way_since_ = batch->tickets.front().arrived;
  return batch;
}

bool EventDesk::batch_submitted() {
  const std::scoped_lock lock(mutex_);
  if (settling_ == Settling::finished_early) return true;
  RUSHLINE_ASSERT(settling_ == Settling::submitting);
  settling_ = Settling::submitted;
  return false;
}

bool EventDesk::batch_finished() {
  const std::scoped_lock lock(mutex_);
  if (settling_ == Settling::submitted) return true;
  RUSHLINE_ASSERT(settling_ == Settling::submitting);
  settling_ = Settling::finished_early;
  return false;
}

void EventDesk::put_back(std::unique_ptr<ArrivalBatch> batch) {
  const std::scoped_lock lock(mutex_);
  batches_.push_front(std::move(batch));
  under_way_since_.reset();
}

bool EventDesk::hold(std::unique_ptr<ArrivalBatch>& batch, Monotonic now,
                     Monotonic::duration time_max) {
  const std::scoped_lock lock(mutex_);
  if (!failing_since_) failing_since_ = now;
  if (now - *failing_since_ >= time_max) return false;
  RUSHLINE_ASSERT(held_ == nullptr);
  held_ = std::move(batch);
  retry_at_ = now + limits::direct_retry_pause;
  return true;
}

std::unique_ptr<ArrivalBatch> EventDesk::take_held(Monotonic now) {
  const std::scoped_lock lock(mutex_);
  if (now < retry_at_) return nullptr;
  return std::move(held_);
}

void EventDesk::database_works() {
  const std::scoped_lock lock(mutex_);
  failing_since_.reset();
}

std::chrono::nanoseconds EventDesk::expected_wait() const {
  const std::scoped_lock lock(mutex_);
  return pace_.expected_wait();
}

EventDesk::Joined EventDesk::rejoin(std::span<const Waiting> waiting, SpareBatches& spare,
                                    Monotonic now) {
  const std::scoped_lock lock(mutex_);
  if (is_retired_) return Joined::retired;
  if (waiting_users_.empty()) moved_at_ = now;
  std::deque<std::unique_ptr<ArrivalBatch>> first;
  for (const Waiting& one : waiting) {
    append(first, one.user, one.ticket, spare);
    ++waiting_users_[hash_of(one.user)];
  }
  pace_.begin(static_cast<std::int64_t>(waiting.size()), now);
  for (; !first.empty(); first.pop_back()) batches_.push_front(std::move(first.back()));
  if (settling_ != Settling::no) return Joined::behind;
  settling_ = Settling::submitting;
  return Joined::first;
}

void EventDesk::forget(const ArrivalBatch& batch, Monotonic now) {
  const std::scoped_lock lock(mutex_);
  for (const UserId& user : batch.users) {
    const auto at = waiting_users_.find(hash_of(user));
    RUSHLINE_ASSERT(at != waiting_users_.end());
    if (--at->second == 0) waiting_users_.erase(at);
  }
  pace_.end(static_cast<std::int64_t>(batch.users.size()), now);
  last_batch_ = batch.users.size();
  moved_at_ = now;
  under_way_since_.reset();
  // After a rush the table would keep its size for ever.
  if (waiting_users_.empty() && waiting_users_.bucket_count() > limits::settle_batch_max * 4) {
    waiting_users_ = {};
  }
}

bool EventDesk::is_waiting(const UserId& user) const {
  const std::scoped_lock lock(mutex_);
  return waiting_users_.contains(hash_of(user));
}

std::int64_t EventDesk::waiting() const {
  const std::scoped_lock lock(mutex_);
  return pace_.waiting();
}

std::int64_t EventDesk::room() const {
  const std::scoped_lock lock(mutex_);
  return pace_.room();
}

std::optional<Monotonic> EventDesk::oldest_arrival() const {
  const std::scoped_lock lock(mutex_);
  if (under_way_since_ || batches_.empty()) return under_way_since_;
  return batches_.front()->tickets.front().arrived;
}

std::optional<Monotonic> EventDesk::still_since() const {
  const std::scoped_lock lock(mutex_);
  return waiting_users_.empty() ? std::nullopt : std::optional(moved_at_);
}

bool EventDesk::begin_look() {
  const std::scoped_lock lock(mutex_);
  if (is_retired_ || is_looking_) return false;
  is_looking_ = true;
  return true;
}

void EventDesk::end_look() {
  const std::scoped_lock lock(mutex_);
  is_looking_ = false;
}

void EventDesk::set_unknown(bool is_unknown) {
  const std::scoped_lock lock(mutex_);
  is_unknown_ = is_unknown;
}

bool EventDesk::is_unknown() const {
  const std::scoped_lock lock(mutex_);
  return is_unknown_;
}

bool EventDesk::retire_if_idle() {
  const std::scoped_lock lock(mutex_);
  if (settling_ != Settling::no || is_looking_ || is_retired_ || !line.is_idle()) return false;
  RUSHLINE_ASSERT(batches_.empty());
  is_retired_ = true;
  return true;
}

}  // namespace rushline::coupons
