// A client of Redis with its thread, as the server has it, blocking ways to ask, and what it heard.
#pragma once

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/redis/network_client.hpp"
#include "tests/support/eventually.hpp"

namespace rushline::tests {

// The real clocks; only runtime reads them in the program.
class RealClock final : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};

// Safe to call from any thread, but for start() and the end.
class RunningRedisClient {
 public:
  // Not started: subscribe first, with what outlives the client.
  explicit RunningRedisClient(const std::string& url, const redis::ClientOptions& options = {}) {
    const auto address = redis::Address::parse(url);
    if (!address) throw std::runtime_error(address.error().detail);
    auto opened = redis::NetworkClient::open(*address, options, clock_);
    if (!opened) throw std::runtime_error(opened.error().detail);
    client_ = std::move(*opened);
  }
  ~RunningRedisClient() { stop(); }
  RunningRedisClient(const RunningRedisClient&) = delete;
  RunningRedisClient& operator=(const RunningRedisClient&) = delete;

  void start() {
    thread_ = std::thread([this] { client_->run(); });
  }
  void stop() {
    client_->stop();
    if (thread_.joinable()) thread_.join();
  }

  redis::NetworkClient& operator*() { return *client_; }
  redis::NetworkClient* operator->() { return client_.get(); }

  // True once the circuit is closed.
  bool becomes_healthy(std::chrono::milliseconds time_max = std::chrono::seconds(20)) const {
    return eventually([&] { return client_->state().healthy_since.has_value(); }, time_max);
  }
  bool becomes_unhealthy() const {
    return eventually([&] { return !client_->state().healthy_since.has_value(); });
  }

  std::future<Result<redis::Reply>> send(redis::Command command, std::string_view key = {}) {
    std::promise<Result<redis::Reply>> promise;
    auto answer = promise.get_future();
    client_->send(key, std::move(command),
                  [promise = std::move(promise)](Result<redis::Reply> reply) mutable {
                    promise.set_value(std::move(reply));
                  });
    return answer;
  }
  // Waits for the answer.
  Result<redis::Reply> ask(redis::Command command, std::string_view key = {}) {
    return send(std::move(command), key).get();
  }

 private:
  const RealClock clock_;
  std::unique_ptr<redis::NetworkClient> client_;
  std::thread thread_;
};

// "text" of an answer, or what went wrong.
inline std::string shown(const Result<redis::Reply>& reply) {
  if (!reply) return std::string(to_word(reply.error().code));
  return reply->is(redis::Reply::Kind::integer) ? std::to_string(reply->integer) : reply->text;
}

// Messages of a channel, collected on the client's thread.
class HeardMessages {
 public:
  // Before the client starts.
  void listen(RunningRedisClient& client, const std::string& channel) {
    client->subscribe(channel, [this](std::string_view message) {
      const std::scoped_lock lock(mutex_);
      all_.emplace_back(message);
    });
  }
  std::vector<std::string> all() const {
    const std::scoped_lock lock(mutex_);
    return all_;
  }
  bool holds(const std::string& message) const {
    const std::scoped_lock lock(mutex_);
    return std::ranges::find(all_, message) != all_.end();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;  // guarded by mutex_
};

}  // namespace rushline::tests
