// Reads CLUSTER SLOTS: ranges of slots, each with its primary first and its replicas after it.
#include "adapters/redis/slot_map.hpp"

#include <algorithm>

#include "adapters/redis/endpoint_in_reply.hpp"
#include "core/limits.hpp"

namespace rushline::redis {
namespace {

Error broken() {
  return fail(Errc::corrupt, "What answers does not tell its slots as a node of a Cluster does.");
}

std::optional<std::uint16_t> slot_in(const Reply& reply) {
  const bool is_slot =
      reply.is(Reply::Kind::integer) && reply.integer >= 0 && reply.integer < slot_count;
  if (!is_slot) return std::nullopt;
  return static_cast<std::uint16_t>(reply.integer);
}

// Host, port, id and more. No host, or "?": the node does not know it, or is told not to say it.
std::optional<Endpoint> node_in(const Reply& reply, const Endpoint& asked) {
  if (reply.items.size() < 2 || !reply.items[1].is(Reply::Kind::integer)) return std::nullopt;
  const std::string& host = reply.items[0].text;
  return endpoint_in(host.empty() || host == "?" ? asked.host : host, reply.items[1].integer);
}

}  // namespace

Result<SlotMap> SlotMap::read(const Reply& reply, const Endpoint& asked) {
  SlotMap map;
  for (const Reply& range : reply.items) {
    if (range.items.size() < 3) return broken();
    const auto first = slot_in(range.items[0]);
    const auto last = slot_in(range.items[1]);
    const auto primary = node_in(range.items[2], asked);
    if (!first || !last || *first > *last || !primary) return broken();
    const std::uint16_t index = map.add(*primary);
    if (index == nobody) return broken();
    std::fill(map.owners_.begin() + *first, map.owners_.begin() + *last + 1, index);
    for (std::size_t i = 3; i < range.items.size(); ++i) {
      if (map.replicas_.size() == limits::redis_endpoints_max) break;
      if (auto replica = node_in(range.items[i], asked)) {
        map.replicas_.push_back(*std::move(replica));
      }
    }
  }
  if (map.primaries_.empty()) return broken();
  return map;
}

const Endpoint* SlotMap::owner(std::uint16_t slot) const {
  const auto index = owner_index(slot);
  return index ? &primaries_[*index] : nullptr;
}

void SlotMap::set_owner(std::uint16_t slot, const Endpoint& owner) { owners_[slot] = add(owner); }

std::vector<Endpoint> SlotMap::nodes() const {
  std::vector<Endpoint> all = primaries_;
  all.insert(all.end(), replicas_.begin(), replicas_.end());
  return all;
}

std::optional<std::size_t> SlotMap::index_of(const Endpoint& primary) const {
  const auto at = std::ranges::find(primaries_, primary);
  if (at == primaries_.end()) return std::nullopt;
  return static_cast<std::size_t>(at - primaries_.begin());
}

std::optional<std::size_t> SlotMap::owner_index(std::uint16_t slot) const {
  if (owners_[slot] == nobody) return std::nullopt;
  return owners_[slot];
}

std::uint16_t SlotMap::add(const Endpoint& primary) {
  if (const auto index = index_of(primary)) return static_cast<std::uint16_t>(*index);
  if (primaries_.size() >= limits::cluster_primaries_max) return nobody;
  primaries_.push_back(primary);
  return static_cast<std::uint16_t>(primaries_.size() - 1);
}

}  // namespace rushline::redis
