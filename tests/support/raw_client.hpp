// A client that says to a server exactly the bytes it is told to, to test what no proper client
// would say. Blocking, with a deadline on everything.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace rushline::tests {

// One answer as it came, and its parts. Status 0: none came.
struct RawReply {
  int status = 0;
  std::string head;  // status line and headers, with the empty line
  std::string body;

  bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

// Used by one thread.
class RawClient {
 public:
  static constexpr std::chrono::milliseconds patience{10'000};

  // `receive_bytes` > 0 makes the socket take no more than about that much ahead.
  explicit RawClient(std::uint16_t port, int receive_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_bytes > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int error = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    EXPECT_EQ(error, 0) << "nobody listens on port " << port;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(); }

  RawClient& send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;  // the server has closed; the answer, if any, can still be read
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return *this;
  }

  RawClient& half_close() {
    ::shutdown(socket_, SHUT_WR);
    return *this;
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  // Goes away without a word: the server's next write fails.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

  // The next answer; `without_body` for HEAD.
  RawReply reply(bool without_body = false) {
    RawReply reply;
    while (input_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) return reply;
    }
    reply.head = take(input_.find("\r\n\r\n") + 4);
    reply.status = std::atoi(reply.head.c_str() + reply.head.find(' '));
    const std::size_t length_at = reply.head.find("\r\nContent-Length: ");
    if (without_body || length_at == std::string::npos) return reply;
    const auto length = std::strtoul(reply.head.c_str() + length_at + 18, nullptr, 10);
    while (input_.size() < length) {
      if (!receive()) return reply;
    }
    reply.body = take(length);
    return reply;
  }

  // Reads until `text` has come. Everything read so far and not taken by reply().
  std::string until(std::string_view text) {
    while (input_.find(text) == std::string::npos) {
      if (!receive()) break;
    }
    return input_;
  }

  // Reads once, as much as has come.
  void take_some() { receive(); }

  // Reads until the server ends the connection. False when it does not.
  bool is_ended() {
    while (receive()) {
    }
    return ended_;
  }
  const std::string& unread() const { return input_; }

 private:
  std::string take(std::size_t count) {
    std::string taken = input_.substr(0, count);
    input_.erase(0, count);
    return taken;
  }

  // False when nothing came within the patience, or the connection has ended.
  bool receive() {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(patience.count())) <= 0) return false;
    std::array<char, 65536> bytes;
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got <= 0) ended_ = true;
    if (got > 0) input_.append(bytes.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  int socket_;
  std::string input_;
  bool ended_ = false;
};

}  // namespace rushline::tests
