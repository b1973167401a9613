// How bytes become requests and answers become bytes.
#include "http/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "http/problem.hpp"

namespace rushline::http {

namespace {

// What a whole request may take in the buffer, beside its body.
constexpr std::size_t head_bytes_max =
    limits::http_request_line_bytes_max + limits::http_header_bytes_max;
constexpr std::size_t slack_bytes = limits::http_header_bytes_max + 4096;  // trailers, next request

}  // namespace

Connection::Connection(ConnectionLoop& loop, ConnectionSlot& slot, Socket socket,
                       const Router& router)
    : loop_(loop),
      slot_(slot),
      router_(router),
      socket_(std::move(socket)),
      parser_(loop.state().limits.body_bytes_max) {}

Connection::~Connection() = default;

void Connection::start() {
  if (loop_.is_draining()) return close();
  resume();
}

void Connection::turn_away() {
  refuse({Refusal::too_many_connections, "The server has as many connections as it may have."});
  resume();
}

void Connection::drain() {
  if (phase_ == Phase::streaming) return end_stream();
  if (phase_ == Phase::reading && begin_ == end_) resume();
}

// --- Input -------------------------------------------------------------------------------------

// While a request is in hand its bytes must not move: then only what room is left is filled, to
// notice a client that goes away.
void Connection::make_room() {
  if (phase_ == Phase::handling) return;
  if (phase_ != Phase::reading) begin_ = end_ = 0;
  const std::size_t size = end_ - begin_;
  std::size_t capacity = capacity_;
  if (size == 0) {
    capacity = limits::http_input_bytes;
  } else if (size == capacity_) {
    capacity =
        std::min(2 * capacity_, head_bytes_max + loop_.state().limits.body_bytes_max + slack_bytes);
  }
  if (capacity != capacity_) {
    auto input = std::make_unique_for_overwrite<char[]>(capacity);
    if (size > 0) std::memcpy(input.get(), input_.get() + begin_, size);
    input_ = std::move(input);
    capacity_ = capacity;
  } else if (begin_ > 0 && size > 0) {
    std::memmove(input_.get(), input_.get() + begin_, size);
  }
  begin_ = 0;
  end_ = size;
}

void Connection::read_more() {
  if (reading_ || ended_input_ || phase_ == Phase::closed) return;
  if (phase_ == Phase::reading && unsent() >= limits::http_pipeline_bytes_max) return;
  // A large buffer is not pinned by a read that waits for the next request.
  if (phase_ == Phase::handling && capacity_ > limits::http_input_bytes) return;
  make_room();
  if (end_ == capacity_) return;
  reading_ = true;
  socket_.async_read_some(
      boost::asio::mutable_buffer(input_.get() + end_, capacity_ - end_),
      [this](const boost::system::error_code& error, std::size_t count) { on_read(error, count); });
}

void Connection::on_read(const boost::system::error_code& error, std::size_t count) {
  reading_ = false;
  if (phase_ == Phase::closed) return bury_when_quiet();
  loop_.refresh_now();
  LoopCounts::add(loop_.counts().bytes_in, static_cast<std::int64_t>(count));
  if (error == boost::asio::error::eof) {
    ended_input_ = true;
    // Somebody who half-closes still waits for an answer, but nobody watches a stream that way.
    if (phase_ == Phase::streaming || phase_ == Phase::ending) return close();
  } else if (error) {
    return close();
  }
  if (phase_ == Phase::reading || phase_ == Phase::handling) end_ += count;
  resume();
}

// Handles what has arrived, writes the answers, and waits for what comes next. Does nothing when it
// is called by an answer that a handler gives at once: the call below on the stack goes on.
void Connection::resume() {
  if (processing_) return;
  processing_ = true;
  process();
  processing_ = false;
  if (phase_ == Phase::ending) end_gracefully();
  const bool is_over = ended_input_ || (loop_.is_draining() && begin_ == end_);
  if (phase_ == Phase::reading && is_over && unsent() == 0) close();
  if (phase_ == Phase::closed) return;
  read_more();
  set_deadline();
}

void Connection::process() {
  bool is_held_up = true;
  while (is_held_up) {
    is_held_up = false;
    while (phase_ == Phase::reading && begin_ < end_ && !is_held_up) {
      is_held_up = unsent() >= limits::http_pipeline_bytes_max;
      if (!is_held_up && !take_request()) break;
    }
    flush();
    if (unsent() > 0) break;
  }
}

// Takes one request out of the input and hands it to its handler. False when it is not whole yet.
bool Connection::take_request() {
  char* const begin = input_.get() + begin_;
  std::size_t size = end_ - begin_;
  if (!parser_.is_in_body() && size >= 2 && begin[0] == '\r' && begin[1] == '\n') {
    begin_ += 2;  // an empty line before a request is to be ignored
    parser_.reset(request_);
    return true;
  }
  const RequestParser::Status status = parser_.parse(begin, size, request_);
  end_ = begin_ + size;
  if (status == RequestParser::Status::unreadable) {
    refuse(parser_.why_unreadable());
  } else if (status == RequestParser::Status::whole) {
    handle_request();
  } else {
    if (parser_.expects_continue() && !continued_) {
      output().append("HTTP/1.1 100 Continue\r\n\r\n");
      continued_ = true;
    }
    return false;
  }
  return true;
}

void Connection::handle_request() {
  phase_ = Phase::handling;
  LoopCounts::add(loop_.counts().requests, 1);
  request_.id = loop_.next_request_id();
  request_.arrived = loop_.now();
  std::optional<Reply> refusal;
  const Route* route = dispatch(router_, loop_.state().access, caller_memory_, request_,
                                decoded_arguments_, refusal);
  if (route == nullptr) return answer(view_of(*refusal));
  route->handler(request_, Responder(loop_, slot_.token()));
}

void Connection::refuse(const Unreadable& why) {
  LoopCounts::add(loop_.counts().requests, 1);
  const RequestId id = loop_.next_request_id();
  const Errc* code = std::get_if<Errc>(&why.reason);
  const Reply reply = code != nullptr ? problem(fail(*code, std::string(why.detail)), id)
                                      : problem(std::get<Refusal>(why.reason), why.detail, id);
  write(view_of(reply), false);
  end_request(Phase::ending);
}

// --- Answers -----------------------------------------------------------------------------------

ReplyFrame Connection::frame(bool keep_alive) const {
  return {loop_.date(), request_.method == Method::head, keep_alive, parser_.is_http_1_0()};
}

OutputBuffer& Connection::output() {
  if (output_.capacity() == 0) output_ = loop_.take_buffer();
  return output_;
}

void Connection::write(const ReplyView& reply, bool keep_alive) {
  write_reply(output(), reply, frame(keep_alive));
  const auto status_class = static_cast<std::size_t>(std::clamp(reply.status / 100, 1, 5));
  LoopCounts::add(loop_.counts().answers[status_class - 1], 1);
}

void Connection::answer(const ReplyView& reply) {
  RUSHLINE_ASSERT(phase_ == Phase::handling);
  const bool keep_alive = parser_.keep_alive() && !reply.close && !loop_.is_draining();
  write(reply, keep_alive);
  end_request(keep_alive ? Phase::reading : Phase::ending);
  resume();
}

void Connection::answer_by(Monotonic deadline, LateAnswer& late) {
  late_ = &late;
  late_deadline_ = deadline;
  forget_wait();
  if (!processing_) set_deadline();
}

// The request is over: whoever still holds its token holds nothing.
void Connection::end_request(Phase next) {
  phase_ = next;
  forget_wait();
  late_ = nullptr;
  continued_ = false;
  begin_ = std::min(end_, begin_ + parser_.bytes());
  parser_.reset(request_);
  ++slot_.generation;
}

bool Connection::start_stream(std::string_view content_type, Callback<void()> closed) {
  RUSHLINE_ASSERT(phase_ == Phase::handling);
  write_stream_head(output(), content_type, frame(false));
  LoopCounts::add(loop_.counts().answers[1], 1);
  if (request_.method == Method::head || loop_.is_draining() || ended_input_) {
    if (request_.method != Method::head && !parser_.is_http_1_0()) output().append("0\r\n\r\n");
    end_request(Phase::ending);
    closed();
    resume();
    return false;
  }
  phase_ = Phase::streaming;
  forget_wait();
  late_ = nullptr;
  stream_closed_ = std::move(closed);
  LoopCounts::add(loop_.counts().streams_open, 1);
  resume();
  return phase_ == Phase::streaming;
}

bool Connection::send_to_stream(std::string_view bytes) {
  if (bytes.empty()) return true;
  if (unsent() + bytes.size() > limits::stream_unsent_bytes_max) {
    close();
    return false;
  }
  OutputBuffer& out = output();
  if (parser_.is_http_1_0()) {
    out.append(bytes);
  } else {
    std::array<char, 16> length;
    const char* end = std::to_chars(length.begin(), length.end(), bytes.size(), 16).ptr;
    out.append({length.data(), static_cast<std::size_t>(end - length.data())});
    out.append("\r\n");
    out.append(bytes);
    out.append("\r\n");
  }
  resume();
  return phase_ == Phase::streaming;
}

void Connection::end_stream() {
  if (!parser_.is_http_1_0()) output().append("0\r\n\r\n");
  LoopCounts::add(loop_.counts().streams_open, -1);
  end_request(Phase::ending);
  Callback<void()> closed = std::move(stream_closed_);
  closed();
  resume();
}

// --- Output ------------------------------------------------------------------------------------

void Connection::flush() {
  if (writing_ || output_.empty() || phase_ == Phase::closed) return;
  const ssize_t sent = ::send(socket_.native_handle(), output_.view().data(), output_.size(),
                              MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return close();
  const auto count = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
  LoopCounts::add(loop_.counts().bytes_out, static_cast<std::int64_t>(count));
  if (count == output_.size()) return loop_.give_back(std::exchange(output_, {}));
  sending_ = std::exchange(output_, {});
  sent_ = count;
  send_rest();
}

void Connection::send_rest() {
  writing_ = true;
  send_deadline_ = loop_.now() + loop_.state().limits.send_time_max;
  const std::string_view rest = sending_.view().substr(sent_);
  socket_.async_write_some(
      boost::asio::const_buffer(rest.data(), rest.size()),
      [this](const boost::system::error_code& error, std::size_t count) { on_sent(error, count); });
}

void Connection::on_sent(const boost::system::error_code& error, std::size_t count) {
  writing_ = false;
  if (phase_ == Phase::closed) return bury_when_quiet();
  loop_.refresh_now();
  if (error) return close();
  LoopCounts::add(loop_.counts().bytes_out, static_cast<std::int64_t>(count));
  sent_ += count;
  if (sent_ < sending_.size()) {
    send_rest();
    return set_deadline();
  }
  loop_.give_back(std::exchange(sending_, {}));
  sent_ = 0;
  send_deadline_ = Monotonic::max();
  resume();
}

// --- Ending and waiting --------------------------------------------------------------------------

void Connection::close() {
  if (phase_ == Phase::closed) return;
  const bool was_streaming = phase_ == Phase::streaming;
  end_request(Phase::closed);
  slot_.deadline = Monotonic::max();
  boost::system::error_code ignored;
  socket_.close(ignored);  // operations in flight end with an error, soon
  if (was_streaming) {
    LoopCounts::add(loop_.counts().streams_open, -1);
    Callback<void()> closed = std::move(stream_closed_);
    closed();
  }
  bury_when_quiet();
}

void Connection::bury_when_quiet() {
  if (reading_ || writing_ || buried_) return;
  buried_ = true;
  loop_.bury(slot_);
}

// Closing a socket that holds unread input makes the kernel send a reset, which may overtake the
// last answer: so the sending side is shut first, and input is thrown away for a while.
void Connection::end_gracefully() {
  if (unsent() > 0 || shut_) return;
  if (ended_input_) return close();
  shut_ = true;
  boost::system::error_code error;
  socket_.shutdown(boost::asio::socket_base::shutdown_send, error);
  if (error) close();
}

Connection::Wait Connection::wait_now() const {
  switch (phase_) {
    case Phase::reading:
      if (begin_ == end_ && !parser_.is_in_body()) return Wait::idle;
      return parser_.is_in_body() ? Wait::body : Wait::head;
    case Phase::handling:
      return late_ != nullptr ? Wait::late_answer : Wait::nothing;
    case Phase::ending:
      return shut_ ? Wait::linger : Wait::nothing;
    case Phase::streaming:
    case Phase::closed:
      break;
  }
  return Wait::nothing;
}

Monotonic Connection::deadline_of(Wait wait) const {
  const ServerLimits& limits = loop_.state().limits;
  switch (wait) {
    case Wait::idle:
      return loop_.now() + limits.idle_time_max;
    case Wait::head:
      return loop_.now() + limits.header_time_max;
    case Wait::body:
      return loop_.now() + limits.body_time_max;
    case Wait::linger:
      return loop_.now() + limits::http_linger_time_max;
    case Wait::late_answer:
      return late_deadline_;
    case Wait::nothing:
      break;
  }
  return Monotonic::max();
}

void Connection::forget_wait() {
  wait_ = Wait::nothing;
  wait_deadline_ = Monotonic::max();
}

void Connection::set_deadline() {
  const Wait wait = wait_now();
  if (wait != wait_) {
    wait_ = wait;
    wait_deadline_ = deadline_of(wait);
  }
  slot_.deadline = std::min(wait_deadline_, send_deadline_);
}

void Connection::on_deadline() {
  if (loop_.now() >= send_deadline_) return close();
  switch (wait_) {
    case Wait::head:
    case Wait::body:
      refuse({Refusal::request_timeout, "The rest of the request did not come in time."});
      return resume();
    case Wait::late_answer: {
      const Reply reply = late_->late(request_);
      if (phase_ == Phase::handling) answer(view_of(reply));
      return;
    }
    case Wait::idle:
    case Wait::linger:
    case Wait::nothing:
      return close();
  }
}

}  // namespace rushline::http
