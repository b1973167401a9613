// The Client of redis:// and rediss://: one connection for commands, one for messages.
//
// One connection is enough: everything that waits goes out in one piece, and one order of sending
// keeps the order of commands with the same key.
#pragma once

#include <memory>

#include "adapters/redis/network_client.hpp"

namespace rushline::redis {

class StandaloneClient final : public NetworkClient {
 public:
  // NetworkClient::open() makes it.
  StandaloneClient(const Address& address, const Clock& clock);
  ~StandaloneClient() override;

 private:
  // Tells the intake what became of the commands and of the circuit.
  class Commands final : public Connection::Owner {
   public:
    explicit Commands(StandaloneClient& client) : client_(client) {}
    void on_ready() override;
    void on_lost(const Error& why) override;
    void on_answer(Request request, Result<Reply> result) override;
    void on_message(std::string_view, std::string_view) override {}

   private:
    StandaloneClient& client_;
  };

  void begin() override;
  void dispatch(Request request) override { connection_.send(std::move(request)); }
  void flush() override { connection_.flush(); }
  void check(Monotonic now) override;
  void end(const Error& why) override;
  void show_circuit();

  Commands commands_{*this};
  Connection connection_;
  std::unique_ptr<Connection> subscriber_;  // nothing when no channel was asked for
};

}  // namespace rushline::redis
