// How a connection gets rid of its answers, how long it waits for what, and how it ends.
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "core/limits.hpp"
#include "http/connection.hpp"
#include "http/problem.hpp"

namespace rushline::http {

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
  sent_ever_ += static_cast<std::uint64_t>(sent);
  return static_cast<std::size_t>(sent);
}

void Connection::flush() {
  if (output_.empty() || !sending_.empty() || phase_ == Phase::closed) return;
  const std::size_t count = send_some(output_.view());
  if (count == output_.size()) return loop_.give_back(std::exchange(output_, {}));
  if (phase_ == Phase::closed) return;
  if (!may_hold(output_.capacity())) return close();
  sending_ = std::exchange(output_, {});
  sent_ = count;
  taken_at_ = loop_.now();
  set_send_deadline();
}

// Who takes a little now and then would keep the answer here for ever: the time counts anew only
// when something worth it was taken.
void Connection::set_send_deadline() {
  send_deadline_ = loop_.now() + loop_.state().limits.send_time_max;
  sent_at_deadline_ = sent_;
}

void Connection::send_rest() {
  if (sending_.empty()) return;
  const std::size_t count = send_some(sending_.view().substr(sent_));
  if (phase_ == Phase::closed || count == 0) return;
  sent_ += count;
  if (sent_ - sent_at_deadline_ >= loop_.state().limits.send_bytes_min) set_send_deadline();
  if (sent_ < sending_.size()) return set_deadline();
  loop_.give_back(std::exchange(sending_, {}));
  sent_ = 0;
  send_deadline_ = Monotonic::max();
  resume();
}

// What the client's machine has confirmed counts, not what this one's took: a socket asks for more
// only when much of what it holds is gone, which a slow client may need minutes for.
Monotonic Connection::untaken_since() {
  const Monotonic now = loop_.now();
  if (now - taken_at_ < loop_.state().limits.unfinished_crowded_time_max) return taken_at_;
  int untaken = 0;
  if (::ioctl(socket_.descriptor(), SIOCOUTQ, &untaken) != 0) return taken_at_;
  const std::uint64_t taken = sent_ever_ - static_cast<std::uint64_t>(untaken);
  if (taken != taken_) taken_at_ = now;
  taken_ = taken;
  return taken_at_;
}

bool Connection::may_hold(std::size_t more) const {
  const ServerState& state = loop_.state();
  return state.held_bytes.load(std::memory_order_relaxed) + static_cast<std::int64_t>(more) <=
         static_cast<std::int64_t>(state.limits.held_bytes_max);
}

void Connection::note_held() {
  const std::size_t input = capacity_ > limits::http_input_bytes ? capacity_ : 0;
  const std::size_t now = phase_ == Phase::closed ? 0 : input + sending_.capacity();
  if (now == held_) return;
  loop_.state().held_bytes.fetch_add(
      static_cast<std::int64_t>(now) - static_cast<std::int64_t>(held_), std::memory_order_relaxed);
  held_ = now;
}

// --- Ending and waiting --------------------------------------------------------------------------

void Connection::close() {
  if (phase_ == Phase::closed) return;
  const bool was_streaming = phase_ == Phase::streaming;
  end_request(Phase::closed);
  note_held();
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
      // Who still takes an answer is not idle.
      if (begin_ == end_ && !parser_.is_in_body()) return unsent() > 0 ? Wait::nothing : Wait::idle;
      return parser_.is_in_body() ? Wait::body : Wait::head;
    case Phase::handling:
      return late_ != nullptr ? Wait::late_answer : Wait::nothing;
    case Phase::ending:
      return shut_ ? Wait::linger : Wait::nothing;
    case Phase::streaming:
      return has_caller() ? Wait::caller : Wait::nothing;
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
    case Wait::caller:
      return caller_memory_.until;
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

bool Connection::make_way() {
  if (wait_ == Wait::idle) {
    const ServerLimits& limits = loop_.state().limits;
    const Monotonic idle_since = wait_deadline_ - limits.idle_time_max;
    if (loop_.now() - idle_since >= limits.idle_crowded_time_max) close();
  } else if (wait_ == Wait::linger) {
    const Monotonic shut_at = wait_deadline_ - limits::http_linger_time_max;
    if (loop_.now() - shut_at >= limits::http_linger_crowded_time_max) close();
  }
  return phase_ == Phase::closed || wait_ == Wait::linger;
}

Monotonic Connection::unfinished_since() {
  const ServerLimits& limits = loop_.state().limits;
  if (unsent() > 0) return untaken_since();
  if (wait_ == Wait::head) return wait_deadline_ - limits.header_time_max;
  if (wait_ == Wait::body) return wait_deadline_ - limits.body_time_max;
  return Monotonic::max();
}

// Closed in the usual way, the system would go on offering the client what it does not take.
void Connection::cut_short() {
  if (unsent() == 0) return time_out();
  const linger at_once{1, 0};
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Connection::time_out() {
  refuse({Refusal::request_timeout, "The rest of the request did not come in time."});
  resume();
}

void Connection::on_deadline() {
  if (loop_.now() >= send_deadline_) return close();
  switch (wait_) {
    case Wait::head:
    case Wait::body:
      return time_out();
    case Wait::late_answer: {
      const Reply reply = late_->late(request_);
      if (phase_ == Phase::handling) answer(view_of(reply));
      return;
    }
    case Wait::caller:
      return end_stream();
    case Wait::idle:
    case Wait::linger:
    case Wait::nothing:
      return close();
  }
}

}  // namespace rushline::http
