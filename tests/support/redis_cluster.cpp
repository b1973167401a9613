// Nodes that are introduced to each other by hand, which is faster than redis-cli.
#include "tests/support/redis_cluster.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <sstream>
#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace rushline::tests {
namespace {

constexpr std::chrono::seconds time_max{30};
constexpr int slot_count = 16'384;

void wait_until(const std::function<bool()>& condition, const char* what) {
  if (!eventually(condition, time_max)) throw std::runtime_error(what);
}

std::string id_of(const RedisServer& node) { return node.command({"CLUSTER", "MYID"}); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream input(text);
  for (std::string line; std::getline(input, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

bool is_running(const RedisServer& node) {
  try {
    return node.command({"PING"}) == "PONG";
  } catch (const std::runtime_error&) {
    return false;
  }
}

// Whether the node says so of itself: "ID 127.0.0.1:6379@16379 myself,master - 0 0 1 connected
// 0-5460 5462 [5463->-ID]".
bool holds(const RedisServer& node, int slot) {
  for (const std::string& line : lines_of(node.command({"CLUSTER", "NODES"}))) {
    if (line.find("myself,master") == std::string::npos) continue;
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 8; ++i) words >> word;
    while (words >> word && word.front() != '[') {
      const int begin = std::stoi(word);
      const std::size_t dash = word.find('-');
      const int end = dash == std::string::npos ? begin : std::stoi(word.substr(dash + 1));
      if (begin <= slot && slot <= end) return true;
    }
  }
  return false;
}

}  // namespace

RedisCluster::RedisCluster(int replicas_of_each, std::chrono::milliseconds node_timeout) {
  const int count = primaries * (1 + replicas_of_each);
  for (int i = 0; i < count; ++i) {
    nodes_.push_back(std::make_unique<RedisServer>(std::vector<std::string>{
        "cluster-enabled yes", fmt::format("cluster-port {}", free_port()),
        fmt::format("cluster-node-timeout {}", node_timeout.count()),
        "cluster-require-full-coverage no", "cluster-allow-replica-migration no"}));
  }
  join();
}

RedisCluster& RedisCluster::shared() {
  static RedisCluster cluster;
  return cluster;
}

void RedisCluster::join() {
  const RedisServer& first = *nodes_.front();
  for (int i = 0; i < primaries; ++i) {
    const int begin = slot_count * i / primaries;
    const int end = slot_count * (i + 1) / primaries;
    node(i).command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    node(i).command({"CLUSTER", "ADDSLOTSRANGE", std::to_string(begin), std::to_string(end - 1)});
  }
  const std::string bus_port = first.command({"CONFIG", "GET", "cluster-port"});
  for (const auto& one : nodes_) {
    if (one->port() == first.port()) continue;
    one->command(
        {"CLUSTER", "MEET", "127.0.0.1", std::to_string(first.port()), lines_of(bus_port).at(1)});
  }
  const auto knows_all = [this](const auto& one) {
    const auto known = lines_of(one->command({"CLUSTER", "NODES"}));
    return known.size() == nodes_.size() && std::ranges::none_of(known, [](const auto& line) {
             return line.find("handshake") != std::string::npos;
           });
  };
  wait_until([&] { return std::ranges::all_of(nodes_, knows_all); }, "the nodes do not meet");
  for (int i = primaries; i < node_count(); ++i) {
    node(i).command({"CLUSTER", "REPLICATE", id_of(node(i % primaries))});
  }
  wait_until([this] { return is_whole(); }, "the Cluster does not come up");
}

bool RedisCluster::is_whole() const {
  return std::ranges::all_of(nodes_, [this](const auto& one) {
    const std::string info = one->command({"CLUSTER", "INFO"});
    // The state is ok also while a node has not heard yet which slots the others hold.
    const bool is_up = info.starts_with("cluster_state:ok") &&
                       info.find("cluster_slots_assigned:16384") != std::string::npos;
    const auto index = std::ranges::find(nodes_, one) - nodes_.begin();
    const bool follows =
        index < primaries ||
        one->command({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
    return is_up && follows;
  });
}

std::string RedisCluster::url() const {
  std::vector<std::string> hosts;
  for (const auto& one : nodes_) hosts.push_back(fmt::format("127.0.0.1:{}", one->port()));
  return fmt::format("cluster://{}", fmt::join(hosts, ","));
}

int RedisCluster::slot_of(const std::string& key) {
  const auto one = std::ranges::find_if(nodes_, [](const auto& it) { return is_running(*it); });
  return std::stoi((*one)->command({"CLUSTER", "KEYSLOT", key}));
}

RedisServer& RedisCluster::owner_of(const std::string& key) { return owner_of_slot(slot_of(key)); }

RedisServer& RedisCluster::owner_of_slot(int slot) {
  for (const auto& one : nodes_) {
    if (is_running(*one) && holds(*one, slot)) return *one;
  }
  throw std::runtime_error("nobody holds the slot");
}

RedisServer& RedisCluster::another_primary_than(const RedisServer& other) {
  return node(0).port() == other.port() ? node(1) : node(0);
}

void RedisCluster::forget_everything() {
  for (int i = 0; i < primaries; ++i) node(i).command({"FLUSHALL"});
}

void RedisCluster::begin_move(int slot, RedisServer& to) {
  RedisServer& from = owner_of_slot(slot);
  const std::string number = std::to_string(slot);
  to.command({"CLUSTER", "SETSLOT", number, "IMPORTING", id_of(from)});
  from.command({"CLUSTER", "SETSLOT", number, "MIGRATING", id_of(to)});
}

void RedisCluster::move_key(const std::string& key, RedisServer& to) {
  owner_of(key).command(
      {"MIGRATE", "127.0.0.1", std::to_string(to.port()), key, "0", "5000", "REPLACE"});
}

void RedisCluster::end_move(int slot, RedisServer& to) {
  const std::string id = id_of(to);
  const auto tell = [&](RedisServer& one) {
    one.command({"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", id});
  };
  tell(to);
  for (int i = 0; i < primaries; ++i) {
    if (node(i).port() != to.port() && is_running(node(i))) tell(node(i));
  }
}

std::vector<std::string> RedisCluster::keys_in(int slot, const RedisServer& node) const {
  return lines_of(node.command({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "1000"}));
}

void RedisCluster::move_rest(int slot, RedisServer& from, RedisServer& to) {
  for (const std::string& key : keys_in(slot, from)) move_key(key, to);
}

void RedisCluster::force_move(int slot, RedisServer& to) {
  to.command({"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", id_of(to)});
  const auto has_let_go = [&](const auto& one) {
    return one->port() == to.port() || !holds(*one, slot);
  };
  wait_until([&] { return std::ranges::all_of(nodes_, has_let_go); }, "the nodes do not agree");
}

void RedisCluster::move_slot(int slot, RedisServer& to) {
  RedisServer& from = owner_of_slot(slot);
  begin_move(slot, to);
  move_rest(slot, from, to);
  end_move(slot, to);
}

}  // namespace rushline::tests
