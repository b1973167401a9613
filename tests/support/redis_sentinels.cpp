// Configuration files, processes, and waiting until they have found each other.
#include "tests/support/redis_sentinels.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace rushline::tests {
namespace {

using std::chrono::seconds;

constexpr int replicas = 2;
constexpr seconds time_max{30};

void wait_until(const std::function<bool()>& condition, const char* what) {
  if (!eventually(condition, time_max)) throw std::runtime_error(what);
}

}  // namespace

struct RedisSentinels::Sentinel {
  explicit Sentinel(int primary_port) : port(free_port()) {
    std::ofstream file(folder / "sentinel.conf");
    file << fmt::format(
        "bind 127.0.0.1\nport {}\ndir {}\n"
        "sentinel monitor shop 127.0.0.1 {} {}\n"
        "sentinel down-after-milliseconds shop 500\n"
        "sentinel failover-timeout shop 1500\n",
        port, folder.path().string(), primary_port, count / 2 + 1);
    file.close();
    give_to_server_user(folder.path());
    start();
  }

  void start() {
    process = ChildProcess({"/usr/bin/redis-server", folder / "sentinel.conf", "--sentinel"},
                           folder / "log");
    wait_for_redis(port, process, folder / "log");
    // They look at everything every few seconds; for tests, several times a second. One that did
    // not get to run for two seconds only watches for the next thirty; here, for one.
    redis_command(port, {"SENTINEL", "DEBUG", "info-period", "200", "ask-period", "200",
                         "publish-period", "200", "ping-period", "100", "tilt-period", "1000"});
  }

  bool knows_all() const {
    const std::string info = redis_command(port, {"INFO", "sentinel"});
    return info.find(fmt::format("slaves={},sentinels={}", replicas, count)) != std::string::npos;
  }

  TemporaryFolder folder;
  int port;
  ChildProcess process;
};

RedisSentinels::RedisSentinels(const std::vector<std::string>& settings) {
  servers_.push_back(std::make_unique<RedisServer>(settings));
  const int port = servers_.front()->port();
  auto of_replica = settings;
  of_replica.push_back(fmt::format("replicaof 127.0.0.1 {}", port));
  for (int i = 0; i < replicas; ++i) servers_.push_back(std::make_unique<RedisServer>(of_replica));
  wait_until(
      [&] {
        const std::string info = servers_.front()->command({"INFO", "replication"});
        return info.find(fmt::format("connected_slaves:{}", replicas)) != std::string::npos;
      },
      "the replicas do not follow");
  for (int i = 0; i < count; ++i) sentinels_.push_back(std::make_unique<Sentinel>(port));
  for (const auto& sentinel : sentinels_) {
    wait_until([&] { return sentinel->knows_all(); }, "the Sentinels do not find each other");
  }
}

RedisSentinels::~RedisSentinels() = default;

RedisSentinels& RedisSentinels::shared() {
  static RedisSentinels sentinels;
  return sentinels;
}

std::string RedisSentinels::url() const {
  return fmt::format("sentinel://{},{},{}/shop", sentinel_address(0), sentinel_address(1),
                     sentinel_address(2));
}

std::string RedisSentinels::sentinel_address(int index) const {
  return fmt::format("127.0.0.1:{}", sentinels_.at(static_cast<std::size_t>(index))->port);
}

int RedisSentinels::named_port() const {
  for (const auto& sentinel : sentinels_) {
    try {
      const std::string answer =
          redis_command(sentinel->port, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shop"});
      return std::stoi(answer.substr(answer.find('\n') + 1));  // "127.0.0.1\n6379\n"
    } catch (const std::runtime_error&) {
      // This one does not run: the next.
    }
  }
  throw std::runtime_error("no Sentinel answers");
}

RedisServer& RedisSentinels::primary() {
  const int port = named_port();
  for (const auto& server : servers_) {
    if (server->port() == port) return *server;
  }
  throw std::runtime_error(fmt::format("the Sentinels name a stranger on port {}", port));
}

void RedisSentinels::fail_over() {
  const RedisServer& old = primary();
  // It refuses while an earlier one is not over.
  wait_until(
      [&] {
        try {
          return ask_sentinel(0, {"SENTINEL", "FAILOVER", "shop"}) == "OK";
        } catch (const std::runtime_error&) {
          return false;
        }
      },
      "the Sentinels do not fail over");
  wait_for_another_than(old);
}

void RedisSentinels::wait_for_another_than(const RedisServer& old) {
  wait_until([&] { return named_port() != old.port(); }, "no replica is promoted");
}

void RedisSentinels::kill_sentinel(int index) {
  ChildProcess& process = sentinels_.at(static_cast<std::size_t>(index))->process;
  process.send(SIGKILL);
  process.wait(time_max);
}

void RedisSentinels::freeze_sentinel(int index) {
  sentinels_.at(static_cast<std::size_t>(index))->process.send(SIGSTOP);
}

void RedisSentinels::thaw_sentinel(int index) {
  sentinels_.at(static_cast<std::size_t>(index))->process.send(SIGCONT);
}

void RedisSentinels::start_sentinel(int index) {
  sentinels_.at(static_cast<std::size_t>(index))->start();
}

std::string RedisSentinels::ask_sentinel(int index, const std::vector<std::string>& words) const {
  return redis_command(sentinels_.at(static_cast<std::size_t>(index))->port, words);
}

}  // namespace rushline::tests
