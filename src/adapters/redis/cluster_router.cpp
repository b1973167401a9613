// Lanes of slots: straight through as long as nothing moves, one at a time while it does.
#include "adapters/redis/cluster_router.hpp"

#include <algorithm>
#include <vector>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {

ClusterRouter::~ClusterRouter() { RUSHLINE_ASSERT(lanes_.empty()); }

void ClusterRouter::submit(Request request, Monotonic now) {
  const std::uint16_t slot = request.to.slot;
  RUSHLINE_ASSERT(slot < slot_count);
  request.redirect_until = request.deadline;
  request.order = ++submitted_;
  lanes_[slot].held.push_back({std::move(request), std::nullopt, false});
  advance(slot, now);
}

void ClusterRouter::answered(const Endpoint& node, Request request, Result<Reply> result,
                             Monotonic now) {
  const std::uint16_t slot = request.to.slot;
  const auto at = lanes_.find(slot);
  RUSHLINE_ASSERT(at != lanes_.end() && at->second.under_way > 0);
  Lane& lane = at->second;
  --lane.under_way;
  const auto redirection =
      result ? redirection_in(*result, node) : std::optional<Redirection>(std::nullopt);
  if (redirection) {
    hold(lane, std::move(request), *redirection, now);
  } else {
    if (result) {
      lane.is_troubled = false;
    } else {
      is_surprised_ = true;
    }
    nodes_.tell(std::move(request), std::move(result));
  }
  advance(slot, now);
}

void ClusterRouter::hold(Lane& lane, Request request, const Redirection& redirection,
                         Monotonic now) {
  using Kind = Redirection::Kind;
  lane.is_troubled = true;
  if (redirection.kind == Kind::unserved) {
    is_surprised_ = true;
    return refuse(std::move(request), "Nobody in the Redis Cluster holds the slot of the command.");
  }
  if (redirection.kind == Kind::try_again) {
    lane.not_before = now + limits::redis_sweep_interval;
  } else if (++request.hops > limits::cluster_redirections_max) {
    is_surprised_ = true;
    return refuse(std::move(request), "The nodes of the Redis Cluster send a command to and fro.");
  }
  std::optional<Endpoint> ask;
  if (redirection.kind == Kind::ask) ask = redirection.to;
  if (redirection.kind == Kind::moved) {
    is_surprised_ = true;
    SlotMap moved = *map_;
    moved.set_owner(request.to.slot, redirection.to);
    learn(std::move(moved));
  }
  request.is_asking = false;
  const auto place = std::ranges::upper_bound(lane.held, request.order, {},
                                              [](const Held& held) { return held.request.order; });
  lane.held.insert(place, {std::move(request), std::move(ask), true});
}

void ClusterRouter::advance(std::uint16_t slot, Monotonic now) {
  const auto at = lanes_.find(slot);
  Lane& lane = at->second;
  while (!lane.held.empty() && advance_first(lane, slot, now)) {
  }
  if (lane.held.empty() && lane.under_way == 0) lanes_.erase(at);
}

bool ClusterRouter::advance_first(Lane& lane, std::uint16_t slot, Monotonic now) {
  const auto refuse_first = [&](const char* why) {
    Request request = std::move(lane.held.front().request);
    lane.held.pop_front();
    refuse(std::move(request), why);
    return true;
  };
  const Held& first = lane.held.front();
  if (now >= first.request.redirect_until) {
    return refuse_first(
        "The Redis that holds this slot could not be reached in time; nothing was done.");
  }
  // Behind ASKING too: TRYAGAIN to one and an answer to the next would turn the two around.
  if (lane.under_way > 0 && (lane.is_troubled || first.ask)) return false;
  if (now < lane.not_before) return false;
  const Endpoint* node = first.ask ? &*first.ask : map_->owner(slot);
  const auto reach = node == nullptr ? Nodes::Reach::away : nodes_.reach(*node);
  if (reach == Nodes::Reach::away) {
    is_surprised_ = true;
    return refuse_first("The Redis that holds this slot cannot be reached; nothing was sent.");
  }
  if (reach == Nodes::Reach::soon) return false;
  if (lane.under_way > 0 && *node != lane.at) return false;
  send(lane, *node, now);
  return true;
}

void ClusterRouter::send(Lane& lane, const Endpoint& node, Monotonic now) {
  Held first = std::move(lane.held.front());
  lane.held.pop_front();
  // Who comes from another node has a time of its own there, or the node would be taken for slow.
  if (first.was_sent) first.request.deadline = now + limits::redis_command_time_max;
  first.request.is_asking = first.ask.has_value();
  lane.at = first.ask ? *first.ask : node;
  ++lane.under_way;
  nodes_.forward(lane.at, std::move(first.request));
}

void ClusterRouter::refuse(Request request, const char* why) {
  nodes_.tell(std::move(request), fail(Errc::unavailable, why));
}

void ClusterRouter::check(Monotonic now) {
  std::vector<std::uint16_t> waiting;
  for (const auto& [slot, lane] : lanes_) {
    if (!lane.held.empty()) waiting.push_back(slot);
  }
  for (const std::uint16_t slot : waiting) advance(slot, now);
}

void ClusterRouter::end(const Error& why) {
  for (auto& [slot, lane] : lanes_) {
    for (Held& held : lane.held) nodes_.tell(std::move(held.request), why);
    lane.held.clear();
  }
  std::erase_if(lanes_, [](const auto& entry) { return entry.second.under_way == 0; });
}

}  // namespace rushline::redis
