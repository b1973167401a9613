// A server on the loopback that says exactly the bytes a test wants, to whoever connects: what no
// Redis would say.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace rushline::tests {

// Serves one connection after the other on a thread of its own.
class FakeRedis {
 public:
  // One connection, as the script sees it. Calls return early when the client or the test ends.
  class Peer {
   public:
    Peer(int socket, const std::atomic<bool>& is_ending) : socket_(socket), is_ending_(is_ending) {}
    // Waits until `text` has come since the last time. False when it does not.
    bool hear(std::string_view text) {
      while (heard_.find(text) == std::string::npos) {
        if (!receive()) return false;
      }
      heard_.clear();
      return true;
    }
    void say(std::string_view bytes) const {
      while (!bytes.empty() && !is_ending_) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
    }
    // Until the client goes.
    void stay() {
      while (receive()) heard_.clear();
    }
    // The same without reading what it says.
    void stay_deaf() const {
      pollfd wait{socket_, POLLRDHUP, 0};
      while (!is_ending_ && ::poll(&wait, 1, 10) == 0) {
      }
    }

   private:
    bool receive() {
      std::array<char, 65536> bytes;
      while (!is_ending_) {
        pollfd wait{socket_, POLLIN, 0};
        if (::poll(&wait, 1, 10) <= 0) continue;
        const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (got > 0) heard_.append(bytes.data(), static_cast<std::size_t>(got));
        return got > 0;
      }
      return false;
    }

    const int socket_;
    const std::atomic<bool>& is_ending_;
    std::string heard_;
  };
  using Script = std::function<void(Peer&)>;

  // What a primary answers to the handshake of a client without password and database.
  static constexpr std::string_view greeting = "+OK\r\n*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n+PONG\r\n";
  // Answers the handshake, then does as `script` says.
  static Script after_greeting(Script script) {
    return [script = std::move(script)](Peer& peer) {
      if (!peer.hear("PING\r\n")) return;
      peer.say(greeting);
      script(peer);
    };
  }

  explicit FakeRedis(Script script)
      : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, raw, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, raw, &size) != 0) {
      throw std::runtime_error("cannot listen on the loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeRedis() {
    is_ending_ = true;
    thread_.join();
    ::close(listener_);
  }
  FakeRedis(const FakeRedis&) = delete;
  FakeRedis& operator=(const FakeRedis&) = delete;

  int port() const { return port_; }
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_) + "/0"; }
  // Connections that were served to their end.
  int served() const { return served_; }

 private:
  void serve() {
    while (!is_ending_) {
      pollfd wait{listener_, POLLIN, 0};
      if (::poll(&wait, 1, 10) <= 0) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      Peer peer(socket, is_ending_);
      script_(peer);
      ::close(socket);
      ++served_;
    }
  }

  const Script script_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::atomic<int> served_ = 0;
  std::thread thread_;
};

}  // namespace rushline::tests
