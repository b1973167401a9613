// The pace of reading, and whom to read from.
#include "adapters/redis/map_refresh.hpp"

#include <algorithm>

namespace rushline::redis {

void MapRefresh::node_failed(const Endpoint& node, Monotonic now) {
  ring_.failed(node, now);
  is_asking_ = false;
}

bool MapRefresh::is_due(Monotonic now) const {
  if (is_asking_) return false;
  return now - asked_at_ >= (is_wanted_ ? wait_ : limits::cluster_refresh_interval);
}

void MapRefresh::asked(Monotonic now) {
  asked_at_ = now;
  is_asking_ = true;
}

void MapRefresh::told(const Endpoint& node, const SlotMap& map, Monotonic now) {
  is_asking_ = false;
  ring_.succeeded();
  if (map != last_) {
    wait_ = limits::cluster_refresh_interval_min;
  } else if (is_wanted_) {
    wait_ = std::min<std::chrono::milliseconds>(2 * wait_, limits::cluster_refresh_interval_max);
    ring_.failed(node, now);
  }
  is_wanted_ = false;
  last_ = map;
  ring_.learn(map.nodes());
}

}  // namespace rushline::redis
