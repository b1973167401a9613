// A client of Redis with its thread, as the server has it, and blocking ways to ask.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

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

}  // namespace rushline::tests
