// One event loop of the server as handlers see it: where to post work, what to do on each sweep.
//
// Each connection belongs to one loop for its whole life, and each loop to one thread.
// A port for others' answers (coupons::AnswerSink and the like) keeps one sink per loop: collect on
// the foreign thread, post() once, then Responder(loop, token).send_now() for each on the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/callback.hpp"
#include "core/time.hpp"
#include "http/reply.hpp"
#include "http/responder.hpp"

namespace rushline::http {

// Implemented by the server (http/connection_loop.hpp). Outlives every handler's call.
class Loop {
 public:
  virtual ~Loop() = default;

  // 0 to Server::loop_count() - 1.
  virtual std::size_t index() const = 0;

  // Runs `work` on the loop's thread, soon, in the order posted. Any thread. Dropped, without being
  // called, when the loops have stopped.
  virtual void post(Callback<void()> work) = 0;

  // True on the loop's own thread.
  virtual bool is_current() const = 0;

  // The clock, read when the loop last woke: good for deadlines, off by what the loop did since.
  // Loop thread only.
  virtual Monotonic now() const = 0;

  // Calls `work` on every sweep (limits::http_sweep_interval), on the loop's thread. To be called
  // before the server listens.
  virtual void on_sweep(Callback<void(Monotonic now)> work) = 0;

 protected:
  friend class Responder;
  friend class Stream;

  // What Responder and Stream say; see there. Loop thread only, but deliver().
  virtual void deliver(std::uint64_t token, Reply reply) = 0;
  virtual void answer(std::uint64_t token, const ReplyView& reply) = 0;
  virtual void answer_by(std::uint64_t token, Monotonic deadline, LateAnswer& late) = 0;
  virtual bool start_stream(std::uint64_t token, std::string_view content_type,
                            Callback<void()> closed) = 0;
  virtual bool send_to_stream(std::uint64_t token, std::string_view bytes) = 0;
  virtual void end_stream(std::uint64_t token) = 0;
  virtual bool is_stream_open(std::uint64_t token) const = 0;
  virtual bool is_waiting(std::uint64_t token) const = 0;
};

}  // namespace rushline::http
