// The client's thread: requests in, one timer, the end.
#include "adapters/redis/network_client.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "adapters/redis/cluster_client.hpp"
#include "adapters/redis/sentinel_client.hpp"
#include "adapters/redis/standalone_client.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {
namespace {

Error shutting_down() {
  return fail(Errc::shutting_down, "The connection to Redis is being closed.");
}

}  // namespace

Result<std::unique_ptr<NetworkClient>> NetworkClient::open(const Address& address,
                                                           const ClientOptions& options,
                                                           const Clock& clock) {
  std::unique_ptr<NetworkClient> client;
  switch (address.shape) {
    case Address::Shape::standalone:
      client = std::make_unique<StandaloneClient>(address, clock);
      break;
    case Address::Shape::sentinel:
      client = std::make_unique<SentinelClient>(address, clock);
      break;
    case Address::Shape::cluster:
      client = std::make_unique<ClusterClient>(address, clock);
      break;
  }
  if (address.uses_tls) {
    if (const auto used = client->use_tls(options.tls_ca_file); !used) return used.error();
  }
  return client;
}

NetworkClient::NetworkClient(const Address& address, const Clock& clock)
    : clock_(clock),
      address_(address),
      sockets_(SocketFactory::without_tls(context_)),
      intake_(clock, [this] { boost::asio::post(context_, [this] { take_requests(); }); }),
      alive_(context_.get_executor()),
      timer_(context_) {}

NetworkClient::~NetworkClient() { RUSHLINE_ASSERT(is_finished_); }

Result<void> NetworkClient::use_tls(const std::string& ca_file) {
  auto sockets = SocketFactory::with_tls(context_, ca_file);
  if (!sockets) return sockets.error();
  sockets_ = *std::move(sockets);
  return {};
}

void NetworkClient::send(std::string_view key, Command command, Done done) {
  const std::uint16_t slot = key.empty() ? any_slot : slot_of(key);
  intake_.send({.slot = slot}, std::move(command), std::move(done));
}

void NetworkClient::send_to(std::uint32_t server, Command command, Done done) {
  intake_.send({.server = server}, std::move(command), std::move(done));
}

void NetworkClient::subscribe(std::string channel, Callback<void(std::string_view)> heard) {
  heard_[std::move(channel)].push_back(std::move(heard));
}

std::vector<PrimaryState> NetworkClient::primaries() const {
  const std::scoped_lock lock(shown_mutex_);
  return shown_;
}

void NetworkClient::show(std::vector<PrimaryState> primaries) {
  const std::scoped_lock lock(shown_mutex_);
  shown_ = std::move(primaries);
}

std::unique_ptr<Connection> NetworkClient::make_subscriber(const Login& login) {
  if (heard_.empty()) return nullptr;
  std::vector<std::string> channels;
  for (const auto& [channel, callbacks] : heard_) channels.push_back(channel);
  return std::make_unique<Connection>(sockets_, clock_, login, std::move(channels), subscriber_);
}

void NetworkClient::Subscriber::on_message(std::string_view channel, std::string_view message) {
  const auto found = client_.heard_.find(channel);
  if (found == client_.heard_.end()) return;
  for (auto& heard : found->second) heard(message);
}

void NetworkClient::run() {
  boost::asio::post(context_, [this] {
    if (is_finished_) return;
    begin();
    sweep();
  });
  context_.run();
}

void NetworkClient::take_requests() {
  if (is_finished_) return;
  for (Request& request : intake_.take()) dispatch(std::move(request));
  flush();
}

void NetworkClient::sweep() {
  if (is_finished_) return;
  const Monotonic now = clock_.monotonic();
  // Was this thread held up itself? Then answers may be here that were not read yet: they come
  // first, before anybody is called late.
  const bool was_held_up =
      swept_at_ != Monotonic{} && now - swept_at_ > limits::redis_sweep_interval * 3;
  swept_at_ = now;
  if (!was_held_up) check(now);
  timer_.expires_after(limits::redis_sweep_interval);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) sweep();
  });
}

void NetworkClient::stop() {
  intake_.close();
  boost::asio::post(context_, [this] { finish(); });
}

void NetworkClient::finish() {
  if (std::exchange(is_finished_, true)) return;
  intake_.close();
  end(shutting_down());
  for (Request& request : intake_.take()) intake_.finish(std::move(request), shutting_down());
  timer_.cancel();
  alive_.reset();
  context_.stop();
}

}  // namespace rushline::redis
