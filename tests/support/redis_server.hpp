// A private Redis for tests: data in a temporary folder, a free port of the loopback interface,
// ended by its process id.
#pragma once

#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rushline::tests {

// Used by one thread. Throws std::runtime_error, with the server's own words, when it does not come
// up. Keeps nothing over a restart unless `settings` say so.
class RedisServer {
 public:
  // `settings` as in redis.conf: "appendonly yes".
  explicit RedisServer(std::vector<std::string> settings = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // One for the whole test program, started when it is first needed.
  static RedisServer& shared();
  // False where Redis is not installed: a test that needs it is then skipped.
  static bool is_installed();

  int port() const { return port_; }

  // Waits until it answers and has read its data.
  void start();
  // As an operator would.
  void stop();
  // As a power failure would.
  void crash();
  // The process stands still, its sockets stay open.
  void freeze();
  void thaw();

 private:
  TemporaryFolder folder_;
  const std::vector<std::string> settings_;  // constant
  int port_ = 0;
  ChildProcess process_;
};

}  // namespace rushline::tests
