// The Client of sentinel:// and sentinels://: as that of one server, which the Sentinels name.
//
// Beside the two connections to the primary (commands, messages) there are two to one of the
// Sentinels: one that is asked, and one that hears of a switch without asking.
#pragma once

#include <memory>

#include "adapters/redis/network_client.hpp"
#include "adapters/redis/sentinel_view.hpp"

namespace rushline::redis {

class SentinelClient final : public NetworkClient {
 public:
  // NetworkClient::open() makes it.
  SentinelClient(const Address& address, const Clock& clock);
  ~SentinelClient() override;

 private:
  // Hears what becomes of the connection to the primary.
  class Commands final : public Connection::Owner {
   public:
    explicit Commands(SentinelClient& client) : client_(client) {}
    void on_ready() override;
    void on_lost(const Error& why) override;
    void on_answer(Request request, Result<Reply> result) override;
    void on_message(std::string_view, std::string_view) override {}

   private:
    SentinelClient& client_;
  };

  // Hears what becomes of asking a Sentinel.
  class Asking final : public Connection::Owner {
   public:
    explicit Asking(SentinelClient& client) : client_(client) {}
    void on_ready() override {}
    void on_lost(const Error& why) override;
    void on_answer(Request request, Result<Reply> result) override;
    void on_message(std::string_view, std::string_view) override {}

   private:
    SentinelClient& client_;
  };

  // Hears what a Sentinel says unasked.
  class Listening final : public Connection::Owner {
   public:
    explicit Listening(SentinelClient& client) : client_(client) {}
    void on_ready() override {}
    void on_lost(const Error&) override {}
    void on_answer(Request, Result<Reply>) override {}
    void on_message(std::string_view channel, std::string_view message) override;

   private:
    SentinelClient& client_;
  };

  void begin() override;
  void dispatch(Request request) override { connection_.send(std::move(request)); }
  void flush() override { connection_.flush(); }
  void check(Monotonic now) override;
  void end(const Error& why) override;
  void ask(Monotonic now);
  void show_circuit();

  SentinelView view_;
  Commands commands_{*this};
  Asking asking_{*this};
  Listening listening_{*this};
  Connection connection_;  // to the primary
  Connection asked_;       // to a Sentinel
  Connection heard_;       // to the same one, or to the one before as long as that is there
  std::unique_ptr<Connection> subscriber_;  // to the primary; nothing when no channel was asked for
};

}  // namespace rushline::redis
