// How a handler answers: at once, later from another thread, or with a stream of events.
//
// A Responder is a word and a pointer: which loop, which connection, which of its requests. It may
// be copied and kept for ever. Each request is answered once: the first answer counts, later ones
// and those to a connection that is gone are dropped silently.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/callback.hpp"
#include "core/time.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace rushline::http {

class Loop;

// Gives the answer of a request that was not answered in time.
class LateAnswer {
 public:
  virtual ~LateAnswer() = default;

  // Loop thread. `request` is whole as it was when its handler saw it. Must not block.
  virtual Reply late(const Request& request) = 0;
};

// An answer without an end: the body grows by what is sent (http/event_stream.hpp writes events).
// Copyable, like a Responder. Loop thread only; from elsewhere through Loop::post.
class Stream {
 public:
  Stream() = default;

  // Sends `bytes` soon. False when the stream has ended: the client is gone, its key or token is
  // not known any more or has expired, the server drains, or the client reads so slowly that more
  // than limits::stream_unsent_bytes_max would wait for it (it is then cut off).
  bool send(std::string_view bytes) const;
  // Ends the answer properly. Harmless when it has ended.
  void end() const;
  bool is_open() const;

 private:
  friend class Responder;
  Stream(Loop* loop, std::uint64_t token) : loop_(loop), token_(token) {}

  Loop* loop_ = nullptr;
  std::uint64_t token_ = 0;
};

class Responder {
 public:
  Responder(Loop& loop, std::uint64_t token) : loop_(&loop), token_(token) {}

  // Answers. Any thread; never blocks. On the loop's own thread it is written at once, else the
  // loop is woken, once for all the answers that come meanwhile.
  void send(Reply reply) const;

  // Answers without allocating: the bytes are copied before it returns. Loop thread only.
  void send_now(const ReplyView& reply) const;

  // When nobody has answered at `deadline` (within limits::http_sweep_interval), `late` does. Loop
  // thread only, while the handler runs; may be called again. `late` must outlive the server.
  void answer_by(Monotonic deadline, LateAnswer& late) const;

  // Answers with 200 and a body that is sent bit by bit. `closed` is called once, on the loop's
  // thread, when the stream has ended, whoever ended it, and also when it ends within this very
  // call (the client asked with HEAD, or is gone). Loop thread only.
  Stream start_stream(std::string_view content_type, Callback<void()> closed) const;

  // True while the request waits for its answer. Loop thread only.
  bool is_waiting() const;

  Loop& loop() const { return *loop_; }
  // Names the request within its loop: Responder(loop, token) is this responder again.
  std::uint64_t token() const { return token_; }

 private:
  Loop* loop_;
  std::uint64_t token_;
};

}  // namespace rushline::http
