// A counter behind a lock.
#include "adapters/redis/awaited.hpp"

#include <utility>

#include "core/limits.hpp"

namespace rushline::redis {

Client::Done Awaited::next() {
  const bool is_in_time = wait_for_fewer_than(in_flight_max_);
  const std::lock_guard lock(shared_->mutex);
  if (!is_in_time && !shared_->error) {
    shared_->error = fail(Errc::timed_out, "Redis did not answer in time.");
  }
  ++shared_->in_flight;
  return [shared = shared_](Result<Reply> reply) {
    const std::lock_guard heard_lock(shared->mutex);
    --shared->in_flight;
    if (reply.has_value()) {
      shared->is_refused |= reply->is(Reply::Kind::integer) && reply->integer == 0;
      shared->last = std::move(*reply);
    } else if (!shared->error) {
      shared->error = reply.error();
    }
    shared->heard.notify_one();
  };
}

bool Awaited::is_good() const {
  const std::lock_guard lock(shared_->mutex);
  return !shared_->error && !shared_->is_refused;
}

Result<Reply> Awaited::all() {
  const bool is_in_time = wait_for_fewer_than(1);
  const std::lock_guard lock(shared_->mutex);
  if (shared_->error) return *shared_->error;
  if (!is_in_time) return fail(Errc::timed_out, "Redis did not answer in time: unknown.");
  return std::move(shared_->last);
}

bool Awaited::wait_for_fewer_than(std::size_t count) {
  std::unique_lock lock(shared_->mutex);
  return shared_->heard.wait_for(lock, limits::board_call_time_max,
                                 [&] { return shared_->in_flight < count; });
}

}  // namespace rushline::redis
