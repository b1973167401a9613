// What the doctor wants to know of a Redis.
#pragma once

#include "adapters/redis/client.hpp"
#include "core/time.hpp"
#include "doctor/facts.hpp"

namespace rushline::redis {

// Asks through a client that runs, and changes nothing: what a server needs is tried on keys that
// do not exist, with commands that then do nothing. Waits for the answers, so not on the client's
// thread. In a Cluster one server speaks for all.
doctor::RedisFacts look_at(Client& client, const Clock& clock);

}  // namespace rushline::redis
