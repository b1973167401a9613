// Counters that only rise, so that no session has to wait for another.
#include "adapters/postgres/primary.hpp"

#include "core/limits.hpp"

namespace rushline::postgres {
namespace {

template <class Number>
void raise_to(std::atomic<Number>& kept, Number value) {
  Number known = kept;
  while (known < value && !kept.compare_exchange_weak(known, value)) {
  }
}

}  // namespace

void Primary::raise_doubt() {
  ++doubts_;
  ++unconfirmed_;
}

void Primary::confirm(std::uint64_t doubts) { raise_to(cleared_, doubts); }

bool Primary::is_current(std::int64_t timeline) {
  raise_to(newest_timeline_, timeline);
  return timeline == newest_timeline_;
}

void Primary::connected(std::size_t host) {
  first_host_ = host;
  ++connects_;
}

void Primary::avoid(std::size_t host) { first_host_ = (host + 1) % host_count_; }

void Primary::commit_hangs() {
  ++unconfirmed_;
  hangs_ = true;
}

void Primary::hang_is_over() {
  ++doubts_;
  hangs_ = false;
}

bool Primary::begin_hang_look(Monotonic now) {
  const std::scoped_lock lock(mutex_);
  if (now < next_hang_look_) return false;
  next_hang_look_ = now + limits::postgres_hang_look_interval;
  return true;
}

void Primary::note(const Durability& durability) {
  const std::scoped_lock lock(mutex_);
  durability_ = durability;
}

void Primary::commit_begins(Monotonic begun) {
  const std::scoped_lock lock(mutex_);
  commits_under_way_.insert(begun);
}

void Primary::commit_ends(Monotonic begun) {
  const std::scoped_lock lock(mutex_);
  commits_under_way_.erase(commits_under_way_.find(begun));
}

PrimaryState Primary::state(Monotonic now) const {
  const std::scoped_lock lock(mutex_);
  const bool is_slow = !commits_under_way_.empty() &&
                       *commits_under_way_.begin() + limits::postgres_commit_slow_time < now;
  return {.hosts = static_cast<std::int64_t>(host_count_),
          .connects = connects_,
          .unconfirmed = unconfirmed_,
          .in_doubt = in_doubt(),
          .hangs = hangs_ || is_slow,
          .durability = durability_};
}

}  // namespace rushline::postgres
