// A command on its way to Redis, with who waits for its answer.
#pragma once

#include <cstdint>
#include <string>

#include "adapters/redis/client.hpp"
#include "core/time.hpp"

namespace rushline::redis {

struct Request {
  std::string bytes;
  Client::Done done;
  Monotonic deadline;       // when the connection that did not answer is given up
  std::size_t size = 0;     // of `bytes`, before they were sent
  std::uint16_t slot = 0;   // of its key, in a Cluster
  std::uint8_t hops = 0;    // times a Cluster has sent it elsewhere
  bool is_asking = false;   // goes behind ASKING
  bool is_counted = false;  // came through the intake; else it is the client's own
};

}  // namespace rushline::redis
