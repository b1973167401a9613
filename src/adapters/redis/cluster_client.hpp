// The Client of cluster:// and clusters://: one connection to each primary, one to any node for the
// map of slots, one to any node for messages.
//
// A primary that is lost fails what it was asked and what is asked of it until it or its replica is
// back; commands to the others go on.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "adapters/redis/cluster_router.hpp"
#include "adapters/redis/map_refresh.hpp"
#include "adapters/redis/network_client.hpp"

namespace rushline::redis {

class ClusterClient final : public NetworkClient, private ClusterRouter::Nodes {
 public:
  // NetworkClient::open() makes it.
  ClusterClient(const Address& address, const Clock& clock);
  ~ClusterClient() override;

  std::optional<Monotonic> healthy_since(std::string_view key) const override;

 private:
  // A node that commands are sent to.
  class Node final : public Connection::Owner {
   public:
    Node(ClusterClient& client, const Endpoint& endpoint, std::uint32_t number);

    void on_ready() override;
    void on_lost(const Error& why) override;
    void on_answer(Request request, Result<Reply> result) override;
    void on_message(std::string_view, std::string_view) override {}

    Reach reach() const;

    ClusterClient& client;       // constant
    const Endpoint endpoint;     // constant
    const std::uint32_t number;  // constant: as in Reply::server
    Connection connection;
    bool has_failed = false;  // since it was last ready
    Monotonic used_at;
  };

  // The node that is asked for the map.
  class Guide final : public Connection::Owner {
   public:
    explicit Guide(ClusterClient& client) : client_(client) {}
    void on_ready() override {}
    void on_lost(const Error& why) override;
    void on_answer(Request request, Result<Reply> result) override;
    void on_message(std::string_view, std::string_view) override {}

   private:
    ClusterClient& client_;
  };

  // What other threads may see.
  struct Seen {
    std::shared_ptr<const SlotMap> map;
    std::vector<std::optional<Monotonic>> healthy_since;  // of each primary of the map
  };

  void begin() override;
  void dispatch(Request request) override;
  void flush() override;
  void check(Monotonic now) override;
  void end(const Error& why) override;

  Reach reach(const Endpoint& node) override;
  void forward(const Endpoint& node, Request request) override;
  void tell(Request request, Result<Reply> result) override;

  Node& node_at(const Endpoint& endpoint);
  // Of a request that any node, or a certain one, may carry out; null when there is none.
  Node* node_for(const Destination& to);
  void send_to_node(Node& node, Request request);
  // Connects to every primary of the map; true when one of them is away.
  bool is_any_away();
  void ask_for_map(Monotonic now);
  // Lets messages come from a primary that is there: every one tells all of them.
  void follow_messages();
  void drop_spare_nodes(Monotonic now);
  void show_health();

  MapRefresh refresh_;
  ClusterRouter router_{*this};
  std::map<Endpoint, std::unique_ptr<Node>> nodes_;
  std::uint32_t last_number_ = 0;
  std::set<Node*> unflushed_;
  Guide guide_{*this};
  Connection asked_;                        // for the map
  std::unique_ptr<Connection> subscriber_;  // nothing when no channel was asked for
  const std::size_t first_heard_;           // constant: spreads the subscribers of several servers
  mutable std::mutex seen_mutex_;
  Seen seen_;  // guarded by seen_mutex_
};

}  // namespace rushline::redis
