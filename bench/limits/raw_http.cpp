// The limit of HTTP/1.1 on a machine: one epoll loop per thread, the least parsing that keeps the
// stream in step, one ready answer to everything. What the bench divides Rushline's figures by.
//
//   raw_http PORT [THREADS=2] [BODY_BYTES=100]
//
// Listens on 127.0.0.1 only, with SO_REUSEPORT so that each thread accepts for itself.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

struct Peer {
  std::size_t filled = 0;
  std::array<char, 32 * 1024> bytes;
};

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(4);
}

int listen_on_loopback(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    give_up("raw_http: cannot bind");
  }
  if (listen(listener, SOMAXCONN) != 0) give_up("raw_http: cannot listen");
  return listener;
}

// Length of the body that a header announces; only the spelling that the load generator uses.
std::size_t announced_body(std::string_view header) {
  constexpr std::string_view name = "Content-Length: ";
  const std::size_t at = header.find(name);
  if (at == std::string_view::npos) return 0;
  std::size_t length = 0;
  const std::string_view digits = header.substr(at + name.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), length);
  return length;
}

// Drops every whole request from the buffer; how many there were.
std::size_t take_requests(Peer& peer) {
  const std::string_view received(peer.bytes.data(), peer.filled);
  std::size_t requests = 0;
  std::size_t taken = 0;
  for (;;) {
    const std::size_t end = received.find("\r\n\r\n", taken);
    if (end == std::string_view::npos) break;
    const std::string_view header = received.substr(taken, end + 4 - taken);
    const std::size_t body = header.starts_with("POST") ? announced_body(header) : 0;
    if (end + 4 + body > received.size()) break;
    taken = end + 4 + body;
    ++requests;
  }
  std::copy(received.begin() + static_cast<std::ptrdiff_t>(taken), received.end(),
            peer.bytes.begin());
  peer.filled -= taken;
  return requests;
}

void accept_all(int poll, int listener, std::unordered_map<int, std::unique_ptr<Peer>>& peers) {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    peers[fd] = std::make_unique<Peer>();
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.fd = fd;
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &interest);
  }
}

void serve(std::uint16_t port, const std::string& answer) {
  const int poll = epoll_create1(0);
  const int listener = listen_on_loopback(port);
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.fd = listener;
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &interest);

  std::unordered_map<int, std::unique_ptr<Peer>> peers;
  std::array<epoll_event, 512> events;
  std::string out;
  for (;;) {
    const int ready = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        accept_all(poll, listener, peers);
        continue;
      }
      Peer& peer = *peers[fd];
      const ssize_t got =
          recv(fd, peer.bytes.data() + peer.filled, peer.bytes.size() - peer.filled, 0);
      if (got <= 0) {
        close(fd);
        peers.erase(fd);
        continue;
      }
      peer.filled += static_cast<std::size_t>(got);
      out.clear();
      for (std::size_t n = take_requests(peer); n > 0; --n) out += answer;
      if (!out.empty()) send(fd, out.data(), out.size(), MSG_NOSIGNAL);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: raw_http PORT [THREADS=2] [BODY_BYTES=100]\n");
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const int threads = argc > 2 ? std::atoi(argv[2]) : 2;
  const std::size_t bytes = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 100;
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, 'x');
  std::vector<std::thread> loops;
  for (int i = 0; i < threads; ++i) loops.emplace_back([&] { serve(port, answer); });
  for (std::thread& loop : loops) loop.join();
}
