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
                       const Router& router, ConnectionRoom& room, Welcome welcome)
    : loop_(loop),
      slot_(slot),
      router_(router),
      room_(room),
      welcome_(welcome),
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
  // By then whoever is idle now has made way.
  const RequestId id = loop_.next_request_id();
  refuse(
      problem(Refusal::too_many_connections, "The server has as many connections as it may have.",
              id, loop_.state().limits.idle_crowded_time_max),
      id);
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

// While a request is in hand its bytes must not move: then only what room is left is filled. False:
// there is none, and the client is told so.
bool Connection::make_room() {
  if (phase_ == Phase::handling) return true;
  if (phase_ != Phase::reading) begin_ = end_ = 0;
  if (!input_) {
    input_ = loop_.take_input();
    capacity_ = limits::http_input_bytes;
    begin_ = end_ = 0;
    return true;
  }
  const std::size_t size = end_ - begin_;
  if (size == capacity_) {
    const std::size_t capacity_max =
        head_bytes_max + loop_.state().limits.body_bytes_max + slack_bytes;
    const std::size_t capacity = std::min(2 * capacity_, capacity_max);
    if (!may_hold(capacity)) {
      refuse({Errc::overloaded, "Too many large requests are on their way. Ask again later."});
      return false;
    }
    auto input = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(input.get(), input_.get() + begin_, size);
    release_input();
    input_ = std::move(input);
    capacity_ = capacity;
    note_held();
  } else if (begin_ > 0) {
    std::memmove(input_.get(), input_.get() + begin_, size);
  }
  begin_ = 0;
  end_ = size;
  return true;
}

void Connection::release_input() {
  if (capacity_ == limits::http_input_bytes) loop_.give_back(std::move(input_));
  input_.reset();
  capacity_ = 0;
}

void Connection::receive() {
  if (!make_room()) return resume();
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
  note_held();
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
  ServerState& state = loop_.state();
  if (state.rates.is_on()) request_.rates = &rates_told_;
  const Route* route = dispatch(router_, state.keyring, state.clock, state.rates, caller_memory_,
                                request_, decoded_arguments_, refusal);
  route_ = route;
  if (route == nullptr) return answer(view_of(*refusal));
  route->handler(request_, Responder(loop_, slot_.token()));
}

void Connection::refuse(const Unreadable& why) {
  const RequestId id = loop_.next_request_id();
  const Errc* code = std::get_if<Errc>(&why.reason);
  refuse(code != nullptr ? problem(fail(*code, std::string(why.detail)), id)
                         : problem(std::get<Refusal>(why.reason), why.detail, id),
         id);
}

void Connection::refuse(const Reply& reply, RequestId id) {
  LoopCounts::add(loop_.counts().requests, 1);
  // Whatever else has been read of it cannot be trusted.
  const Method method = request_.method;
  request_ = {};
  request_.method = method;
  request_.id = id;
  request_.arrived = loop_.now();
  route_ = nullptr;
  write(view_of(reply), false);
  note(reply.status, loop_.now());
  end_request(Phase::ending);
}

// --- Answers -----------------------------------------------------------------------------------

ReplyFrame Connection::frame(bool keep_alive) {
  return {loop_.date(), request_.id,           request_.method == Method::head,
          keep_alive,   parser_.is_http_1_0(), added_lines()};
}

// What pages of other origins must be told, and what the caller's rates are.
std::string_view Connection::added_lines() {
  // Before a request is whole, its headers may not be looked at.
  if (phase_ != Phase::handling) return {};
  const ServerState& state = loop_.state();
  const std::string_view cors = state.cors.lines_for(request_.header(Header::origin));
  if (request_.rates == nullptr) return cors;
  lines_ = cors;
  state.rates.append_lines(lines_, rates_told_);
  return lines_;
}

OutputBuffer& Connection::output() {
  if (output_.capacity() == 0) output_ = loop_.take_buffer();
  return output_;
}

void Connection::write(const ReplyView& reply, bool keep_alive) {
  write_reply(output(), reply, frame(keep_alive));
  const auto status_class = static_cast<std::size_t>(std::clamp(reply.status / 100, 1, 5));
  LoopCounts::add(loop_.counts().answers[status_class - 1], 1);
  if (reply.status == 401) LoopCounts::add(loop_.counts().unauthorized, 1);
  if (reply.status == 403) LoopCounts::add(loop_.counts().forbidden, 1);
}

void Connection::note(int status, Monotonic now) {
  RequestLog* const log = loop_.state().request_log;
  if (log != nullptr) log->answered(request_, route_, status, now, socket_.descriptor());
}

void Connection::answer(const ReplyView& reply) {
  RUSHLINE_ASSERT(phase_ == Phase::handling);
  const bool keep_alive = parser_.keep_alive() && !reply.close && !loop_.is_draining();
  write(reply, keep_alive);
  const Monotonic now = loop_.now();
  const RequestKind kind = route_ == nullptr ? RequestKind::other : route_->kind;
  loop_.counts().duration(kind).record_alone(now - request_.arrived);
  note(reply.status, now);
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
  rates_told_ = {};
  continued_ = false;
  // After the last request, whatever has come is thrown away.
  begin_ = next == Phase::reading ? std::min(end_, begin_ + parser_.bytes()) : end_;
  parser_.reset(request_);
  ++slot_.generation;
}

bool Connection::start_stream(std::string_view content_type, Callback<void()> closed) {
  RUSHLINE_ASSERT(phase_ == Phase::handling);
  write_stream_head(output(), content_type, frame(false));
  LoopCounts::add(loop_.counts().answers[1], 1);
  if (request_.method == Method::head || loop_.is_draining() || ended_input_ ||
      !is_caller_known()) {
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

bool Connection::is_caller_known() {
  if (!has_caller()) return true;
  const ServerState& state = loop_.state();
  return is_still_known(state.keyring, state.clock, caller_memory_, route_->scope, loop_.now());
}

void Connection::look_for_caller() {
  if (phase_ == Phase::streaming && !is_caller_known()) end_stream();
}

void Connection::end_stream() {
  if (!parser_.is_http_1_0()) output().append("0\r\n\r\n");
  LoopCounts::add(loop_.counts().streams_open, -1);
  end_request(Phase::ending);
  Callback<void()> closed = std::move(stream_closed_);
  closed();
  resume();
}

}  // namespace rushline::http
