// Which primary of a Cluster holds which slot, as far as it is known.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "adapters/redis/address.hpp"
#include "adapters/redis/reply.hpp"
#include "adapters/redis/slot.hpp"
#include "core/result.hpp"

namespace rushline::redis {

// A value. Of one thread, or constant.
class SlotMap {
 public:
  SlotMap() { owners_.fill(nobody); }

  // Reads the answer of the node at `asked` to CLUSTER SLOTS. A node that does not know its own
  // host is the one that was asked. Errc::corrupt when it is no such answer, or names nobody.
  static Result<SlotMap> read(const Reply& reply, const Endpoint& asked);

  // Nothing when nobody is known to hold the slot. Valid until the map changes.
  const Endpoint* owner(std::uint16_t slot) const;
  // A node says that another one holds the slot; with too many primaries, nobody does.
  void set_owner(std::uint16_t slot, const Endpoint& owner);

  // Those that hold a slot, or held one when the map was read.
  const std::vector<Endpoint>& primaries() const { return primaries_; }
  // The primaries and replicas of which the map spoke: who may be asked for the next one.
  std::vector<Endpoint> nodes() const;
  // Nothing when it is none of `primaries`.
  std::optional<std::size_t> index_of(const Endpoint& primary) const;
  // The index in `primaries` of the one that holds the slot.
  std::optional<std::size_t> owner_index(std::uint16_t slot) const;

  friend bool operator==(const SlotMap&, const SlotMap&) = default;

 private:
  static constexpr std::uint16_t nobody = 0xFFFF;

  std::uint16_t add(const Endpoint& primary);

  std::array<std::uint16_t, slot_count> owners_;  // indices into `primaries_`
  std::vector<Endpoint> primaries_;
  std::vector<Endpoint> replicas_;  // some twice, at most limits::redis_endpoints_max
};

}  // namespace rushline::redis
