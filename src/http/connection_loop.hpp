// The connections of one event loop, and what they share: spare buffers, the date, the sweep.
//
// A connection is known from outside by its slot and a generation that rises with every request, so
// that an answer can come late, or never fit, without anybody holding a pointer.
//
// Which sockets can be read or written is asked of an epoll set of the loop's own, for which Asio
// waits: Asio's reads would try each socket once more before they wait for it, which costs as much
// as a tenth of a request, and would hold a buffer for each idle connection.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/histogram.hpp"
#include "core/limits.hpp"
#include "core/time.hpp"
#include "http/cors.hpp"
#include "http/keyring.hpp"
#include "http/loop.hpp"
#include "http/output_buffer.hpp"
#include "http/rate_limits.hpp"
#include "http/request_log.hpp"
#include "http/router.hpp"
#include "http/server.hpp"

namespace rushline::http {

class Connection;

// With the concrete executor: Asio then needs no type erasure per operation.
using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

enum class Welcome : std::uint8_t { served, refused };

// How many connections the listeners of one kind have, and may have. Those that are being told that
// they are too many are counted apart: they take nobody's place.
class ConnectionRoom {
 public:
  explicit ConnectionRoom(std::size_t served_max)
      : served_max_(static_cast<std::int64_t>(served_max)) {}

  // For one thread: the one that accepts. Nothing: there is no time to tell one more.
  std::optional<Welcome> enter() {
    const Welcome welcome = is_full() ? Welcome::refused : Welcome::served;
    constexpr auto refused_max = static_cast<std::int64_t>(limits::http_refused_connections_max);
    if (welcome == Welcome::refused && count(welcome) >= refused_max) return std::nullopt;
    count(welcome).fetch_add(1, std::memory_order_relaxed);
    return welcome;
  }
  // Once for each who entered. The rest is for any thread, too.
  void leave(Welcome welcome) { count(welcome).fetch_sub(1, std::memory_order_relaxed); }
  std::int64_t served() const { return counts_[0].load(std::memory_order_relaxed); }
  std::int64_t open() const { return served() + counts_[1].load(std::memory_order_relaxed); }
  // Nobody else can be served: who does nothing, or takes long, has to go.
  bool is_full() const { return served() >= served_max_; }

 private:
  using Count = std::atomic<std::int64_t>;
  Count& count(Welcome welcome) { return counts_[static_cast<std::size_t>(welcome)]; }

  const std::int64_t served_max_;
  std::array<Count, 2> counts_ = {};  // by Welcome
};

// What all loops of a server share.
struct ServerState {
  ServerState(const Keyring& keys, const Clock& time, const ServerLimits& bounds, Cors origins,
              RateLimits& rate_limits)
      : keyring(keys),
        clock(time),
        limits(bounds),
        cors(std::move(origins)),
        rates(rate_limits),
        rooms{ConnectionRoom(bounds.connections_max),
              ConnectionRoom(bounds.admin_connections_max)} {}

  const Keyring& keyring;             // constant
  const Clock& clock;                 // constant
  const ServerLimits limits;          // constant
  const Cors cors;                    // constant
  RateLimits& rates;                  // guards itself
  RequestLog* request_log = nullptr;  // constant once the server listens
  std::atomic<bool> draining = false;
  std::array<ConnectionRoom, listener_kind_count> rooms;  // by ListenerKind
  std::atomic<std::int64_t> held_bytes = 0;  // by connections: see Connection::note_held()
  std::atomic<std::int64_t> holds = 0;       // what a drain waits for: connections, loops' steps
  Callback<void()> drained = {};             // set before draining, called by who ends it

  ConnectionRoom& room(ListenerKind kind) { return rooms[static_cast<std::size_t>(kind)]; }

  void hold() { holds.fetch_add(1); }
  void release() {
    if (holds.fetch_sub(1) == 1 && draining) drained();
  }
};

// Written by one loop, read by anybody.
struct alignas(64) LoopCounts {
  using Count = std::atomic<std::int64_t>;

  std::array<Count, 5> answers = {};  // by class of status
  Count requests = 0;
  Count unauthorized = 0;
  Count forbidden = 0;
  Count streams_open = 0;
  Count bytes_in = 0;
  Count bytes_out = 0;
  std::array<DurationHistogram, request_kind_count> durations;  // by RequestKind

  DurationHistogram& duration(RequestKind kind) {
    return durations[static_cast<std::size_t>(kind)];
  }
  // Cheaper than fetch_add: nobody else writes.
  static void add(Count& count, std::int64_t more) {
    count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
};

// Where a connection is kept. A token is the slot's index and its generation.
struct ConnectionSlot {
  std::unique_ptr<Connection> connection;
  std::uint32_t index = 0;
  std::uint32_t generation = 0;           // rises when a request ends; the one in hand has this one
  Monotonic deadline = Monotonic::max();  // what the sweep looks at

  std::uint64_t token() const { return std::uint64_t{index} << 32 | generation; }
};

class ConnectionLoop final : public Loop {
 public:
  ConnectionLoop(boost::asio::io_context& context, std::size_t index, ServerState& state);
  ~ConnectionLoop() override;

  // --- For handlers; see loop.hpp.
  std::size_t index() const override { return index_; }
  void post(Callback<void()> work) override;
  bool is_current() const override;
  Monotonic now() const override { return now_; }
  void on_sweep(Callback<void(Monotonic)> work) override;

  // --- For the server. Loop thread only.
  // Takes a connection over that entered `room`; `router` serves it. A refused one is told so and
  // ended.
  void adopt(Socket socket, const Router& router, ConnectionRoom& room, Welcome welcome);
  // Ends what is idle; what is in hand ends by itself.
  void drain();

  // --- For its connections. Loop thread only.
  ServerState& state() { return state_; }
  LoopCounts& counts() { return counts_; }
  std::string_view date() const { return date_; }
  bool is_draining() const { return state_.draining.load(std::memory_order_relaxed); }
  // Reads the clock: at the beginning of each turn, so that now() is good enough after it.
  void refresh_now() { now_ = state_.clock.monotonic(); }
  RequestId next_request_id() { return {++last_request_id_}; }
  OutputBuffer take_buffer();
  void give_back(OutputBuffer buffer);
  // limits::http_input_bytes each.
  std::unique_ptr<char[]> take_input();
  void give_back(std::unique_ptr<char[]> input);
  // From now on the connection is told when one of `events` (EPOLLIN, EPOLLOUT) or an error comes
  // for its socket, until the socket is closed. False when the system refuses.
  bool watch(int socket, std::uint32_t events, Connection& connection);
  void change_watch(int socket, std::uint32_t events, Connection& connection);
  // Destroys the connection of this slot soon.
  void bury(ConnectionSlot& slot);

 private:
  void deliver(std::uint64_t token, Reply reply) override;
  void answer(std::uint64_t token, const ReplyView& reply) override;
  void answer_by(std::uint64_t token, Monotonic deadline, LateAnswer& late) override;
  bool start_stream(std::uint64_t token, std::string_view content_type,
                    Callback<void()> closed) override;
  bool send_to_stream(std::uint64_t token, std::string_view bytes) override;
  void end_stream(std::uint64_t token) override;
  bool is_stream_open(std::uint64_t token) const override;
  bool is_waiting(std::uint64_t token) const override;

  // The connection whose request has this token; null when it is over.
  Connection* find(std::uint64_t token) const;
  void open_mailbox();
  void wait_for_sockets();
  void serve_sockets();
  void start_sweep();
  void sweep();
  void make_way_in(const ConnectionRoom& room);
  void look_for_watchers();

  boost::asio::io_context& context_;  // constant
  const std::size_t index_;
  ServerState& state_;  // constant; guards itself

  // Loop-only.
  std::deque<ConnectionSlot> slots_;  // a deque: connections keep references
  std::vector<std::uint32_t> free_slots_;
  std::vector<OutputBuffer> spare_buffers_;
  std::vector<std::unique_ptr<char[]>> spare_inputs_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>
      sockets_;  // epoll
  std::vector<Callback<void(Monotonic)>> sweep_hooks_;
  std::vector<std::pair<Monotonic, Connection*>> unfinished_;  // of make_way_in(), reused
  std::uint64_t keys_edition_ = 0;   // of the keys that watchers are looked for among
  std::size_t next_looked_for_ = 0;  // the slot whose turn it is
  Monotonic now_{};
  std::string date_;
  std::int64_t date_second_ = 0;
  std::uint64_t last_request_id_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      sweep_timer_;
  std::vector<std::pair<std::uint64_t, Reply>> opened_mail_;

  LoopCounts counts_;  // written by the loop

  std::mutex mailbox_mutex_;
  std::vector<std::pair<std::uint64_t, Reply>> mailbox_;  // guarded by mailbox_mutex_
};

}  // namespace rushline::http
