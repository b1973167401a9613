// Commands to a Redis, whatever its shape: one server, a primary found by Sentinels, a Cluster.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/redis/reply.hpp"
#include "core/callback.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace rushline::redis {

// A command as the bytes of RESP2, formatted by hiredis.
class Command {
 public:
  Command(std::initializer_list<std::string_view> words);
  explicit Command(std::span<const std::string_view> words);

  const std::string& bytes() const { return bytes_; }
  std::string take_bytes() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// What can be seen of the connection from outside.
struct ClientState {
  enum class Circuit : std::uint8_t { closed, open, half_open } circuit = Circuit::open;
  // Since when every primary answers; nothing while one does not. In a Cluster the circuit is
  // closed as long as one does.
  std::optional<Monotonic> healthy_since;
  std::int64_t in_flight = 0;      // commands that were taken and are not answered
  std::int64_t waiting_bytes = 0;  // of these
  std::int64_t commands = 0;       // answered since the start
  std::int64_t failures = 0;       // not answered (timed out, cut off, refused by us)
  std::int64_t connects = 0;       // connections made since the start
};

// Safe to call from any thread; never blocks.
//
// Which errors of Redis are values: those that concern the command alone (NOPERM, WRONGTYPE, OOM,
// MISCONF, NOREPLICAS, NOSCRIPT, ERR ...), also inside of an array. Which are failures: those by
// which the server says that it cannot serve now, whatever it is asked (READONLY, LOADING,
// MASTERDOWN, NOAUTH, BUSY; in a Cluster also CLUSTERDOWN). They are told as Errc::unavailable,
// nothing was carried out, the connection is given up, and the next one must find a primary that
// answers PING. What a Cluster says instead of an answer (MOVED, ASK, TRYAGAIN) is followed.
class Client {
 public:
  using Done = Callback<void(Result<Reply>)>;

  virtual ~Client() = default;

  // Sends the command to the primary that holds `key` (empty = any). `done` is called exactly once,
  // on the client's thread, or at once on the calling one when nothing was sent
  // (Errc::unavailable: the circuit is open; Errc::overloaded: too much waits to be sent;
  // Errc::shutting_down). It must not block. A reply that is an error of Redis is a value (except
  // what a topology resolves by itself). Errc::timed_out and Errc::unavailable after sending:
  // whether Redis has carried it out is unknown. Commands with the same key are carried out in the
  // order of sending.
  virtual void send(std::string_view key, Command command, Done done) = 0;

  // As send(), to the server that gave a reply (Reply::server): what is asked of a server, not of a
  // key. Errc::unavailable when that server is lost.
  virtual void send_to([[maybe_unused]] std::uint32_t server, Command command, Done done) {
    send({}, std::move(command), std::move(done));
  }

  // `heard` is called on the client's thread with every message of the channel, also after
  // reconnecting; what is published meanwhile is lost. Before the first send().
  virtual void subscribe(std::string channel, Callback<void(std::string_view)> heard) = 0;

  virtual ClientState state() const = 0;
  // Since when the primary that holds `key` has answered every command in time; nothing while it
  // does not, or is not known.
  virtual std::optional<Monotonic> healthy_since([[maybe_unused]] std::string_view key) const {
    return state().healthy_since;
  }
};

}  // namespace rushline::redis
