// Connections to nodes, under the router's orders.
#include "adapters/redis/cluster_client.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

Login login_of(const Address& address, Login::To to) {
  return {.credentials = address.credentials, .to = to};
}

Error spare() {
  return fail(Errc::unavailable, "This node of the Redis Cluster holds no slot any more.");
}

}  // namespace

ClusterClient::Node::Node(ClusterClient& owner, const Endpoint& where, std::uint32_t count)
    : client(owner),
      endpoint(where),
      number(count),
      connection(owner.sockets_, owner.clock_, login_of(owner.address_, Login::To::cluster_primary),
                 {}, *this),
      used_at(owner.clock_.monotonic()) {
  connection.move_to(endpoint);
  connection.check(used_at);
}

ClusterClient::Reach ClusterClient::Node::reach() const {
  if (connection.is_ready()) return Reach::ready;
  return has_failed ? Reach::away : Reach::soon;
}

void ClusterClient::Node::on_ready() {
  has_failed = false;
  client.intake_.count_connect();
}

void ClusterClient::Node::on_lost(const Error&) { has_failed = true; }

void ClusterClient::Node::on_answer(Request request, Result<Reply> result) {
  if (result) result->server = number;
  if (request.to.slot == any_slot) return client.tell(std::move(request), std::move(result));
  client.router_.answered(endpoint, std::move(request), std::move(result),
                          client.clock_.monotonic());
  if (client.unflushed_.empty()) return;
  boost::asio::post(client.context_, [&owner = client] { owner.flush(); });
}

ClusterClient::ClusterClient(const Address& address, const Clock& clock)
    : NetworkClient(address, clock),
      refresh_(address.endpoints),
      asked_(sockets_, clock, login_of(address, Login::To::any), {}, guide_),
      first_heard_(static_cast<std::size_t>(clock.monotonic().time_since_epoch().count())) {}

ClusterClient::~ClusterClient() { finish(); }

void ClusterClient::begin() { subscriber_ = make_subscriber(login_of(address_, Login::To::any)); }

void ClusterClient::dispatch(Request request) {
  if (request.to.slot != any_slot) return router_.submit(std::move(request), clock_.monotonic());
  Node* node = node_for(request.to);
  if (node != nullptr) return send_to_node(*node, std::move(request));
  tell(std::move(request), fail(Errc::unavailable,
                                "No such node of the Redis Cluster can be "
                                "reached; nothing was sent."));
}

ClusterClient::Node* ClusterClient::node_for(const Destination& to) {
  for (const auto& [endpoint, node] : nodes_) {
    const bool is_meant = to.server == 0 || to.server == node->number;
    if (is_meant && node->connection.is_ready()) return node.get();
  }
  return nullptr;
}

ClusterClient::Node& ClusterClient::node_at(const Endpoint& endpoint) {
  const auto at = nodes_.find(endpoint);
  if (at != nodes_.end()) return *at->second;
  auto made = std::make_unique<Node>(*this, endpoint, ++last_number_);
  return *nodes_.emplace(endpoint, std::move(made)).first->second;
}

ClusterRouter::Nodes::Reach ClusterClient::reach(const Endpoint& node) {
  const bool is_one_too_many =
      !nodes_.contains(node) && nodes_.size() >= limits::cluster_primaries_max;
  return is_one_too_many ? Reach::away : node_at(node).reach();
}

void ClusterClient::forward(const Endpoint& node, Request request) {
  send_to_node(node_at(node), std::move(request));
}

void ClusterClient::send_to_node(Node& node, Request request) {
  node.used_at = clock_.monotonic();
  node.connection.send(std::move(request));
  unflushed_.insert(&node);
}

void ClusterClient::tell(Request request, Result<Reply> result) {
  intake_.finish(std::move(request), std::move(result));
}

void ClusterClient::flush() {
  for (Node* node : std::exchange(unflushed_, {})) node->connection.flush();
}

void ClusterClient::check(Monotonic now) {
  if (const Endpoint* guide = refresh_.node(now)) {
    asked_.move_to(*guide);
  }
  asked_.check(now);
  for (const auto& [endpoint, node] : nodes_) node->connection.check(now);
  const bool is_away = is_any_away();
  if (router_.take_surprise() || is_away) refresh_.want();
  if (asked_.is_ready() && refresh_.is_due(now)) ask_for_map(now);
  router_.check(now);
  flush();
  if (subscriber_ != nullptr) {
    follow_messages();
    subscriber_->check(now);
  }
  drop_spare_nodes(now);
  show_health();
}

bool ClusterClient::is_any_away() {
  bool is_away = false;
  const auto map = router_.map();
  for (const Endpoint& primary : map->primaries()) {
    if (reach(primary) == Reach::away) is_away = true;
  }
  return is_away;
}

void ClusterClient::follow_messages() {
  const auto map = router_.map();
  const auto& primaries = map->primaries();
  const auto is_there = [&](const Endpoint& node) {
    return map->index_of(node) && reach(node) == Reach::ready;
  };
  if (is_there(subscriber_->endpoint())) return;
  for (std::size_t i = 0; i < primaries.size(); ++i) {
    const Endpoint& node = primaries[(first_heard_ + i) % primaries.size()];
    if (is_there(node)) return subscriber_->move_to(node);
  }
}

void ClusterClient::ask_for_map(Monotonic now) {
  refresh_.asked(now);
  auto told = [this, node = asked_.endpoint()](const Result<Reply>& reply) {
    if (!reply) return;  // the connection was lost: see Guide::on_lost
    const Monotonic heard_at = clock_.monotonic();
    auto map = SlotMap::read(*reply, node);
    if (!map) return refresh_.node_failed(node, heard_at);
    refresh_.told(node, *map, heard_at);
    router_.learn(*std::move(map));
  };
  asked_.send({.bytes = Command{"CLUSTER", "SLOTS"}.take_bytes(),
               .done = std::move(told),
               .deadline = now + limits::redis_command_time_max});
  asked_.flush();
}

void ClusterClient::drop_spare_nodes(Monotonic now) {
  const auto map = router_.map();
  std::erase_if(nodes_, [&](const auto& entry) {
    Node& node = *entry.second;
    const bool is_spare =
        !map->index_of(entry.first) && now - node.used_at >= limits::cluster_spare_time;
    if (is_spare) node.connection.stop(spare());
    return is_spare;
  });
}

// The circuit is closed as long as any primary can be asked.
void ClusterClient::show_health() {
  const auto map = router_.map();
  Seen seen{map, {}};
  std::vector<PrimaryState> primaries;
  bool is_any_up = false;
  std::optional<Monotonic> all_since = Monotonic{};
  for (const Endpoint& endpoint : map->primaries()) {
    const auto at = nodes_.find(endpoint);
    const auto since = at == nodes_.end() ? std::optional<Monotonic>()
                                          : at->second->connection.circuit().healthy_since();
    seen.healthy_since.push_back(since);
    primaries.push_back({endpoint.text(), since});
    is_any_up = is_any_up || since;
    all_since = all_since && since ? std::optional(std::max(*all_since, *since)) : std::nullopt;
  }
  using State = Circuit::State;
  intake_.set_circuit(is_any_up ? State::closed : State::open,
                      is_any_up ? all_since : std::nullopt);
  show(std::move(primaries));
  const std::scoped_lock lock(seen_mutex_);
  seen_ = std::move(seen);
}

std::optional<Monotonic> ClusterClient::healthy_since(std::string_view key) const {
  const std::uint16_t slot = slot_of(key);
  const std::scoped_lock lock(seen_mutex_);
  const auto index = seen_.map == nullptr ? std::nullopt : seen_.map->owner_index(slot);
  return index ? seen_.healthy_since[*index] : std::nullopt;
}

void ClusterClient::end(const Error& why) {
  asked_.stop(why);
  if (subscriber_ != nullptr) subscriber_->stop(why);
  router_.end(why);
  for (const auto& [endpoint, node] : nodes_) node->connection.stop(why);
}

void ClusterClient::Guide::on_lost(const Error&) {
  client_.refresh_.node_failed(client_.asked_.endpoint(), client_.clock_.monotonic());
}

void ClusterClient::Guide::on_answer(Request request, Result<Reply> result) {
  request.done(std::move(result));
}

}  // namespace rushline::redis
