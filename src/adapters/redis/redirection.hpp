// What a node of a Cluster says instead of an answer. Without I/O.
#pragma once

#include <cstdint>
#include <optional>

#include "adapters/redis/address.hpp"
#include "adapters/redis/reply.hpp"

namespace rushline::redis {

struct Redirection {
  enum class Kind : std::uint8_t {
    moved,      // the slot is another node's
    ask,        // the slot is on its way: this one command goes to the other node, behind ASKING
    try_again,  // the slot is on its way, and the keys of the command are on both sides
    unserved,   // the slot is nobody's
  };

  Kind kind = Kind::unserved;
  Endpoint to = {};  // of moved and ask

  friend bool operator==(const Redirection&, const Redirection&) = default;
};

// Nothing when `reply`, of the node `from`, is an answer: a value, or an error of the command.
std::optional<Redirection> redirection_in(const Reply& reply, const Endpoint& from);

}  // namespace rushline::redis
