// One connection's conversation, from the handshake to the end, without I/O: which bytes go out,
// what the bytes that come in answer, and when waiting is over.
//
// Commands are answered in the order in which they were sent (RESP2 has no ids), so a missing
// answer makes all later ones useless: the session then fails as a whole.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/handshake.hpp"
#include "adapters/redis/request.hpp"

namespace rushline::redis {

// Used by one thread. Once receive() or check() has failed, only end() may be called.
class Session {
 public:
  // Whom the session tells. Calls come from inside of receive() and end(); they must not call
  // either.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_answer(Request request, Result<Reply> result) = 0;
    // A message of one of `channels`.
    virtual void on_message(std::string_view channel, std::string_view message) = 0;
  };

  // With `channels` the session subscribes to them after the handshake and takes no requests.
  Session(const Login& login, std::vector<std::string> channels, Listener& listener, Monotonic now);

  // What is to be sent now: everything that waits, in one piece. Empty when nothing does.
  std::string take_output();
  // Takes bytes of the server. Errc::unavailable, Errc::corrupt: the connection must be given up.
  Result<void> receive(std::string_view bytes, Monotonic now);
  // To be called every limits::redis_sweep_interval while ready; asks a silent server with PING.
  // Errc::timed_out: the connection must be given up.
  Result<void> check(Monotonic now);

  // The handshake is done.
  bool is_ready() const { return handshake_.is_done(); }
  // Only when ready.
  void send(Request request);
  // Tells everybody who waits: who has waited too long Errc::timed_out, the others what `why` says.
  void end(const Error& why, Monotonic now);

 private:
  Result<void> take(Reply reply);
  Result<void> take_answer(Reply reply);
  Result<void> take_message(const Reply& reply);
  void ping(Monotonic now);

  Listener& listener_;                       // constant
  const std::vector<std::string> channels_;  // constant
  Handshake handshake_;
  ReplyReader reader_;
  std::string output_;
  std::deque<Request> waiting_;  // not sent
  std::deque<Request> sent_;     // not answered
  Monotonic heard_at_;
  std::optional<Monotonic> ping_deadline_;  // of a subscriber's PING
};

}  // namespace rushline::redis
