// Servers of which any one will do (Sentinels, nodes of a Cluster): one is asked until it fails,
// then the next. Without I/O.
#pragma once

#include <optional>
#include <vector>

#include "adapters/redis/address.hpp"
#include "core/time.hpp"

namespace rushline::redis {

// Used by one thread.
class EndpointRing {
 public:
  // `known` stand in the address of Redis and are never forgotten; at least one.
  explicit EndpointRing(std::vector<Endpoint> known);

  // Who is to be asked; nothing for limits::redis_reconnect_wait_max after all of them failed in a
  // row. Valid until the next call of anything else.
  const Endpoint* current(Monotonic now) const;
  // `endpoint` could not be reached, or knows nothing of use: the next one's turn. Of others than
  // the current one nothing is learned: they were left already.
  void failed(const Endpoint& endpoint, Monotonic now);
  // The current one gave an answer.
  void succeeded() { failures_ = 0; }

  // What `others` there are, as one of them tells: they replace those learned before. All together
  // at most limits::redis_endpoints_max. The current one stays the current one.
  void learn(const std::vector<Endpoint>& others);
  const std::vector<Endpoint>& all() const { return all_; }

 private:
  std::size_t known_count_;
  std::vector<Endpoint> all_;  // the known ones first
  std::size_t current_ = 0;
  std::size_t failures_ = 0;  // in a row
  Monotonic rests_until_{};
};

}  // namespace rushline::redis
