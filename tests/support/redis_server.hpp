// A private Redis for tests, with the settings and users that are shipped in deploy/redis: data in
// a temporary folder, a free port of the loopback interface, ended by its process id.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rushline::tests {

// Used by one thread. Throws std::runtime_error, with the server's own words, when something does
// not come up.
class RedisServer {
 public:
  // `settings` are lines as in redis.conf: "requirepass x". They win over the shipped ones.
  explicit RedisServer(std::vector<std::string> settings = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // One for the whole test program, started when it is first needed.
  static RedisServer& shared();
  // False where Redis is not installed: a test that needs it is then skipped.
  static bool is_installed();

  int port() const { return port_; }
  // redis://127.0.0.1:PORT/0
  std::string url() const;
  // The same as one of the shipped users: "rushline" may do what a server needs, and no more.
  std::string url_of(std::string_view user) const;
  // Runs a command on a connection of its own (after AUTH with `password`, if it has one); its
  // answer as text, the elements of an array one per line. Throws when it is an error.
  std::string command(const std::vector<std::string>& words,
                      const std::string& password = {}) const;
  // False, too, while it does not answer: a change of roles cuts its clients off.
  bool is_replica() const;

  // Waits until it answers and has loaded its data, which it kept in an append-only file.
  void start();
  // As an operator would.
  void stop();
  // As a power failure would.
  void crash();
  // It stands still, its sockets stay open.
  void freeze();
  void thaw();

 private:
  TemporaryFolder folder_;
  const std::vector<std::string> settings_;  // constant
  int port_ = 0;
  ChildProcess process_;
};

// Runs a command on whatever listens on the port. As RedisServer::command().
std::string redis_command(int port, const std::vector<std::string>& words,
                          const std::string& password = {});

// Waits until what listens on the port answers PING, if only by asking for a password. Throws with
// what `log` holds when the process ends or it takes too long.
void wait_for_redis(int port, ChildProcess& process, const std::string& log);

}  // namespace rushline::tests
