// What the doctor wants to know of a Redis.
#pragma once

#include "adapters/redis/client.hpp"
#include "core/time.hpp"
#include "doctor/facts.hpp"

namespace rushline::redis {

// Asks the one server of a client that runs (in a Cluster: one client for each primary), and
// changes nothing: what a server of Rushline needs is tried on keys that do not exist, with
// commands that then do nothing. Waits for the answers, so not on the client's thread. The client
// is of no more use afterwards: it is left subscribed.
doctor::RedisFacts look_at(Client& client, const Clock& clock);

}  // namespace rushline::redis
