// When a Cluster's map of slots is read, and from which node. Without I/O.
//
// A node that was cut off may give an old map. So when something does not go as the map says, and
// the node that is asked has nothing new to tell, the next one is asked.
#pragma once

#include <chrono>
#include <vector>

#include "adapters/redis/endpoint_ring.hpp"
#include "adapters/redis/slot_map.hpp"
#include "core/limits.hpp"

namespace rushline::redis {

// Used by one thread.
class MapRefresh {
 public:
  // `nodes`: of the address; at least one.
  explicit MapRefresh(std::vector<Endpoint> nodes) : ring_(std::move(nodes)) {}

  // The node to be connected to; nothing after none of them could be asked a moment ago.
  const Endpoint* node(Monotonic now) const { return ring_.current(now); }
  // `node` could not be reached, was lost, or does not know its slots.
  void node_failed(const Endpoint& node, Monotonic now);

  // Something does not go as the map says.
  void want() { is_wanted_ = true; }
  // Whether to ask `node()`. After a surprise at once, but not more often than
  // limits::cluster_refresh_interval_min; the wait doubles while that brings nothing new.
  bool is_due(Monotonic now) const;
  void asked(Monotonic now);
  // What `node` answered.
  void told(const Endpoint& node, const SlotMap& map, Monotonic now);

 private:
  EndpointRing ring_;
  SlotMap last_;
  bool is_wanted_ = true;
  bool is_asking_ = false;
  Monotonic asked_at_{};
  std::chrono::milliseconds wait_ = limits::cluster_refresh_interval_min;
};

}  // namespace rushline::redis
