// How bytes become requests and answers become bytes.
#include "http/connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

Connection::Connection(ConnectionLoop& loop, ConnectionSlot& slot, SocketHandle socket,
                       const Router& router)
    : loop_(loop),
      slot_(slot),
      router_(router),
      socket_(std::move(socket)),
      parser_(loop.state().limits.body_bytes_max) {}

Connection::~Connection() = default;

void SocketHandle::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool Connection::begin() {
  interest_ = EPOLLIN;
  if (!loop_.is_draining() && loop_.watch(socket_.descriptor(), interest_, *this)) return true;
  close();
  return false;
}

void Connection::start() {
  if (begin()) resume();
}

void Connection::turn_away() {
  if (!begin()) return;
  refuse({Refusal::too_many_connections, "The server has as many connections as it may have."});
  resume();
}

void Connection::drain() {
  if (phase_ == Phase::streaming) return end_stream();
  if (phase_ != Phase::reading || begin_ != end_) return;
  // Shorter now, but not over at once: a request may be on its way.
  forget_wait();
  set_deadline();
}

// --- Input -------------------------------------------------------------------------------------

// While a request is in hand its bytes must not move: then only what room is left is filled.
void Connection::make_room() {
  if (phase_ == Phase::handling) return;
  if (phase_ != Phase::reading) begin_ = end_ = 0;
  if (!input_) {
    input_ = loop_.take_input();
    capacity_ = limits::http_input_bytes;
    begin_ = end_ = 0;
    return;
  }
  const std::size_t size = end_ - begin_;
  if (size == capacity_) {
    const std::size_t capacity_max =
        head_bytes_max + loop_.state().limits.body_bytes_max + slack_bytes;
    const std::size_t capacity = std::min(2 * capacity_, capacity_max);
    auto input = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(input.get(), input_.get() + begin_, size);
    release_input();
    input_ = std::move(input);
    capacity_ = capacity;
  } else if (begin_ > 0) {
    std::memmove(input_.get(), input_.get() + begin_, size);
  }
  begin_ = 0;
  end_ = size;
}

void Connection::release_input() {
  if (capacity_ == limits::http_input_bytes) loop_.give_back(std::move(input_));
  input_.reset();
  capacity_ = 0;
}

void Connection::receive() {
  make_room();
  if (end_ == capacity_) return;
  const ssize_t count =
      ::recv(socket_.descriptor(), input_.get() + end_, capacity_ - end_, MSG_DONTWAIT);
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) close();
    return;
  }
  LoopCounts::add(loop_.counts().bytes_in, count);
  if (count == 0) {
    ended_input_ = true;
    // Somebody who half-closes still waits for an answer, but nobody watches a stream that way.
    if (phase_ == Phase::streaming || phase_ == Phase::ending) return close();
  }
  if (phase_ == Phase::reading || phase_ == Phase::handling)
    end_ += static_cast<std::size_t>(count);
  resume();
}

void Connection::on_ready(std::uint32_t events) {
  if (phase_ == Phase::closed) return;  // by something earlier in this round
  const bool is_broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (is_broken && (events & EPOLLIN) == 0) return close();
  if ((events & EPOLLIN) != 0) receive();
  if ((events & EPOLLOUT) != 0 && phase_ != Phase::closed) send_rest();
}

// Handles what has arrived, writes the answers, and waits for what comes next. Does nothing when it
// is called by an answer that a handler gives at once: the call below on the stack goes on.
void Connection::resume() {
  if (processing_) return;
  processing_ = true;
  process();
  processing_ = false;
  if (phase_ == Phase::ending) end_gracefully();
  if (phase_ == Phase::reading && ended_input_ && unsent() == 0) close();
  if (phase_ == Phase::closed) return;
  if (begin_ == end_ && input_ && phase_ != Phase::handling) release_input();
  set_interest();
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
  kind_ = route == nullptr ? RequestKind::other : route->kind;
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
  loop_.counts().duration(kind_).record_alone(loop_.now() - request_.arrived);
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
  begin_ = end_;  // what the client still says is thrown away
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

// How much of `bytes` the socket took. Closes when it takes nothing any more.
std::size_t Connection::send_some(std::string_view bytes) {
  const ssize_t sent =
      ::send(socket_.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EINTR) close();
    return 0;
  }
  LoopCounts::add(loop_.counts().bytes_out, sent);
  return static_cast<std::size_t>(sent);
}

void Connection::flush() {
  if (output_.empty() || !sending_.empty() || phase_ == Phase::closed) return;
  const std::size_t count = send_some(output_.view());
  if (count == output_.size()) return loop_.give_back(std::exchange(output_, {}));
  if (phase_ == Phase::closed) return;
  sending_ = std::exchange(output_, {});
  sent_ = count;
  send_deadline_ = loop_.now() + loop_.state().limits.send_time_max;
}

void Connection::send_rest() {
  if (sending_.empty()) return;
  const std::size_t count = send_some(sending_.view().substr(sent_));
  if (phase_ == Phase::closed || count == 0) return;
  sent_ += count;
  send_deadline_ = loop_.now() + loop_.state().limits.send_time_max;
  if (sent_ < sending_.size()) return set_deadline();
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
  socket_.close();
  loop_.bury(slot_);
  if (was_streaming) {
    LoopCounts::add(loop_.counts().streams_open, -1);
    Callback<void()> closed = std::move(stream_closed_);
    closed();
  }
}

// Closing a socket that holds unread input makes the kernel send a reset, which may overtake the
// last answer: so the sending side is shut first, and input is thrown away for a while.
void Connection::end_gracefully() {
  if (unsent() > 0 || shut_) return;
  if (ended_input_) return close();
  shut_ = true;
  if (::shutdown(socket_.descriptor(), SHUT_WR) != 0) close();
}

// Nothing is read that there is no room for: what the client sends then waits on its side.
std::uint32_t Connection::interest() const {
  const bool has_room = phase_ != Phase::handling || end_ < capacity_;
  const bool is_held_up = phase_ == Phase::reading && unsent() >= limits::http_pipeline_bytes_max;
  const bool wants_input = !ended_input_ && has_room && !is_held_up;
  const std::uint32_t input = wants_input ? std::uint32_t{EPOLLIN} : 0;
  return sending_.empty() ? input : input | EPOLLOUT;
}

void Connection::set_interest() {
  const std::uint32_t wanted = interest();
  if (wanted != interest_) loop_.change_watch(socket_.descriptor(), wanted, *this);
  interest_ = wanted;
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
      return loop_.now() + (loop_.is_draining() ? limits::drain_idle_time : limits.idle_time_max);
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
