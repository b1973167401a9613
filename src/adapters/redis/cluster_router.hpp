// Decides where the commands to a Cluster go, and what the answers of its nodes mean. Without I/O.
//
// Commands of one slot are carried out in the order of sending, also while the slot moves: what a
// node sends away is held, in order, together with what comes after it, until the commands of the
// slot that are under way have come back; then they go on one at a time until one is answered.
// (Only a slot that arrives at a node between two commands which an old map has brought there can
// turn them around: the first is sent away, the second is carried out.)
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "adapters/redis/redirection.hpp"
#include "adapters/redis/request.hpp"
#include "adapters/redis/slot_map.hpp"

namespace rushline::redis {

// Used by one thread.
class ClusterRouter {
 public:
  // The nodes, as far as the router needs them. Calls must not call the router.
  class Nodes {
   public:
    enum class Reach : std::uint8_t {
      ready,  // takes requests
      soon,   // is being connected to for the first time
      away,   // cannot be reached
    };

    virtual ~Nodes() = default;
    virtual Reach reach(const Endpoint& node) = 0;
    // `node` is ready. The outcome comes to answered().
    virtual void forward(const Endpoint& node, Request request) = 0;
    virtual void tell(Request request, Result<Reply> result) = 0;
  };

  explicit ClusterRouter(Nodes& nodes) : nodes_(nodes) {}
  // Nothing is held or under way any more: see end().
  ~ClusterRouter();

  // Sends a request with a slot, or holds it, or tells it Errc::unavailable when its node is away
  // or not known.
  void submit(Request request, Monotonic now);
  // What became of a request that was sent to `node`. Tells it, or holds it: as long as its
  // deadline allows, and as often as limits::cluster_redirections_max; then it is told
  // Errc::unavailable, and was not carried out.
  void answered(const Endpoint& node, Request request, Result<Reply> result, Monotonic now);
  // Sends what is held and may go. To be called every limits::redis_sweep_interval.
  void check(Monotonic now);
  // Tells what is held. Nothing is submitted afterwards.
  void end(const Error& why);

  // Replaces the map.
  void learn(SlotMap map) { map_ = std::make_shared<const SlotMap>(std::move(map)); }
  // Never null. May be kept: it does not change.
  const std::shared_ptr<const SlotMap>& map() const { return map_; }
  // Whether since the last call anything has gone otherwise than the map says.
  bool take_surprise() { return std::exchange(is_surprised_, false); }

 private:
  struct Held {
    Request request;
    std::optional<Endpoint> ask;  // who is to be asked, behind ASKING
    bool was_sent = false;        // and came back
  };
  // The requests of one slot that are not finished.
  struct Lane {
    std::deque<Held> held;  // in the order of sending
    std::size_t under_way = 0;
    Endpoint at;                // where those under way are
    bool is_troubled = false;   // one at a time
    Monotonic not_before = {};  // then the next one goes
  };

  void hold(Lane& lane, Request request, const Redirection& redirection, Monotonic now);
  // Sends what may go, tells what has waited too long, forgets a lane that is empty.
  void advance(std::uint16_t slot, Monotonic now);
  // False when the first one that is held has to wait.
  bool advance_first(Lane& lane, std::uint16_t slot, Monotonic now);
  void send(Lane& lane, const Endpoint& node, Monotonic now);
  void refuse(Request request, const char* why);

  Nodes& nodes_;  // constant
  std::shared_ptr<const SlotMap> map_ = std::make_shared<const SlotMap>();
  std::unordered_map<std::uint16_t, Lane> lanes_;
  std::uint64_t submitted_ = 0;
  bool is_surprised_ = false;
};

}  // namespace rushline::redis
