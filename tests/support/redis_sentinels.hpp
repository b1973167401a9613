// A primary, two replicas and three Sentinels for tests, on free ports of the loopback interface,
// ended by their process ids.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/redis_server.hpp"

namespace rushline::tests {

// Used by one thread. Throws std::runtime_error when something does not come up.
class RedisSentinels {
 public:
  static constexpr int count = 3;

  // Every Sentinel knows the others and the replicas. `settings` are those of every server.
  explicit RedisSentinels(const std::vector<std::string>& settings = {});
  ~RedisSentinels();
  RedisSentinels(const RedisSentinels&) = delete;
  RedisSentinels& operator=(const RedisSentinels&) = delete;

  // One for the whole test program, started when it is first needed.
  static RedisSentinels& shared();

  // sentinel://HOST:PORT,HOST:PORT,HOST:PORT/shop
  std::string url() const;
  // HOST:PORT of one of them, from 0.
  std::string sentinel_address(int index) const;

  // The server that the Sentinels name now.
  RedisServer& primary();
  // Lets the Sentinels promote a replica, and waits until they name it.
  void fail_over();
  // Waits until they name another one than `old`.
  void wait_for_another_than(const RedisServer& old);

  void kill_sentinel(int index);
  void freeze_sentinel(int index);
  void thaw_sentinel(int index);
  // Also again after kill_sentinel(), with what it has written down.
  void start_sentinel(int index);
  // As RedisServer::command().
  std::string ask_sentinel(int index, const std::vector<std::string>& words) const;

 private:
  struct Sentinel;

  int named_port() const;

  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<std::unique_ptr<Sentinel>> sentinels_;
};

}  // namespace rushline::tests
