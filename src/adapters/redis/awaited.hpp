// Waiting for replies, on a thread that may block.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

#include "adapters/redis/client.hpp"

namespace rushline::redis {

// Up to `in_flight_max` commands at a time. Used by one thread, and by the client's. The replies
// may come after its end.
class Awaited {
 public:
  explicit Awaited(std::size_t in_flight_max) : in_flight_max_(in_flight_max) {}

  // What to hand over with the next command. Waits until fewer than `in_flight_max` are on their
  // way.
  Client::Done next();
  // False once a reply was an error or the number 0, by which functions refuse, or did not come in
  // time: more commands lead nowhere.
  bool is_good() const;
  // The last reply that came, once all are there; the first error if there was one; Errc::timed_out
  // when one did not come within limits::board_call_time_max.
  Result<Reply> all();

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable heard;
    std::size_t in_flight = 0;   // guarded by mutex
    Reply last;                  // guarded by mutex
    bool is_refused = false;     // guarded by mutex
    std::optional<Error> error;  // guarded by mutex: the first
  };

  bool wait_for_fewer_than(std::size_t count);

  const std::size_t in_flight_max_;  // constant
  // Shared with the callbacks, which may outlive this.
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace rushline::redis
