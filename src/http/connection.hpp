// One client: bytes in, requests one after the other, answers out in the same order.
//
// Lives on one loop and is touched by that loop's thread only. Reads what has arrived, handles all
// requests that are there (pipelining), and writes their answers together with one send() that is
// tried at once; only what the socket does not take waits. Buffers are lent by the loop, so that an
// idle connection holds none. Time limits are kept by the loop's sweep through the slot's deadline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/callback.hpp"
#include "core/time.hpp"
#include "http/connection_loop.hpp"
#include "http/dispatch.hpp"
#include "http/output_buffer.hpp"
#include "http/reply.hpp"
#include "http/reply_writer.hpp"
#include "http/request.hpp"
#include "http/request_parser.hpp"
#include "http/responder.hpp"

namespace rushline::http {

// Owns the descriptor of a socket.
class SocketHandle {
 public:
  explicit SocketHandle(int descriptor) : descriptor_(descriptor) {}
  SocketHandle(SocketHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  SocketHandle& operator=(SocketHandle&&) = delete;
  ~SocketHandle() { close(); }

  int descriptor() const { return descriptor_; }
  void close();

 private:
  int descriptor_;  // -1: none
};

class Connection {
 public:
  Connection(ConnectionLoop& loop, ConnectionSlot& slot, SocketHandle socket, const Router& router,
             ConnectionRoom& room, Welcome welcome);
  ~Connection();

  // Begins to read.
  void start();
  // Answers that there are too many connections, and ends.
  void turn_away();
  // Ends a stream; else the request in hand, or the one that comes within limits::drain_idle_time,
  // is the last one.
  void drain();
  // Others find no room: ends if it has been idle for ServerLimits::idle_crowded_time_max, or had
  // time to read its last answer. True when it is gone, or soon will be.
  bool make_way();
  // Since when a request has been on its way that is not whole, or nothing was taken of an answer,
  // as far as is known; Monotonic::max() when neither is so. To be asked while there is no room.
  Monotonic unfinished_since();
  // Ends for others: the request that is on its way is refused, the answer that is not taken lost.
  void cut_short();
  // The keys were replaced: ends a stream whose caller is not among them any more.
  void look_for_caller();
  // The slot's deadline is over.
  void on_deadline();
  // What epoll says of the socket.
  void on_ready(std::uint32_t events);

  // As it was let in.
  ConnectionRoom& room() const { return room_; }
  Welcome welcome() const { return welcome_; }

  // Of the request in hand; see Responder. All but the questions need the matching answer to one.
  bool is_waiting() const { return phase_ == Phase::handling; }
  void answer(const ReplyView& reply);
  void answer_by(Monotonic deadline, LateAnswer& late);
  bool start_stream(std::string_view content_type, Callback<void()> closed);

  bool is_streaming() const { return phase_ == Phase::streaming; }
  bool send_to_stream(std::string_view bytes);
  void end_stream();

 private:
  enum class Phase : std::uint8_t {
    reading,    // no request in hand; perhaps a part of one
    handling,   // a request is with its handler
    streaming,  // its answer is a stream
    ending,     // the last answer is on its way; what still comes in is thrown away
    closed,
  };
  // What the deadline is for; one that stands is not moved by more of the same.
  enum class Wait : std::uint8_t { nothing, idle, head, body, late_answer, caller, linger };

  // Input.
  bool begin();
  void receive();
  bool make_room();
  void release_input();
  void resume();
  void process();
  bool take_request();
  void handle_request();
  void refuse(const Unreadable& why);
  void refuse(const Reply& reply, RequestId id);

  // Answers.
  ReplyFrame frame(bool keep_alive);
  std::string_view added_lines();
  OutputBuffer& output();
  void write(const ReplyView& reply, bool keep_alive);
  // Tells the log.
  void note(int status, Monotonic now);
  void end_request(Phase next);
  bool has_caller() const { return request_.caller == &caller_memory_.caller; }
  bool is_caller_known();

  // Output.
  std::size_t unsent() const { return output_.size() + sending_.size() - sent_; }
  void flush();
  void set_send_deadline();
  void send_rest();
  std::size_t send_some(std::string_view bytes);
  Monotonic untaken_since();

  // What it holds beyond one input buffer, of what all connections may hold together.
  bool may_hold(std::size_t more) const;
  void note_held();

  // Ending and waiting.
  void close();
  void end_gracefully();
  std::uint32_t interest() const;
  void set_interest();
  void time_out();
  void forget_wait();
  void set_deadline();
  Wait wait_now() const;
  Monotonic deadline_of(Wait wait) const;

  ConnectionLoop& loop_;  // constant
  ConnectionSlot& slot_;  // constant
  const Router& router_;  // constant
  ConnectionRoom& room_;  // constant
  const Welcome welcome_;
  SocketHandle socket_;         // everything from here on is loop-only
  std::uint32_t interest_ = 0;  // what epoll was asked for
  RequestParser parser_;
  Phase phase_ = Phase::reading;
  Wait wait_ = Wait::nothing;
  bool processing_ = false;  // process() is on the stack
  bool ended_input_ = false;
  bool shut_ = false;       // the sending side
  bool continued_ = false;  // "100 Continue" was sent for the request being read

  std::unique_ptr<char[]> input_;  // none when nothing has arrived
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // of the request that is read or in hand
  std::size_t end_ = 0;    // of what has arrived

  OutputBuffer output_;   // collects
  OutputBuffer sending_;  // what the socket did not take at once; sent_ of it are gone
  std::size_t sent_ = 0;
  std::size_t sent_at_deadline_ = 0;  // of it, when the deadline was set
  std::size_t held_ = 0;              // as noted
  std::uint64_t sent_ever_ = 0;
  std::uint64_t taken_ = 0;  // of sent_ever_, when it was last looked
  Monotonic taken_at_{};     // when something was, or began to wait, as far as is known

  Request request_;
  const Route* route_ = nullptr;  // of the request in hand; null when it has none
  RatesTold rates_told_;
  std::string decoded_arguments_;
  std::string lines_;  // of added_lines(), reused
  CallerMemory caller_memory_;
  LateAnswer* late_ = nullptr;
  Monotonic late_deadline_ = Monotonic::max();
  Monotonic wait_deadline_ = Monotonic::max();
  Monotonic send_deadline_ = Monotonic::max();
  Callback<void()> stream_closed_;
};

}  // namespace rushline::http
