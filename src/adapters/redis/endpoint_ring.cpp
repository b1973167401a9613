// Turns a list into a ring.
#include "adapters/redis/endpoint_ring.hpp"

#include <algorithm>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {

EndpointRing::EndpointRing(std::vector<Endpoint> known)
    : known_count_(known.size()), all_(std::move(known)) {
  RUSHLINE_ASSERT(!all_.empty());
}

const Endpoint* EndpointRing::current(Monotonic now) const {
  return now < rests_until_ ? nullptr : &all_[current_];
}

void EndpointRing::failed(const Endpoint& endpoint, Monotonic now) {
  if (endpoint != all_[current_]) return;
  current_ = (current_ + 1) % all_.size();
  ++failures_;
  if (failures_ % all_.size() == 0) rests_until_ = now + limits::redis_reconnect_wait_max;
}

void EndpointRing::learn(const std::vector<Endpoint>& others) {
  const Endpoint current = all_[current_];
  all_.resize(known_count_);
  for (const Endpoint& other : others) {
    if (all_.size() >= limits::redis_endpoints_max) break;
    if (std::ranges::find(all_, other) == all_.end()) all_.push_back(other);
  }
  auto at = std::ranges::find(all_, current);
  // The one that was just asked does not name itself.
  if (at == all_.end()) at = all_.insert(all_.end(), current);
  current_ = static_cast<std::size_t>(at - all_.begin());
}

}  // namespace rushline::redis
