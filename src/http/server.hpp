// The HTTP/1.1 server: listeners, connections spread over the event loops, draining, counts.
//
// One acceptor hands new connections to the loops in turn. Each connection lives on one loop; one
// coarse sweep per loop keeps all time limits. See connection.hpp for what a connection does.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/callback.hpp"
#include "core/histogram.hpp"
#include "core/limits.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "http/cors.hpp"
#include "http/keyring.hpp"
#include "http/loop.hpp"
#include "http/rate_limits.hpp"
#include "http/request_log.hpp"
#include "http/router.hpp"
#include "runtime/event_loops.hpp"

namespace rushline::http {

// Each kind has connections of its own, so that a crowd of shoppers cannot shut operators and
// probes out.
enum class ListenerKind : std::uint8_t { shop, admin };
inline constexpr std::size_t listener_kind_count = 2;

struct ServerLimits {
  std::size_t connections_max = limits::http_connections_max;
  std::size_t admin_connections_max = limits::http_admin_connections_max;
  std::size_t body_bytes_max = limits::http_body_bytes_max;
  std::chrono::milliseconds header_time_max = limits::http_header_time_max;
  std::chrono::milliseconds body_time_max = limits::http_body_time_max;
  std::chrono::milliseconds idle_time_max = limits::http_idle_time_max;
  std::chrono::milliseconds idle_crowded_time_max = limits::http_idle_crowded_time_max;
  std::chrono::milliseconds unfinished_crowded_time_max = limits::http_unfinished_crowded_time_max;
  std::chrono::milliseconds send_time_max = limits::http_send_time_max;
  std::size_t send_bytes_min = limits::http_send_bytes_min;
  std::size_t held_bytes_max = limits::http_held_bytes_max;
};

// Since the start, but what is open, served or held now.
struct ServerCounts {
  std::int64_t connections_open = 0;          // of all listeners, the refused ones included
  std::int64_t shop_connections_served = 0;   // what connections_max bounds
  std::int64_t admin_connections_served = 0;  // what admin_connections_max bounds
  std::int64_t connections_accepted = 0;
  std::int64_t connections_refused = 0;      // over the limit
  std::array<std::int64_t, 5> answers = {};  // by class of status: [0] is 1xx, [1] is 2xx ...
  std::int64_t requests = 0;                 // read whole, or refused while being read
  std::int64_t unauthorized = 0;             // answered 401
  std::int64_t forbidden = 0;                // answered 403
  std::int64_t streams_open = 0;
  std::int64_t bytes_in = 0;
  std::int64_t bytes_out = 0;
  std::int64_t held_bytes = 0;  // now: large inputs, and what clients do not take
  // From the last byte of a request to its answer, by RequestKind, in whole turns of the loop: what
  // is answered in the turn in which it was read took no time. Without streams.
  std::array<DurationTally, request_kind_count> durations = {};
};

class Server {
 public:
  // `loops`, `keyring`, `rates` and `clock` must outlive the server. The server must be made before
  // the loops run or on any thread but theirs.
  Server(runtime::EventLoops& loops, const Keyring& keyring, RateLimits& rates, const Clock& clock,
         const ServerLimits& server_limits = {}, Cors cors = {});
  // The loops must have stopped.
  ~Server();

  std::size_t loop_count() const;
  Loop& loop(std::size_t index);

  // Lets `log`, which must outlive the loops, say what fails or is slow. Before the server listens.
  void log_requests(RequestLog& log);

  // Listens at "HOST:PORT" ("127.0.0.1:8080", "[::1]:0", "localhost:8080"; port 0 picks one) and
  // serves `router`, which must outlive the server. Gives the address as bound, in the same form.
  // May be called again for another listener; those of one kind share its connections. Any thread
  // but the loops'. Errc::invalid_input: not an address; Errc::unavailable: cannot listen there (in
  // use, not ours, not allowed).
  Result<std::string> listen(std::string_view address, const Router& router,
                             ListenerKind kind = ListenerKind::shop);

  // Stops accepting, soon closes idle connections, ends streams, and lets requests in hand finish
  // with "Connection: close". `drained` is called once, on a loop's thread, when no connection is
  // left. Any thread; call it once.
  void begin_drain(Callback<void()> drained);
  bool is_draining() const;

  // Any thread; each number is right, together they are a blur of a moment.
  ServerCounts counts() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace rushline::http
