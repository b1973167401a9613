// A Redis Cluster for tests: three primaries, each with replicas if wanted, on free ports of the
// loopback interface, ended by their process ids.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/redis_server.hpp"

namespace rushline::tests {

// Used by one thread. Throws std::runtime_error when something does not come up.
class RedisCluster {
 public:
  static constexpr int primaries = 3;

  // All slots are served. A slot that nobody serves does not stop the others.
  explicit RedisCluster(int replicas_of_each = 0,
                        std::chrono::milliseconds node_timeout = std::chrono::seconds(15));

  // One without replicas for the whole test program, started when it is first needed.
  static RedisCluster& shared();

  // cluster://HOST:PORT,... of all nodes
  std::string url() const;

  // The primaries of the beginning come first; they hold a third of the slots each.
  RedisServer& node(int index) { return *nodes_.at(static_cast<std::size_t>(index)); }
  int node_count() const { return static_cast<int>(nodes_.size()); }
  // The node that holds the slot of `key`, as those that run say.
  RedisServer& owner_of(const std::string& key);
  int slot_of(const std::string& key);
  // A primary that is not `other`.
  RedisServer& another_primary_than(const RedisServer& other);
  // Empties every node that is a primary.
  void forget_everything();

  // The way of a slot to another node, step by step: between the first and the last, keys that are
  // still there are served by the one, those that are not by the other.
  void begin_move(int slot, RedisServer& to);
  void move_key(const std::string& key, RedisServer& to);
  void end_move(int slot, RedisServer& to);
  // Moves the keys that came to be while others were moved.
  void move_rest(int slot, RedisServer& from, RedisServer& to);
  // Ends it although there are keys on the old node, which are lost; waits until all know.
  void force_move(int slot, RedisServer& to);
  std::vector<std::string> keys_in(int slot, const RedisServer& node) const;
  // All steps at once, as redis-cli takes them.
  void move_slot(int slot, RedisServer& to);

 private:
  RedisServer& owner_of_slot(int slot);
  void join();
  bool is_whole() const;

  std::vector<std::unique_ptr<RedisServer>> nodes_;
};

}  // namespace rushline::tests
