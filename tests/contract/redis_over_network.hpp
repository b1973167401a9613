// The waiting room and the board in Redis with the server's own client and its thread, for the
// contracts: what other suites say on a blocking connection.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/contract/redis_board_under_test.hpp"
#include "tests/contract/redis_under_test.hpp"
#include "tests/support/redis_cluster.hpp"
#include "tests/support/running_redis_client.hpp"

namespace rushline::tests {

// Begins when the first command is sent, so that one may subscribe before.
class StartedOnDemand final : public redis::Client {
 public:
  explicit StartedOnDemand(const std::string& url) : running_(url) {}

  void send(std::string_view key, redis::Command command, Done done) override {
    if (!is_started_) {
      is_started_ = true;
      running_.start();
      if (!running_.becomes_healthy()) throw std::runtime_error("Redis does not get healthy");
    }
    running_->send(key, std::move(command), std::move(done));
  }
  void send_to(std::uint32_t server, redis::Command command, Done done) override {
    running_->send_to(server, std::move(command), std::move(done));
  }
  void subscribe(std::string channel, Callback<void(std::string_view)> heard) override {
    running_->subscribe(std::move(channel), std::move(heard));
  }
  redis::ClientState state() const override { return {}; }

 private:
  RunningRedisClient running_;
  bool is_started_ = false;
};

// Accidents happen on a connection of their own, to `primary`.
class RedisOverNetwork final : public WaitingRoomUnderTest {
 public:
  RedisOverNetwork(RedisServer& primary, const std::string& url)
      : accidents_(primary), client_(url) {}

  coupons::WaitingRoom& room() override { return room_; }
  void forget_everything() override { accidents_.forget_everything(); }
  void lose_event(CouponEventId event) override { accidents_.lose_event(event); }
  void lose_line(CouponEventId event) override { accidents_.lose_line(event); }
  void lose_last_place(CouponEventId event) override { accidents_.lose_last_place(event); }
  void change_primary() override { accidents_.change_primary(); }

 private:
  RedisUnderTest accidents_;
  StartedOnDemand client_;
  redis::FunctionLibrary library_{client_};
  redis::RedisWaitingRoom room_{client_, library_};
};

// The same over the primaries of a Cluster.
class RedisOverCluster final : public WaitingRoomUnderTest {
 public:
  explicit RedisOverCluster(RedisCluster& cluster) : cluster_(cluster), client_(cluster.url()) {
    cluster.forget_everything();
  }

  coupons::WaitingRoom& room() override { return room_; }
  void forget_everything() override { cluster_.forget_everything(); }
  void lose_event(CouponEventId event) override { ask({"DEL", redis::event_key(event)}); }
  void lose_line(CouponEventId event) override { ask({"DEL", redis::line_key(event)}); }
  void lose_last_place(CouponEventId event) override { ask({"ZPOPMAX", redis::line_key(event)}); }
  void change_primary() override {
    for (int i = 0; i < RedisCluster::primaries; ++i) {
      cluster_.node(i).command({"DEBUG", "CHANGE-REPL-ID"});
    }
  }

 private:
  void ask(const std::vector<std::string>& words) { cluster_.owner_of(words[1]).command(words); }

  RedisCluster& cluster_;
  StartedOnDemand client_;
  redis::FunctionLibrary library_{client_};
  redis::RedisWaitingRoom room_{client_, library_};
};

class RedisBoardOverNetwork {
 public:
  RedisBoardOverNetwork(RedisServer& primary, const std::string& url)
      : emptied(primary), client_(url) {}

  RedisBoardUnderTest emptied;  // the same Redis on a blocking connection

 private:
  StartedOnDemand client_;
  redis::FunctionLibrary library_{client_};

 public:
  redis::RedisRankingBoard board{library_, emptied.calendar};
};

}  // namespace rushline::tests
