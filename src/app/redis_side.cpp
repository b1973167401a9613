// One client, shared by the waiting room and the board.
#include "app/redis_side.hpp"

#include <utility>

#include "core/limits.hpp"

namespace rushline::app {

Result<std::unique_ptr<RedisSide>> RedisSide::open(const runtime::Settings& settings,
                                                   const ShopCalendar& calendar,
                                                   const Clock& clock) {
  const auto address = redis::Address::parse(settings.redis_url);
  if (address.has_error()) return address.error();
  auto client = redis::NetworkClient::open(*address, {settings.redis_tls_ca_file}, clock);
  if (client.has_error()) return std::move(client).error();
  return std::unique_ptr<RedisSide>(new RedisSide(std::move(*client), settings, calendar));
}

RedisSide::RedisSide(std::unique_ptr<redis::NetworkClient> client,
                     const runtime::Settings& settings, const ShopCalendar& calendar)
    : client_(std::move(client)),
      library_(*client_),
      waiting_room_(*client_, library_,
                    {settings.redis_wait_replicas, limits::redis_replica_wait_max}),
      board_(*client_, library_, calendar) {}

void RedisSide::start() {
  threads_.start("redis", [this] { client_->run(); });
}

void RedisSide::stop() {
  client_->stop();
  threads_.join();
}

}  // namespace rushline::app
