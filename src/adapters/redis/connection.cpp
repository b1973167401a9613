// Moves bytes between a socket and a session, and begins anew.
#include "adapters/redis/connection.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {

// One socket's life. Its handlers share it; once it is given up they find no owner.
struct Connection::Attempt {
  Attempt(Connection* connection, std::unique_ptr<Socket> made, const Login& login,
          const std::vector<std::string>& channels, Monotonic now)
      : owner(connection),
        socket(std::move(made)),
        session(login, channels, connection->owner_, now) {}

  Connection* owner;  // nothing = given up
  std::unique_ptr<Socket> socket;
  Session session;
  std::array<char, limits::redis_input_bytes> input;
  std::string output;  // being written
  bool is_open = false;
  bool is_writing = false;
};

Connection::Connection(SocketFactory& sockets, const Clock& clock, Login login,
                       std::vector<std::string> channels, Owner& owner)
    : sockets_(sockets),
      clock_(clock),
      login_(std::move(login)),
      channels_(std::move(channels)),
      owner_(owner),
      circuit_(static_cast<std::uint64_t>(clock.monotonic().time_since_epoch().count())) {}

Connection::~Connection() { RUSHLINE_ASSERT(attempt_ == nullptr); }

void Connection::move_to(const Endpoint& endpoint) {
  if (endpoint == endpoint_) return;
  if (attempt_ != nullptr) {
    lose(fail(Errc::unavailable,
              fmt::format("Redis at {} is not the one to be asked any more.", endpoint_.text())));
  }
  endpoint_ = endpoint;
  circuit_.forgive();
}

void Connection::send(Request request) {
  if (!is_ready()) {
    owner_.on_answer(std::move(request), fail(Errc::unavailable,
                                              "Redis cannot be reached; nothing "
                                              "was sent."));
    return;
  }
  attempt_->session.send(std::move(request));
}

void Connection::check(Monotonic now) {
  if (is_stopped_ || endpoint_.port == 0) return;
  if (attempt_ == nullptr) {
    if (circuit_.is_trial_due(now)) connect(now);
    return;
  }
  if (!is_ready()) {
    if (now < open_until_) return;
    lose(lost_because(attempt_->is_open ? "does not answer" : "cannot be reached in time", {}));
    return;
  }
  if (const auto fine = attempt_->session.check(now); !fine) {
    lose(fine.error());
  } else {
    flush();
  }
}

void Connection::connect(Monotonic now) {
  circuit_.begin_trial();
  open_until_ = now + limits::redis_connect_time_max;
  attempt_ = std::make_shared<Attempt>(this, sockets_.make(), login_, channels_, now);
  attempt_->socket->open(endpoint_, [attempt = attempt_](Failure failure, std::size_t) {
    if (attempt->owner != nullptr) attempt->owner->on_open(failure);
  });
}

void Connection::on_open(Failure failure) {
  if (failure) return lose(lost_because("cannot be reached", failure));
  attempt_->is_open = true;
  flush();
  read();
}

void Connection::read() {
  attempt_->socket->read_some(attempt_->input,
                              [attempt = attempt_](Failure failure, std::size_t size) {
                                if (attempt->owner != nullptr) {
                                  attempt->owner->on_read(failure, size);
                                }
                              });
}

void Connection::on_read(Failure failure, std::size_t size) {
  if (failure) return lose(lost_because("has closed the connection", failure));
  const Monotonic now = clock_.monotonic();
  const bool was_ready = attempt_->session.is_ready();
  const std::string_view bytes(attempt_->input.data(), size);
  if (const auto taken = attempt_->session.receive(bytes, now); !taken) return lose(taken.error());
  if (!was_ready && attempt_->session.is_ready()) {
    circuit_.succeed(now);
    owner_.on_ready();
  }
  flush();
  read();
}

void Connection::flush() {
  if (attempt_ == nullptr || !attempt_->is_open || attempt_->is_writing) return;
  attempt_->output = attempt_->session.take_output();
  if (attempt_->output.empty()) return;
  attempt_->is_writing = true;
  attempt_->socket->write(attempt_->output, [attempt = attempt_](Failure failure, std::size_t) {
    attempt->is_writing = false;
    if (attempt->owner == nullptr) return;
    if (failure) {
      attempt->owner->lose(attempt->owner->lost_because("has closed the connection", failure));
    } else {
      attempt->owner->flush();
    }
  });
}

void Connection::lose(const Error& why) {
  if (attempt_ == nullptr) return;
  const auto attempt = std::exchange(attempt_, nullptr);
  attempt->owner = nullptr;
  attempt->socket->close();
  const Monotonic now = clock_.monotonic();
  circuit_.fail(now);
  last_error_ = why.detail;
  owner_.on_lost(why);
  attempt->session.end(why, now);
}

void Connection::stop(const Error& why) {
  is_stopped_ = true;
  lose(why);
}

Error Connection::lost_because(std::string_view what, Failure failure) const {
  const std::string reason = failure ? ": " + failure.message() : "";
  return fail(Errc::unavailable, fmt::format("Redis at {} {}{}.", endpoint_.text(), what, reason));
}

}  // namespace rushline::redis
