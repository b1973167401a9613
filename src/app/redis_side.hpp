// What a server has of Redis: the connection, the functions inside it, the waiting room and the
// ranking board.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/function_library.hpp"
#include "adapters/redis/network_client.hpp"
#include "adapters/redis/redis_ranking_board.hpp"
#include "adapters/redis/redis_waiting_room.hpp"
#include "core/shop_calendar.hpp"
#include "ops/observation.hpp"
#include "runtime/settings.hpp"
#include "runtime/threads.hpp"

namespace rushline::app {

// Blocks until Redis answers a client that runs; false when it does not in time.
bool wait_until_healthy(const redis::Client& client, const Clock& clock,
                        std::chrono::milliseconds time_max);

// Accessors may be called from any thread.
class RedisSide {
 public:
  // Connects once start() was called. Errc::configuration. `calendar` and `clock` must outlive it.
  static Result<std::unique_ptr<RedisSide>> open(const runtime::Settings& settings,
                                                 const ShopCalendar& calendar, const Clock& clock);

  coupons::WaitingRoom& waiting_room() { return waiting_room_; }
  ranking::RankingBoard& board() { return board_; }
  redis::ClientState state() const { return client_->state(); }
  std::vector<redis::PrimaryState> primaries() const { return client_->primaries(); }
  // As of the last answer to look_at_replicas(), which asks and never blocks.
  ops::RedisReplicas replicas() const;
  void look_at_replicas();
  std::string_view shape() const { return client_->shape(); }
  // Whether every primary answers. Any thread.
  bool is_whole() const;
  // The address for people: without user and password.
  const std::string& name() const { return name_; }

  // Starts the thread of the connection; once, after everybody has subscribed.
  void start();
  // Blocks until every primary answers, or the time is over. False when none does.
  bool wait_until_healthy(std::chrono::milliseconds time_max) const;
  // Whoever waits is told Errc::shutting_down; then the thread ends. Harmless when repeated.
  void stop();

 private:
  RedisSide(std::string name, std::unique_ptr<redis::NetworkClient> client,
            const runtime::Settings& settings, const ShopCalendar& calendar, const Clock& clock);

  // Shared with the question under way.
  struct Replicas {
    std::atomic<bool> is_asked = false;
    std::atomic<std::int64_t> online = 0;
    std::atomic<std::chrono::seconds> lag{std::chrono::seconds{0}};
    std::atomic<bool> is_told = false;              // Redis has answered once
    std::atomic<Monotonic> online_at{Monotonic{}};  // the last time; Monotonic{}: never
  };

  const std::string name_;
  const Clock& clock_;                // constant
  const std::int64_t wait_replicas_;  // constant
  const std::shared_ptr<Replicas> replicas_ = std::make_shared<Replicas>();
  std::unique_ptr<redis::NetworkClient> client_;
  redis::FunctionLibrary library_;
  redis::RedisWaitingRoom waiting_room_;
  redis::RedisRankingBoard board_;
  runtime::Threads threads_;  // used by the owner
};

}  // namespace rushline::app
