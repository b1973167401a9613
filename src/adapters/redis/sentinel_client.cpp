// Follows the Sentinels to the primary.
#include "adapters/redis/sentinel_client.hpp"

#include <utility>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

constexpr std::string_view switch_channel = "+switch-master";

Login primary_login(const Address& address) {
  return {address.credentials, address.database, Login::To::primary};
}

Login sentinel_login(const Address& address) {
  return {.credentials = address.credentials, .to = Login::To::sentinel};
}

}  // namespace

SentinelClient::SentinelClient(const Address& address, const Clock& clock)
    : NetworkClient(address, clock),
      view_(address.endpoints),
      connection_(sockets_, clock, primary_login(address), {}, commands_),
      asked_(sockets_, clock, sentinel_login(address), {}, asking_),
      heard_(sockets_, clock, sentinel_login(address), {std::string(switch_channel)}, listening_) {}

SentinelClient::~SentinelClient() { finish(); }

void SentinelClient::begin() { subscriber_ = make_subscriber(primary_login(address_)); }

void SentinelClient::check(Monotonic now) {
  if (const Endpoint* sentinel = view_.sentinel(now)) {
    asked_.move_to(*sentinel);
    if (!heard_.is_ready()) heard_.move_to(*sentinel);
  }
  asked_.check(now);
  heard_.check(now);
  if (asked_.is_ready() && view_.is_ask_due(now)) ask(now);
  if (const auto& primary = view_.primary()) {
    connection_.move_to(*primary);
    if (subscriber_ != nullptr) subscriber_->move_to(*primary);
  }
  connection_.check(now);
  if (subscriber_ != nullptr) subscriber_->check(now);
  show_circuit();
}

void SentinelClient::ask(Monotonic now) {
  view_.asked(now);
  const auto send = [&](const Command& command, Done done) {
    asked_.send({.bytes = command.bytes(),
                 .done = std::move(done),
                 .deadline = now + limits::redis_command_time_max});
  };
  send({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", address_.primary_name},
       [this, sentinel = asked_.endpoint()](const Result<Reply>& reply) {
         if (reply) view_.told_primary(sentinel, *reply, clock_.monotonic());
       });
  send({"SENTINEL", "SENTINELS", address_.primary_name}, [this](const Result<Reply>& reply) {
    if (reply) view_.told_sentinels(*reply);
  });
  asked_.flush();
}

void SentinelClient::end(const Error& why) {
  for (Connection* connection : {&connection_, &asked_, &heard_, subscriber_.get()}) {
    if (connection != nullptr) connection->stop(why);
  }
}

void SentinelClient::show_circuit() {
  const Circuit& circuit = connection_.circuit();
  intake_.set_circuit(circuit.state(), circuit.healthy_since());
  if (view_.primary()) show({{view_.primary()->text(), circuit.healthy_since()}});
}

void SentinelClient::Commands::on_ready() {
  client_.view_.primary_is_there();
  client_.intake_.count_connect();
  client_.show_circuit();
}

void SentinelClient::Commands::on_lost(const Error&) {
  client_.view_.primary_is_away(client_.clock_.monotonic());
  client_.show_circuit();
}

void SentinelClient::Commands::on_answer(Request request, Result<Reply> result) {
  client_.intake_.finish(std::move(request), std::move(result));
}

void SentinelClient::Asking::on_lost(const Error&) {
  client_.view_.sentinel_failed(client_.asked_.endpoint(), client_.clock_.monotonic());
}

void SentinelClient::Asking::on_answer(Request request, Result<Reply> result) {
  request.done(std::move(result));
}

void SentinelClient::Listening::on_message(std::string_view, std::string_view message) {
  client_.view_.heard_switch(message, client_.address_.primary_name);
}

}  // namespace rushline::redis
