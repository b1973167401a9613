// Listening, handing connections to the loops in turn, draining.
#include "http/server.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <charconv>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/assert.hpp"
#include "http/connection.hpp"
#include "http/connection_loop.hpp"

namespace rushline::http {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using Executor = boost::asio::io_context::executor_type;
using Acceptor = boost::asio::basic_socket_acceptor<tcp, Executor>;

// What a client does not take is not copied into its socket, where nobody counts it: beyond this
// the rest stays with the connection. Sockets that are accepted have it from the listener.
void keep_little_in_the_kernel(Acceptor& acceptor, error_code& error) {
  const auto bytes = static_cast<int>(limits::http_pipeline_bytes_max);
  if (::setsockopt(acceptor.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes,
                   sizeof bytes) != 0) {
    error.assign(errno, boost::system::system_category());
  }
}

struct HostPort {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};

std::optional<HostPort> split_host_port(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  HostPort split;
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), split.port);
  if (error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || (!is_bracketed && host.find(':') != std::string_view::npos)) {
    return std::nullopt;
  }
  split.host = host;
  return split;
}

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  if (endpoint.address().is_v6()) return fmt::format("[{}]:{}", host, endpoint.port());
  return fmt::format("{}:{}", host, endpoint.port());
}

Result<tcp::endpoint> resolve(boost::asio::io_context& context, std::string_view address) {
  const auto host_port = split_host_port(address);
  if (!host_port) {
    return invalid_field("listen", "must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
  }
  error_code error;
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(host_port->host, std::to_string(host_port->port),
                                      tcp::resolver::passive, error);
  if (error || found.empty()) {
    return invalid_field("listen", fmt::format("the host {} cannot be resolved", host_port->host));
  }
  return found.begin()->endpoint();
}

}  // namespace

struct Server::Parts {
  // What listens on one address; touched by loop 0 once it accepts.
  struct Listener {
    Listener(Acceptor accepting, const Router& serving, ConnectionRoom& connections)
        : acceptor(std::move(accepting)),
          router(serving),
          room(connections),
          pause(acceptor.get_executor()) {}

    Acceptor acceptor;
    const Router& router;
    ConnectionRoom& room;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
        pause;
  };

  Parts(runtime::EventLoops& event_loops, const Keyring& keyring, RateLimits& rates,
        const Clock& clock, const ServerLimits& server_limits, Cors cors)
      : contexts(event_loops), state(keyring, clock, server_limits, std::move(cors), rates) {
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      loops.push_back(std::make_unique<ConnectionLoop>(contexts.at(i), i, state));
    }
  }

  void accept_next(Listener& listener);
  void take(Listener& listener, const error_code& error, Socket socket, std::size_t loop);
  void hand_over(std::size_t loop, Socket socket, const Listener& listener, Welcome welcome);
  void pause(Listener& listener);
  void stop_accepting();

  runtime::EventLoops& contexts;  // constant
  ServerState state;
  std::vector<std::unique_ptr<ConnectionLoop>> loops;  // constant
  std::vector<std::unique_ptr<Listener>> listeners;    // loop 0 only
  std::size_t next_loop = 0;                           // loop 0 only
  std::atomic<std::int64_t> accepted = 0;
  std::atomic<std::int64_t> refused = 0;
};

// The socket is made on the loop that will have it, so that it need not be moved between reactors.
void Server::Parts::accept_next(Listener& listener) {
  const std::size_t loop = next_loop++ % loops.size();
  listener.acceptor.async_accept(contexts.at(loop),
                                 [this, &listener, loop](const error_code& error, Socket socket) {
                                   take(listener, error, std::move(socket), loop);
                                 });
}

void Server::Parts::take(Listener& listener, const error_code& error, Socket socket,
                         std::size_t loop) {
  if (state.draining || error == boost::asio::error::operation_aborted) return;
  // Out of descriptors or memory: trying again at once would spin.
  if (error && error != boost::asio::error::connection_aborted) return pause(listener);
  if (!error) {
    const std::optional<Welcome> welcome = listener.room.enter();
    (welcome == Welcome::served ? accepted : refused).fetch_add(1, std::memory_order_relaxed);
    if (welcome) {  // else the socket closes
      state.hold();
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      hand_over(loop, std::move(socket), listener, *welcome);
    }
  }
  accept_next(listener);
}

void Server::Parts::hand_over(std::size_t loop, Socket socket, const Listener& listener,
                              Welcome welcome) {
  ConnectionLoop& target = *loops[loop];
  const Router& router = listener.router;
  ConnectionRoom& room = listener.room;
  if (loop == 0) return target.adopt(std::move(socket), router, room, welcome);
  boost::asio::post(contexts.at(loop),
                    [&target, &router, &room, welcome, socket = std::move(socket)]() mutable {
                      target.adopt(std::move(socket), router, room, welcome);
                    });
}

void Server::Parts::pause(Listener& listener) {
  listener.pause.expires_after(limits::http_sweep_interval);
  listener.pause.async_wait([this, &listener](const error_code& error) {
    if (!error && !state.draining) accept_next(listener);
  });
}

void Server::Parts::stop_accepting() {
  for (const auto& listener : listeners) {
    error_code ignored;
    listener->acceptor.close(ignored);
    listener->pause.cancel();
  }
}

Server::Server(runtime::EventLoops& loops, const Keyring& keyring, RateLimits& rates,
               const Clock& clock, const ServerLimits& server_limits, Cors cors)
    : parts_(
          std::make_unique<Parts>(loops, keyring, rates, clock, server_limits, std::move(cors))) {}

Server::~Server() = default;

std::size_t Server::loop_count() const { return parts_->loops.size(); }

Loop& Server::loop(std::size_t index) {
  RUSHLINE_ASSERT(index < parts_->loops.size());
  return *parts_->loops[index];
}

void Server::log_requests(RequestLog& log) { parts_->state.request_log = &log; }

Result<std::string> Server::listen(std::string_view address, const Router& router,
                                   ListenerKind kind) {
  boost::asio::io_context& context = parts_->contexts.at(0);
  const auto endpoint = resolve(context, address);
  if (!endpoint) return endpoint.error();
  Acceptor acceptor(context);
  error_code error;
  const auto try_step = [&error](auto&& step) {
    if (!error) step();
  };
  try_step([&] { acceptor.open(endpoint->protocol(), error); });
  try_step([&] { acceptor.set_option(tcp::acceptor::reuse_address(true), error); });
  try_step([&] { keep_little_in_the_kernel(acceptor, error); });
  try_step([&] { acceptor.bind(*endpoint, error); });
  try_step([&] { acceptor.listen(limits::http_accept_queue_max, error); });
  if (error) {
    return fail(Errc::unavailable,
                fmt::format("Cannot listen on {}: {}.", text_of(*endpoint), error.message()));
  }
  std::string bound = text_of(acceptor.local_endpoint());
  auto listener =
      std::make_unique<Parts::Listener>(std::move(acceptor), router, parts_->state.room(kind));
  boost::asio::post(context, [parts = parts_.get(), listener = std::move(listener)]() mutable {
    if (parts->state.draining) return;
    parts->accept_next(*parts->listeners.emplace_back(std::move(listener)));
  });
  return bound;
}

void Server::begin_drain(Callback<void()> drained) {
  ServerState& state = parts_->state;
  RUSHLINE_ASSERT(!state.draining);
  state.drained = std::move(drained);
  for (std::size_t i = 0; i < loop_count(); ++i) state.hold();
  state.draining = true;
  // Loop 0 stops accepting before it, the last to be told, lets go of its hold.
  boost::asio::post(parts_->contexts.at(0), [parts = parts_.get()] {
    parts->stop_accepting();
    for (const auto& loop : parts->loops) {
      boost::asio::post(parts->contexts.at(loop->index()), [&loop] { loop->drain(); });
    }
  });
}

bool Server::is_draining() const { return parts_->state.draining; }

ServerCounts Server::counts() const {
  ServerCounts sum;
  for (const ConnectionRoom& room : parts_->state.rooms) sum.connections_open += room.open();
  sum.shop_connections_served = parts_->state.room(ListenerKind::shop).served();
  sum.admin_connections_served = parts_->state.room(ListenerKind::admin).served();
  sum.held_bytes = parts_->state.held_bytes.load(std::memory_order_relaxed);
  sum.connections_accepted = parts_->accepted.load(std::memory_order_relaxed);
  sum.connections_refused = parts_->refused.load(std::memory_order_relaxed);
  for (const auto& loop : parts_->loops) {
    const LoopCounts& counts = loop->counts();
    for (std::size_t i = 0; i < sum.answers.size(); ++i) {
      sum.answers[i] += counts.answers[i].load(std::memory_order_relaxed);
    }
    sum.requests += counts.requests.load(std::memory_order_relaxed);
    sum.unauthorized += counts.unauthorized.load(std::memory_order_relaxed);
    sum.forbidden += counts.forbidden.load(std::memory_order_relaxed);
    sum.streams_open += counts.streams_open.load(std::memory_order_relaxed);
    sum.bytes_in += counts.bytes_in.load(std::memory_order_relaxed);
    sum.bytes_out += counts.bytes_out.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < sum.durations.size(); ++i) {
      sum.durations[i].add(counts.durations[i].read());
    }
  }
  return sum;
}

}  // namespace rushline::http
