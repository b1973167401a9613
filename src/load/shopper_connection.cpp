// One connection of the generator over Asio callbacks; see shopper_connection.hpp.
#include "load/shopper_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::load {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

ShopperConnection::ShopperConnection(asio::io_context& io, tcp::endpoint server,
                                     ConnectionOwner& owner, std::size_t number)
    : io_(io), server_(std::move(server)), owner_(owner), number_(number), socket_(io) {}

void ShopperConnection::connect() {
  close();
  socket_.async_connect(server_, [this, generation = generation_](ErrorCode error) {
    if (generation != generation_) return;
    if (error) return break_off("cannot connect: " + error.message());
    ErrorCode ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    open_ = true;
    read();
    owner_.connected(*this);
  });
}

void ShopperConnection::close() {
  ++generation_;
  open_ = false;
  received_.clear();
  ErrorCode ignored;
  socket_.close(ignored);
}

void ShopperConnection::send(std::string request) {
  RUSHLINE_ASSERT(open_);
  request_ = std::move(request);
  sent_ = 0;
  ErrorCode error;
  sent_ = socket_.write_some(asio::buffer(request_), error);
  if (error && error != asio::error::would_block) {
    // Told by the loop, not from within this call.
    asio::post(io_, [this, generation = generation_, why = error.message()] {
      if (generation == generation_) break_off("cannot send: " + why);
    });
    return;
  }
  if (sent_ < request_.size()) write_rest();
}

void ShopperConnection::write_rest() {
  socket_.async_write_some(asio::buffer(request_.data() + sent_, request_.size() - sent_),
                           [this, generation = generation_](ErrorCode error, std::size_t written) {
                             if (generation != generation_) return;
                             if (error) return break_off("cannot send: " + error.message());
                             sent_ += written;
                             if (sent_ < request_.size()) write_rest();
                           });
}

void ShopperConnection::read() {
  socket_.async_read_some(asio::buffer(chunk_),
                          [this, generation = generation_](ErrorCode error, std::size_t count) {
                            if (generation != generation_) return;
                            if (error == asio::error::eof) {
                              return break_off("the server closed the connection");
                            }
                            if (error) return break_off("cannot read: " + error.message());
                            received_.append(chunk_.data(), count);
                            look();
                          });
}

void ShopperConnection::look() {
  ScannedAnswer answer;
  switch (scan_answer(received_, answer)) {
    case Scan::broken:
      return break_off("the answer is not HTTP with a length");
    case Scan::more:
      if (received_.size() > limits::load_answer_bytes_max) {
        return break_off("the answer is too large");
      }
      return read();
    case Scan::complete:
      break;
  }
  if (answer.bytes != received_.size()) {
    return break_off("the server sent more than was asked for");
  }
  // The owner sends the next request from within answered(); the bytes must live until then.
  const std::string bytes = std::exchange(received_, {});
  scan_answer(bytes, answer);
  if (answer.keep_alive) {
    read();
  } else {
    close();
  }
  owner_.answered(*this, answer);
}

void ShopperConnection::break_off(const std::string& why) {
  close();
  owner_.broken(*this, why);
}

}  // namespace rushline::load
