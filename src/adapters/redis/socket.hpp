// A socket to Redis, with or without TLS: the only file that knows which.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "adapters/redis/address.hpp"
#include "core/callback.hpp"
#include "core/result.hpp"

namespace rushline::redis {

// Used by the thread of its io_context. `done` is called exactly once on that thread, later, unless
// the io_context ends before; it must keep the socket and the bytes alive.
class Socket {
 public:
  using Done = Callback<void(boost::system::error_code, std::size_t)>;

  virtual ~Socket() = default;

  // Resolves the host, connects to the first of its addresses that accepts, and makes sure with
  // TLS that the certificate is the host's. Names are resolved on a thread of Asio's.
  virtual void open(const Endpoint& endpoint, Done done) = 0;
  // At least one byte, or an error. One at a time, beside one write().
  virtual void read_some(std::span<char> bytes, Done done) = 0;
  // All of them, or an error. One at a time.
  virtual void write(std::string_view bytes, Done done) = 0;
  // What is under way ends with an error. Harmless when repeated.
  virtual void close() = 0;
};

// Makes sockets. Used by one thread; what it made may outlive it.
class SocketFactory {
 public:
  // With TLS: `ca_file` holds the certificates of the authorities that are trusted; empty = those
  // that the system trusts. Errc::configuration when it cannot be read.
  static Result<SocketFactory> with_tls(boost::asio::io_context& context,
                                        const std::string& ca_file);
  static SocketFactory without_tls(boost::asio::io_context& context);

  SocketFactory(SocketFactory&&) noexcept;
  SocketFactory& operator=(SocketFactory&&) noexcept;
  ~SocketFactory();

  std::unique_ptr<Socket> make();

 private:
  struct Tls;
  SocketFactory(boost::asio::io_context& context, std::unique_ptr<Tls> tls);

  boost::asio::io_context* context_;
  std::unique_ptr<Tls> tls_;  // nothing = without
};

}  // namespace rushline::redis
