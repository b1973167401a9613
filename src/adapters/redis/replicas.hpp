// How many replicas follow a primary, and how far behind they are, by its own word.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "adapters/redis/client.hpp"

namespace rushline::redis {

struct Replicas {
  std::int64_t online = 0;      // those that have all and follow; not those that still load
  std::chrono::seconds lag{0};  // since the slowest of them was last heard of

  friend bool operator==(const Replicas&, const Replicas&) = default;
};

// What INFO replication says; nothing when that is not of a primary.
std::optional<Replicas> replicas_in(std::string_view info);

// Asks the primary; in a Cluster the one that holds the board. `done` is called once, as by
// Client::send(), with nothing when it does not answer.
void ask_for_replicas(Client& client, Callback<void(const std::optional<Replicas>&)> done);

}  // namespace rushline::redis
