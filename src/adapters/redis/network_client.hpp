// What the clients of every topology share: the thread that drives them, the timer, the door, and
// the channels that are listened to.
//
// Starts no thread: runtime's thread calls run().
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/intake.hpp"

namespace rushline::redis {

// What a client is given beside its address.
struct ClientOptions {
  std::string tls_ca_file = {};  // empty = what the system trusts; only with TLS
};

// A server that holds data, as a client sees it.
struct PrimaryState {
  std::string address;                     // HOST:PORT
  std::optional<Monotonic> healthy_since;  // nothing while its circuit is not closed

  friend bool operator==(const PrimaryState&, const PrimaryState&) = default;
};

class NetworkClient : public Client {
 public:
  // A client of the address' shape, which connects once it runs. `clock` must outlive it.
  // Errc::configuration.
  static Result<std::unique_ptr<NetworkClient>> open(const Address& address,
                                                     const ClientOptions& options,
                                                     const Clock& clock);
  // No thread may be in run(). Whoever still waits is told Errc::shutting_down.
  ~NetworkClient() override;

  void send(std::string_view key, Command command, Done done) override;
  void send_to(std::uint32_t server, Command command, Done done) override;
  void subscribe(std::string channel, Callback<void(std::string_view)> heard) override;
  ClientState state() const override { return intake_.state(); }
  // The word of the address: redis, sentinel, cluster.
  std::string_view shape() const { return to_word(address_.shape); }
  // Those that are known: the server, the one that the Sentinels name, those that share the slots.
  // Any thread.
  std::vector<PrimaryState> primaries() const;

  // Drives the client on the calling thread until stop() was called: connects, and calls `done` and
  // `heard`. Once, by one thread.
  void run();
  // Any thread; harmless when repeated. Whoever waits is told Errc::shutting_down, on the client's
  // thread, then run() returns.
  void stop();

 protected:
  NetworkClient(const Address& address, const Clock& clock);

  // What a topology does, on the client's thread.
  virtual void begin() = 0;
  virtual void dispatch(Request request) = 0;
  // After some were dispatched.
  virtual void flush() = 0;
  // Every limits::redis_sweep_interval.
  virtual void check(Monotonic now) = 0;
  // Gives everything up; everybody who waits is told.
  virtual void end(const Error& why) = 0;
  // To be called by the destructor of every topology, while end() can still be.
  void finish();

  Result<void> use_tls(const std::string& ca_file);
  // What primaries() gives from now on.
  void show(std::vector<PrimaryState> primaries);
  // A subscriber to all channels that were asked for; nothing when there are none.
  std::unique_ptr<Connection> make_subscriber(const Login& login);

  boost::asio::io_context context_{1};  // outlives every socket
  const Clock& clock_;                  // constant
  const Address address_;               // constant
  SocketFactory sockets_;
  Intake intake_;

 private:
  // Hands messages on.
  class Subscriber final : public Connection::Owner {
   public:
    explicit Subscriber(NetworkClient& client) : client_(client) {}
    void on_ready() override {}
    void on_lost(const Error&) override {}
    void on_answer(Request, Result<Reply>) override {}
    void on_message(std::string_view channel, std::string_view message) override;

   private:
    NetworkClient& client_;
  };

  void take_requests();
  void sweep();

  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> alive_;
  boost::asio::steady_timer timer_;
  std::map<std::string, std::vector<Callback<void(std::string_view)>>, std::less<>> heard_;
  Subscriber subscriber_{*this};
  Monotonic swept_at_{};
  bool is_finished_ = false;
  mutable std::mutex shown_mutex_;
  std::vector<PrimaryState> shown_;  // guarded by shown_mutex_
};

}  // namespace rushline::redis
