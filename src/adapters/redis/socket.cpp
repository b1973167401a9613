// Asio's sockets; the heaviest file of the room to compile, and the only one.
#include "adapters/redis/socket.hpp"

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace rushline::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// From a name to a connection. It is part of a socket, which `done` keeps alive.
class Dialer {
 public:
  Dialer(asio::io_context& context, tcp::socket& socket) : resolver_(context), socket_(socket) {}

  void dial(const Endpoint& endpoint, Socket::Done done) {
    error_code is_name;
    const auto address = asio::ip::make_address(endpoint.host, is_name);
    if (!is_name) {
      const std::array<tcp::endpoint, 1> targets = {tcp::endpoint(address, endpoint.port)};
      connect(tcp::resolver::results_type::create(targets.begin(), targets.end(), endpoint.host,
                                                  std::to_string(endpoint.port)),
              std::move(done));
      return;
    }
    resolver_.async_resolve(
        endpoint.host, std::to_string(endpoint.port), tcp::resolver::numeric_service,
        [this, done = std::move(done)](error_code error,
                                       const tcp::resolver::results_type& found) mutable {
          if (error || is_closed_) {
            done(error ? error : asio::error::operation_aborted, 0);
          } else {
            connect(found, std::move(done));
          }
        });
  }

  void close() {
    is_closed_ = true;
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void connect(const tcp::resolver::results_type& targets, Socket::Done done) {
    asio::async_connect(socket_, targets,
                        [this, done = std::move(done)](error_code error, const auto&) mutable {
                          if (!error && is_closed_) error = asio::error::operation_aborted;
                          error_code ignored;
                          if (!error) socket_.set_option(tcp::no_delay(true), ignored);
                          if (!error)
                            socket_.set_option(asio::socket_base::keep_alive(true), ignored);
                          done(error, 0);
                        });
  }

  tcp::resolver resolver_;
  tcp::socket& socket_;
  bool is_closed_ = false;
};

class PlainSocket final : public Socket {
 public:
  explicit PlainSocket(asio::io_context& context) : socket_(context), dialer_(context, socket_) {}

  void open(const Endpoint& endpoint, Done done) override {
    dialer_.dial(endpoint, std::move(done));
  }
  void read_some(std::span<char> bytes, Done done) override {
    socket_.async_read_some(asio::buffer(bytes.data(), bytes.size()), std::move(done));
  }
  void write(std::string_view bytes, Done done) override {
    asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), std::move(done));
  }
  void close() override { dialer_.close(); }

 private:
  tcp::socket socket_;
  Dialer dialer_;
};

class TlsSocket final : public Socket {
 public:
  TlsSocket(asio::io_context& context, asio::ssl::context& tls)
      : stream_(context, tls), dialer_(context, stream_.next_layer()) {}

  void open(const Endpoint& endpoint, Done done) override {
    error_code is_name;
    asio::ip::make_address(endpoint.host, is_name);
    // Servers behind one address tell by the name which certificate is wanted. The macro of OpenSSL
    // casts its argument as C does, so this is what it stands for.
    if (is_name) {
      std::string name = endpoint.host;
      ::SSL_ctrl(stream_.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 name.data());
    }
    stream_.set_verify_callback(asio::ssl::host_name_verification(endpoint.host));
    dialer_.dial(endpoint, [this, done = std::move(done)](error_code error, std::size_t) mutable {
      if (error) return done(error, 0);
      stream_.async_handshake(
          asio::ssl::stream_base::client,
          [done = std::move(done)](error_code failed) mutable { done(failed, 0); });
    });
  }
  void read_some(std::span<char> bytes, Done done) override {
    stream_.async_read_some(asio::buffer(bytes.data(), bytes.size()), std::move(done));
  }
  void write(std::string_view bytes, Done done) override {
    asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), std::move(done));
  }
  // Without the goodbye of TLS: nobody waits for it.
  void close() override { dialer_.close(); }

 private:
  asio::ssl::stream<tcp::socket> stream_;
  Dialer dialer_;
};

}  // namespace

struct SocketFactory::Tls {
  asio::ssl::context context{asio::ssl::context::tls_client};
};

SocketFactory::SocketFactory(asio::io_context& context, std::unique_ptr<Tls> tls)
    : context_(&context), tls_(std::move(tls)) {}
SocketFactory::SocketFactory(SocketFactory&&) noexcept = default;
SocketFactory& SocketFactory::operator=(SocketFactory&&) noexcept = default;
SocketFactory::~SocketFactory() = default;

SocketFactory SocketFactory::without_tls(asio::io_context& context) { return {context, nullptr}; }

Result<SocketFactory> SocketFactory::with_tls(asio::io_context& context,
                                              const std::string& ca_file) {
  auto tls = std::make_unique<Tls>();
  error_code error;
  if (ca_file.empty()) {
    tls->context.set_default_verify_paths(error);
  } else {
    tls->context.load_verify_file(ca_file, error);
  }
  if (error) {
    return fail(Errc::configuration,
                ca_file.empty()
                    ? "The certificate authorities that this system trusts cannot be read. Name a "
                      "file of them with redis.tls_ca_file."
                    : "The certificate authorities in " + ca_file +
                          " cannot be read (redis.tls_ca_file): it must be a file in PEM format.");
  }
  tls->context.set_verify_mode(asio::ssl::verify_peer, error);
  ::SSL_CTX_set_min_proto_version(tls->context.native_handle(), TLS1_2_VERSION);
  return SocketFactory(context, std::move(tls));
}

std::unique_ptr<Socket> SocketFactory::make() {
  if (tls_ == nullptr) return std::make_unique<PlainSocket>(*context_);
  return std::make_unique<TlsSocket>(*context_, tls_->context);
}

}  // namespace rushline::redis
