// The door of a client: what any thread sends is bounded here, handed to the client's thread in
// batches, and told when it is finished.
#pragma once

#include <mutex>
#include <vector>

#include "adapters/redis/request.hpp"

namespace rushline::redis {

// send(), close() and state() are safe from any thread; the rest is for the client's thread.
class Intake {
 public:
  // `wake` is called, on any thread, when there is something to take and was nothing before.
  Intake(const Clock& clock, Callback<void()> wake);
  // Everything must be finished.
  ~Intake();

  // As Client::send().
  void send(const Destination& to, Command command, Client::Done done);
  // What is sent from now on is told Errc::shutting_down.
  void close();
  ClientState state() const;

  // Everything that was sent since the last time, in order.
  std::vector<Request> take();
  // Tells what became of a request. The client's own requests are not counted.
  void finish(Request request, Result<Reply> result);
  // While it is not closed, what is sent is told Errc::unavailable.
  void set_circuit(ClientState::Circuit circuit, std::optional<Monotonic> healthy_since);
  void count_connect();

 private:
  struct Refusal {
    Errc code;
    const char* detail;
  };
  // With mutex_ held. Nothing when the command was taken.
  std::optional<Refusal> try_take(const Destination& to, Command& command, Client::Done& done,
                                  bool& must_wake);

  const Clock& clock_;     // constant
  Callback<void()> wake_;  // called without mutex_
  mutable std::mutex mutex_;
  std::vector<Request> waiting_;  // guarded by mutex_
  std::size_t bytes_ = 0;         // guarded by mutex_: of all that is not finished
  ClientState state_;             // guarded by mutex_
  bool is_closed_ = false;        // guarded by mutex_
};

}  // namespace rushline::redis
