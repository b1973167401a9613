// Slots, mail from other threads, the sweep.
#include "http/connection_loop.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <random>
#include <system_error>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "http/connection.hpp"
#include "http/reply_writer.hpp"

namespace rushline::http {

namespace {

// Where the ids of a loop's requests begin: anywhere, so that two processes hardly ever share one.
std::uint64_t random_start() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

int open_epoll() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return descriptor;
}

}  // namespace

ConnectionLoop::ConnectionLoop(boost::asio::io_context& context, std::size_t index,
                               ServerState& state)
    : context_(context),
      index_(index),
      state_(state),
      sockets_(context, open_epoll()),
      now_(state.clock.monotonic()),
      last_request_id_(random_start()),
      sweep_timer_(context) {
  date_ = date_header(state.clock.now());
  boost::asio::post(context_, [this] {
    start_sweep();
    wait_for_sockets();
  });
}

ConnectionLoop::~ConnectionLoop() = default;

void ConnectionLoop::post(Callback<void()> work) {
  boost::asio::post(context_, [this, work = std::move(work)]() mutable {
    refresh_now();
    work();
  });
}

bool ConnectionLoop::is_current() const { return context_.get_executor().running_in_this_thread(); }

void ConnectionLoop::on_sweep(Callback<void(Monotonic)> work) {
  boost::asio::post(context_, [this, work = std::move(work)]() mutable {
    sweep_hooks_.push_back(std::move(work));
  });
}

void ConnectionLoop::adopt(Socket socket, const Router& router, ConnectionRoom& room,
                           Welcome welcome) {
  refresh_now();
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back().index = free_slots_.back();
  }
  ConnectionSlot& slot = slots_[free_slots_.back()];
  free_slots_.pop_back();
  // Asio has accepted the socket and has nothing more to do with it.
  boost::system::error_code ignored;
  SocketHandle handle(socket.release(ignored));
  slot.connection =
      std::make_unique<Connection>(*this, slot, std::move(handle), router, room, welcome);
  if (welcome == Welcome::served) {
    slot.connection->start();
  } else {
    slot.connection->turn_away();
  }
}

void ConnectionLoop::bury(ConnectionSlot& slot) {
  boost::asio::post(context_, [this, &slot] {
    slot.connection->room().leave(slot.connection->welcome());
    slot.connection.reset();
    ++slot.generation;
    slot.deadline = Monotonic::max();
    free_slots_.push_back(slot.index);
    state_.release();
  });
}

void ConnectionLoop::drain() {
  refresh_now();
  for (ConnectionSlot& slot : slots_) {
    if (slot.connection) slot.connection->drain();
  }
  state_.release();
}

OutputBuffer ConnectionLoop::take_buffer() {
  if (spare_buffers_.empty()) return {};
  OutputBuffer buffer = std::move(spare_buffers_.back());
  spare_buffers_.pop_back();
  return buffer;
}

void ConnectionLoop::give_back(OutputBuffer buffer) {
  if (buffer.capacity() == 0 || buffer.capacity() > 2 * limits::http_pipeline_bytes_max) return;
  if (spare_buffers_.size() >= limits::http_spare_buffers_max) return;
  buffer.clear();
  spare_buffers_.push_back(std::move(buffer));
}

std::unique_ptr<char[]> ConnectionLoop::take_input() {
  if (spare_inputs_.empty()) {
    return std::make_unique_for_overwrite<char[]>(limits::http_input_bytes);
  }
  std::unique_ptr<char[]> input = std::move(spare_inputs_.back());
  spare_inputs_.pop_back();
  return input;
}

void ConnectionLoop::give_back(std::unique_ptr<char[]> input) {
  if (spare_inputs_.size() < limits::http_spare_buffers_max) {
    spare_inputs_.push_back(std::move(input));
  }
}

bool ConnectionLoop::watch(int socket, std::uint32_t events, Connection& connection) {
  epoll_event interest{events, {&connection}};
  return ::epoll_ctl(sockets_.native_handle(), EPOLL_CTL_ADD, socket, &interest) == 0;
}

void ConnectionLoop::change_watch(int socket, std::uint32_t events, Connection& connection) {
  epoll_event interest{events, {&connection}};
  const int error = ::epoll_ctl(sockets_.native_handle(), EPOLL_CTL_MOD, socket, &interest);
  RUSHLINE_ASSERT(error == 0);
}

void ConnectionLoop::wait_for_sockets() {
  sockets_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                      [this](const boost::system::error_code& error) {
                        if (!error) serve_sockets();
                      });
}

// Asks again as long as there is something to do, for a few rounds: then timers and mail have their
// turn. A closed connection is not destroyed before that, so that no event points at nothing.
void ConnectionLoop::serve_sockets() {
  std::array<epoll_event, limits::http_ready_events_max> events;
  for (int round = 0; round < limits::http_ready_rounds_max; ++round) {
    const int ready =
        ::epoll_wait(sockets_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
    if (ready <= 0) break;
    refresh_now();
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      static_cast<Connection*>(event.data.ptr)->on_ready(event.events);
    }
  }
  wait_for_sockets();
}

Connection* ConnectionLoop::find(std::uint64_t token) const {
  const std::size_t index = token >> 32;
  RUSHLINE_ASSERT(index < slots_.size());
  const ConnectionSlot& slot = slots_[index];
  return slot.generation == static_cast<std::uint32_t>(token) ? slot.connection.get() : nullptr;
}

void ConnectionLoop::deliver(std::uint64_t token, Reply reply) {
  if (is_current()) return answer(token, view_of(reply));
  bool is_first = false;
  {
    const std::lock_guard lock(mailbox_mutex_);
    is_first = mailbox_.empty();
    mailbox_.emplace_back(token, std::move(reply));
  }
  // Who finds mail in the box knows that the loop has been woken for it.
  if (is_first) boost::asio::post(context_, [this] { open_mailbox(); });
}

void ConnectionLoop::open_mailbox() {
  refresh_now();
  {
    const std::lock_guard lock(mailbox_mutex_);
    opened_mail_.swap(mailbox_);
  }
  for (const auto& [token, reply] : opened_mail_) answer(token, view_of(reply));
  opened_mail_.clear();
}

void ConnectionLoop::answer(std::uint64_t token, const ReplyView& reply) {
  Connection* connection = find(token);
  if (connection != nullptr && connection->is_waiting()) connection->answer(reply);
}

void ConnectionLoop::answer_by(std::uint64_t token, Monotonic deadline, LateAnswer& late) {
  Connection* connection = find(token);
  if (connection != nullptr && connection->is_waiting()) connection->answer_by(deadline, late);
}

bool ConnectionLoop::start_stream(std::uint64_t token, std::string_view content_type,
                                  Callback<void()> closed) {
  Connection* connection = find(token);
  if (connection == nullptr || !connection->is_waiting()) {
    closed();
    return false;
  }
  return connection->start_stream(content_type, std::move(closed));
}

bool ConnectionLoop::send_to_stream(std::uint64_t token, std::string_view bytes) {
  return is_stream_open(token) && find(token)->send_to_stream(bytes);
}

void ConnectionLoop::end_stream(std::uint64_t token) {
  if (is_stream_open(token)) find(token)->end_stream();
}

bool ConnectionLoop::is_stream_open(std::uint64_t token) const {
  const Connection* connection = find(token);
  return connection != nullptr && connection->is_streaming();
}

bool ConnectionLoop::is_waiting(std::uint64_t token) const {
  const Connection* connection = find(token);
  return connection != nullptr && connection->is_waiting();
}

void ConnectionLoop::start_sweep() {
  sweep_timer_.expires_after(limits::http_sweep_interval);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    sweep();
    start_sweep();
  });
}

void ConnectionLoop::sweep() {
  refresh_now();
  const Timestamp now = state_.clock.now();
  const std::int64_t second = now.time_since_epoch() / std::chrono::seconds{1};
  if (second != date_second_) {
    date_second_ = second;
    date_ = date_header(now);
  }
  for (ConnectionSlot& slot : slots_) {
    if (slot.deadline <= now_ && slot.connection) slot.connection->on_deadline();
  }
  look_for_watchers();
  for (const ConnectionRoom& room : state_.rooms) {
    if (room.is_full()) make_way_in(room);
  }
  for (auto& hook : sweep_hooks_) hook(now_);
}

// After the keys were replaced, some in each sweep: thousands would hold up the loop. Who begins to
// watch meanwhile is looked for then.
void ConnectionLoop::look_for_watchers() {
  const std::uint64_t edition = state_.keyring.edition();
  if (edition != keys_edition_) next_looked_for_ = 0;
  keys_edition_ = edition;
  std::size_t left = limits::watchers_looked_for_max;
  for (; next_looked_for_ < slots_.size() && left > 0; ++next_looked_for_) {
    Connection* const connection = slots_[next_looked_for_].connection.get();
    if (connection == nullptr || !connection->is_streaming()) continue;
    connection->look_for_caller();
    --left;
  }
}

// Of the requests and answers that take long only as many are ended as make some room, the oldest
// first: one that is slow and honest had its time before a crowd came.
void ConnectionLoop::make_way_in(const ConnectionRoom& room) {
  const Monotonic begun_by = now_ - state_.limits.unfinished_crowded_time_max;
  std::size_t served = 0;
  std::size_t leaving = 0;
  unfinished_.clear();
  for (ConnectionSlot& slot : slots_) {
    Connection* const connection = slot.connection.get();
    if (connection == nullptr || &connection->room() != &room ||
        connection->welcome() == Welcome::refused) {
      continue;
    }
    ++served;
    if (connection->make_way()) ++leaving;
    const Monotonic since = connection->unfinished_since();
    if (since <= begun_by) unfinished_.emplace_back(since, connection);
  }
  const std::size_t wanted =
      (served + limits::http_make_way_share - 1) / limits::http_make_way_share;
  if (leaving >= wanted) return;
  const std::size_t ends = std::min(wanted - leaving, unfinished_.size());
  std::ranges::partial_sort(unfinished_, unfinished_.begin() + static_cast<std::ptrdiff_t>(ends));
  for (std::size_t i = 0; i < ends; ++i) unfinished_[i].second->cut_short();
}

// What responder.hpp promises, on the loop that the token belongs to.

void Responder::send(Reply reply) const { loop_->deliver(token_, std::move(reply)); }

void Responder::send_now(const ReplyView& reply) const { loop_->answer(token_, reply); }

void Responder::answer_by(Monotonic deadline, LateAnswer& late) const {
  loop_->answer_by(token_, deadline, late);
}

Stream Responder::start_stream(std::string_view content_type, Callback<void()> closed) const {
  return loop_->start_stream(token_, content_type, std::move(closed)) ? Stream(loop_, token_)
                                                                      : Stream();
}

bool Responder::is_waiting() const { return loop_->is_waiting(token_); }

bool Stream::send(std::string_view bytes) const {
  return loop_ != nullptr && loop_->send_to_stream(token_, bytes);
}

void Stream::end() const {
  if (loop_ != nullptr) loop_->end_stream(token_);
}

bool Stream::is_open() const { return loop_ != nullptr && loop_->is_stream_open(token_); }

}  // namespace rushline::http
