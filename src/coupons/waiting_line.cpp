// New places come in rising order and leave from the front; who pressed again stands beside them.
#include "coupons/waiting_line.hpp"

#include <algorithm>
#include <functional>

#include "core/assert.hpp"

namespace rushline::coupons {
namespace {

std::uint64_t hash_of(const UserId& user) { return std::hash<UserId>{}(user); }

}  // namespace

void WaitingLine::add(const Waiting& waiting) {
  if (ordered_.empty() || ordered_.back().seq <= waiting.seq) {
    ordered_.push_back(waiting);
  } else {
    late_.push_back(waiting);
  }
  Entry& entry = places_[hash_of(waiting.user)];
  entry.seq = waiting.seq;
  ++entry.count;
}

std::vector<Waiting> WaitingLine::take_through(Sequence mark) {
  std::vector<Waiting> taken;
  while (!ordered_.empty() && ordered_.front().seq <= mark) {
    taken.push_back(ordered_.front());
    ordered_.pop_front();
  }
  std::erase_if(late_, [&](const Waiting& waiting) {
    if (waiting.seq > mark) return false;
    taken.push_back(waiting);
    return true;
  });
  for (const Waiting& waiting : taken) forget(waiting.user);
  return taken;
}

std::vector<Waiting> WaitingLine::take_other_epochs(Epoch epoch) {
  return take_if([epoch](const Waiting& waiting) { return waiting.epoch != epoch; });
}

std::vector<Waiting> WaitingLine::take_older_than(Monotonic before) {
  return take_if([before](const Waiting& waiting) { return waiting.ticket.entered < before; });
}

std::optional<Monotonic> WaitingLine::oldest_arrival() const {
  std::optional<Monotonic> oldest;
  if (!ordered_.empty()) oldest = ordered_.front().ticket.arrived;
  for (const Waiting& waiting : late_) {
    oldest = std::min(oldest.value_or(waiting.ticket.arrived), waiting.ticket.arrived);
  }
  return oldest;
}

Sequence WaitingLine::last() const { return ordered_.empty() ? Sequence{} : ordered_.back().seq; }

std::optional<Sequence> WaitingLine::place_of(const UserId& user) const {
  const auto at = places_.find(hash_of(user));
  return at == places_.end() ? std::nullopt : std::optional(at->second.seq);
}

template <class Wanted>
std::vector<Waiting> WaitingLine::take_if(Wanted wanted) {
  std::vector<Waiting> taken;
  const auto move_out = [&](const Waiting& waiting) {
    if (!wanted(waiting)) return false;
    taken.push_back(waiting);
    return true;
  };
  std::erase_if(ordered_, move_out);
  std::erase_if(late_, move_out);
  for (const Waiting& waiting : taken) forget(waiting.user);
  return taken;
}

void WaitingLine::forget(const UserId& user) {
  const auto at = places_.find(hash_of(user));
  RUSHLINE_ASSERT(at != places_.end());
  if (--at->second.count == 0) places_.erase(at);
  if (places_.empty()) places_ = {};  // after a rush it would keep its size for ever
}

}  // namespace rushline::coupons
