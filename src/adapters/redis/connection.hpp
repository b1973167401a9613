// A connection to one server that is made again whenever it is lost.
//
//   waiting ──trial is due──▶ opening ──connected──▶ greeting ──PONG──▶ ready
//      ▲                         │                      │                │
//      └────── given up: refused, closed, too late, a wrong role ────────┘
//
// The circuit is closed while it is ready. No timer of its own: its owner calls check().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/circuit.hpp"
#include "adapters/redis/session.hpp"
#include "adapters/redis/socket.hpp"

namespace rushline::redis {

// Used by the thread of the sockets' io_context, which must outlive it.
class Connection {
 public:
  // Whom the connection tells, on that thread, from inside of its own calls or of the io_context.
  // Calls must neither destroy it nor call anything but send() of it.
  class Owner : public Session::Listener {
   public:
    // The circuit has changed; when it has opened, before those are told who waited.
    virtual void on_ready() = 0;
    virtual void on_lost(const Error& why) = 0;
  };

  // `sockets`, `clock` and `owner` must outlive it. With `channels` it is a subscriber (Session).
  Connection(SocketFactory& sockets, const Clock& clock, Login login,
             std::vector<std::string> channels, Owner& owner);
  // Nobody waits any more: see stop().
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Where to connect from now on. Gives up a connection to somewhere else; the next check()
  // connects.
  void move_to(const Endpoint& endpoint);
  const Endpoint& endpoint() const { return endpoint_; }

  // Answered at once with Errc::unavailable when it is not ready. Sent by flush().
  void send(Request request);
  void flush();

  // Connects when it is time, ends what takes too long, sends what waits. To be called every
  // limits::redis_sweep_interval.
  void check(Monotonic now);
  // Gives the present connection up. A later check() makes another.
  void lose(const Error& why);
  // Gives it up for good and tells everybody who waits.
  void stop(const Error& why);

  bool is_ready() const { return circuit_.state() == Circuit::State::closed; }
  const Circuit& circuit() const { return circuit_; }
  // Why it was last lost; empty until then.
  const std::string& last_error() const { return last_error_; }

 private:
  struct Attempt;
  using Failure = boost::system::error_code;

  void connect(Monotonic now);
  void on_open(Failure failure);
  void read();
  void on_read(Failure failure, std::size_t size);
  Error lost_because(std::string_view what, Failure failure) const;

  SocketFactory& sockets_;                   // constant
  const Clock& clock_;                       // constant
  const Login login_;                        // constant
  const std::vector<std::string> channels_;  // constant
  Owner& owner_;                             // constant
  Endpoint endpoint_;
  Circuit circuit_;
  Monotonic open_until_{};            // when an attempt has taken too long
  std::shared_ptr<Attempt> attempt_;  // shared with its handlers; nothing while waiting
  std::string last_error_;
  bool is_stopped_ = false;
};

}  // namespace rushline::redis
