// Counts what comes in and what is finished.
#include "adapters/redis/intake.hpp"

#include <utility>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {

Intake::Intake(const Clock& clock, Callback<void()> wake) : clock_(clock), wake_(std::move(wake)) {}

Intake::~Intake() { RUSHLINE_ASSERT(waiting_.empty() && state_.in_flight == 0); }

void Intake::send(const Destination& to, Command command, Client::Done done) {
  std::optional<Refusal> refusal;
  bool must_wake = false;
  {
    const std::scoped_lock lock(mutex_);
    refusal = try_take(to, command, done, must_wake);
    if (refusal) ++state_.failures;
  }
  if (refusal) done(fail(refusal->code, refusal->detail));
  if (must_wake) wake_();
}

std::optional<Intake::Refusal> Intake::try_take(const Destination& to, Command& command,
                                                Client::Done& done, bool& must_wake) {
  if (is_closed_) return Refusal{Errc::shutting_down, "The connection to Redis is being closed."};
  if (state_.circuit != ClientState::Circuit::closed) {
    return Refusal{Errc::unavailable, "Redis cannot be reached; nothing was sent."};
  }
  const std::size_t size = command.bytes().size();
  if (std::cmp_greater_equal(state_.in_flight, limits::redis_in_flight_max) ||
      size > limits::redis_waiting_bytes_max - bytes_) {
    return Refusal{Errc::overloaded, "Too many commands wait for Redis; nothing was sent."};
  }
  must_wake = waiting_.empty();
  bytes_ += size;
  ++state_.in_flight;
  waiting_.push_back({.bytes = std::move(command).take_bytes(),
                      .done = std::move(done),
                      .deadline = clock_.monotonic() + limits::redis_command_time_max,
                      .size = size,
                      .to = to,
                      .is_counted = true});
  return std::nullopt;
}

void Intake::close() {
  const std::scoped_lock lock(mutex_);
  is_closed_ = true;
}

ClientState Intake::state() const {
  const std::scoped_lock lock(mutex_);
  ClientState state = state_;
  state.waiting_bytes = static_cast<std::int64_t>(bytes_);
  return state;
}

std::vector<Request> Intake::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(waiting_, {});
}

void Intake::finish(Request request, Result<Reply> result) {
  if (request.is_counted) {
    const std::scoped_lock lock(mutex_);
    --state_.in_flight;
    bytes_ -= request.size;
    ++(result ? state_.commands : state_.failures);
  }
  request.done(std::move(result));
}

void Intake::set_circuit(ClientState::Circuit circuit, std::optional<Monotonic> healthy_since) {
  const std::scoped_lock lock(mutex_);
  state_.circuit = circuit;
  state_.healthy_since = healthy_since;
}

void Intake::count_connect() {
  const std::scoped_lock lock(mutex_);
  ++state_.connects;
}

}  // namespace rushline::redis
