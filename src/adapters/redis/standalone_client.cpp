// One server: its connection is the client.
#include "adapters/redis/standalone_client.hpp"

#include <utility>

namespace rushline::redis {
namespace {

Login login_of(const Address& address) {
  return {address.credentials, address.database, Login::To::primary};
}

}  // namespace

StandaloneClient::StandaloneClient(const Address& address, const Clock& clock)
    : NetworkClient(address, clock),
      connection_(sockets_, clock, login_of(address), {}, commands_) {}

StandaloneClient::~StandaloneClient() { finish(); }

void StandaloneClient::begin() {
  subscriber_ = make_subscriber(login_of(address_));
  connection_.move_to(address_.endpoints.front());
  if (subscriber_ != nullptr) subscriber_->move_to(address_.endpoints.front());
}

void StandaloneClient::check(Monotonic now) {
  connection_.check(now);
  if (subscriber_ != nullptr) subscriber_->check(now);
  show_circuit();
}

void StandaloneClient::end(const Error& why) {
  connection_.stop(why);
  if (subscriber_ != nullptr) subscriber_->stop(why);
}

void StandaloneClient::show_circuit() {
  const Circuit& circuit = connection_.circuit();
  intake_.set_circuit(circuit.state(), circuit.healthy_since());
  show({{connection_.endpoint().text(), circuit.healthy_since()}});
}

void StandaloneClient::Commands::on_ready() {
  client_.intake_.count_connect();
  client_.show_circuit();
}

void StandaloneClient::Commands::on_lost(const Error&) { client_.show_circuit(); }

void StandaloneClient::Commands::on_answer(Request request, Result<Reply> result) {
  client_.intake_.finish(std::move(request), std::move(result));
}

}  // namespace rushline::redis
