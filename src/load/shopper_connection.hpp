// One keep-alive connection of the generator: sends a request, hears the answer, connects again
// when it broke.
//
// Lives on the generator's loop and is touched by it alone. Heavy headers; only load's own sources
// include it.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "load/answer_scan.hpp"

namespace rushline::load {

class ShopperConnection;

// Who is told what happens on a connection. Called on the loop, never from within a call to the
// connection.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual void connected(ShopperConnection& connection) = 0;
  // The views of `answer` are valid during the call. The connection is free again, unless
  // answer.keep_alive is false: then it is closed.
  virtual void answered(ShopperConnection& connection, const ScannedAnswer& answer) = 0;
  // Closed: by the server, by an error, or because nobody listens. `why` is for people.
  virtual void broken(ShopperConnection& connection, const std::string& why) = 0;
};

class ShopperConnection {
 public:
  using tcp = boost::asio::ip::tcp;

  ShopperConnection(boost::asio::io_context& io, tcp::endpoint server, ConnectionOwner& owner,
                    std::size_t number);

  std::size_t number() const { return number_; }
  bool is_open() const { return open_; }

  // Closes what is there and connects anew; connected() or broken() tells.
  void connect();
  // Only while open and free. answered() or broken() tells.
  void send(std::string request);
  // Nothing more is told of what was under way.
  void close();

 private:
  void write_rest();
  void read();
  void look();
  void break_off(const std::string& why);

  boost::asio::io_context& io_;
  const tcp::endpoint server_;  // constant
  ConnectionOwner& owner_;
  const std::size_t number_;  // constant
  tcp::socket socket_;
  std::uint32_t generation_ = 0;  // rises with every connect() and close(): late handlers are void
  bool open_ = false;
  std::string request_;
  std::size_t sent_ = 0;
  std::string received_;
  std::array<char, 8 * 1024> chunk_;  // what one read brings
};

}  // namespace rushline::load
