// One client, shared by the waiting room and the board.
#include "app/redis_side.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "adapters/redis/replicas.hpp"
#include "core/watch_limits.hpp"

namespace rushline::app {

bool wait_until_healthy(const redis::Client& client, const Clock& clock,
                        std::chrono::milliseconds time_max) {
  const Monotonic deadline = clock.monotonic() + time_max;
  while (!client.state().healthy_since) {
    if (clock.monotonic() >= deadline) break;
    std::this_thread::sleep_for(limits::redis_sweep_interval);
  }
  return client.state().circuit == redis::ClientState::Circuit::closed;
}

Result<std::unique_ptr<RedisSide>> RedisSide::open(const runtime::Settings& settings,
                                                   const ShopCalendar& calendar,
                                                   const Clock& clock) {
  const auto address = redis::Address::parse(settings.redis_url);
  if (address.has_error()) return address.error();
  auto client = redis::NetworkClient::open(*address, {settings.redis_tls_ca_file}, clock);
  if (client.has_error()) return std::move(client).error();
  return std::unique_ptr<RedisSide>(
      new RedisSide(address->name(), std::move(*client), settings, calendar, clock));
}

RedisSide::RedisSide(std::string name, std::unique_ptr<redis::NetworkClient> client,
                     const runtime::Settings& settings, const ShopCalendar& calendar,
                     const Clock& clock)
    : name_(std::move(name)),
      clock_(clock),
      wait_replicas_(settings.redis_wait_replicas),
      client_(std::move(client)),
      library_(*client_),
      waiting_room_(*client_, library_,
                    {settings.redis_wait_replicas, limits::redis_replica_wait_max}),
      board_(library_, calendar) {}

bool RedisSide::is_whole() const {
  const auto all = primaries();
  return state().healthy_since && std::ranges::all_of(all, [](const redis::PrimaryState& primary) {
           return primary.healthy_since.has_value();
         });
}

ops::RedisReplicas RedisSide::replicas() const {
  const std::int64_t online = replicas_->online;
  const Monotonic online_at = replicas_->online_at;
  const bool was_there =
      online_at != Monotonic{} && clock_.monotonic() - online_at <= limits::replica_remembered_time;
  return {.online = online,
          .waited_for = wait_replicas_,
          .lag = replicas_->lag,
          .is_missed = replicas_->is_told && online == 0 && (wait_replicas_ > 0 || was_there)};
}

// While nobody answers the last answer stands: that Redis is away is told elsewhere.
void RedisSide::look_at_replicas() {
  if (replicas_->is_asked.exchange(true)) return;
  redis::ask_for_replicas(*client_, [kept = replicas_, now = clock_.monotonic()](
                                        const std::optional<redis::Replicas>& seen) {
    if (seen) {
      kept->online = seen->online;
      kept->lag = seen->lag;
      if (seen->online > 0) kept->online_at = now;
      kept->is_told = true;
    }
    kept->is_asked = false;
  });
}

void RedisSide::start() {
  threads_.start("redis", [this] { client_->run(); });
}

bool RedisSide::wait_until_healthy(std::chrono::milliseconds time_max) const {
  return app::wait_until_healthy(*client_, clock_, time_max);
}

void RedisSide::stop() {
  client_->stop();
  threads_.join();
}

}  // namespace rushline::app
