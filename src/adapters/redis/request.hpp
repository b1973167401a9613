// A command on its way to Redis, with who waits for its answer.
#pragma once

#include <cstdint>
#include <string>

#include "adapters/redis/client.hpp"
#include "adapters/redis/slot.hpp"
#include "core/time.hpp"

namespace rushline::redis {

// Where a command is to go, in a Cluster.
struct Destination {
  std::uint16_t slot = any_slot;  // of its key
  std::uint32_t server = 0;       // else to this one (Reply::server); 0 = to any
};

struct Request {
  std::string bytes;
  Client::Done done;
  Monotonic deadline;    // when the connection that did not answer is given up
  std::size_t size = 0;  // of `bytes`, before they were sent
  Destination to = {};
  Monotonic redirect_until = {};  // until then a Cluster may send it elsewhere,
  int hops = 0;                   // has done so as often,
  std::uint64_t order = 0;        // and keeps it in this order
  bool is_asking = false;         // goes behind ASKING
  bool is_counted = false;        // came through the intake; else it is the client's own
};

}  // namespace rushline::redis
