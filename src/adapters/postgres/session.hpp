// The session of one database thread: opened when it is needed, again when it was lost, and given
// up when its server is not the one any more. It knows whether what it reads may be told.
#pragma once

#include <memory>
#include <optional>
#include <random>
#include <unordered_set>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/primary.hpp"

namespace rushline::postgres {

// A commit that the server has not even flushed would be told too early.
#define RUSHLINE_DURABLE                                     \
  "CASE WHEN current_setting('synchronous_commit') = 'off' " \
  "THEN set_config('synchronous_commit', 'on', true) END"

enum class Kind : std::uint8_t { write, read };

// Used by one thread.
class Session {
 public:
  // All must outlive it.
  Session(const Address& address, Primary& primary, const Clock& clock, Kind kind)
      : address_(address), primary_(primary), clock_(clock), kind_(kind) {}

  // Opens at most once per pause, so that a dead server costs each unit nothing but its error; at
  // once when another session was opened meanwhile. Errc::unavailable.
  Result<Connection*> connection();
  // After each use of the connection, before its outcome is told: other sessions learn of a server
  // that has fallen silent. True when the connection was lost; it is not there any more.
  bool end_use();

  // For the first answer of a transaction. Gives the connection up when the server is a standby or
  // was replaced.
  void meet(const Sighting& sighting);

  // Errc::unavailable while commits wait in vain for a standby: this one would, too. Before a
  // transaction that is to commit; costs nothing as long as none was given up waiting for.
  Result<void> check_hang();

  // Ends a transaction. Commit::done: what it wrote and what it read are kept, as far as the
  // server's settings go. Never Commit::unconfirmed.
  Connection::Ending commit();

  // Ends a transaction that only read. An error when it is not known whether what it saw is kept.
  Result<void> end_read();

  // From half of `time` to all of it, so that many that failed together do not try together.
  std::chrono::milliseconds random_part_of(std::chrono::milliseconds time);

 private:
  std::chrono::milliseconds answer_time() const;
  void refuse(const Error& why);
  void give_up_server();
  bool is_in_doubt() const { return !is_confirmed_ || primary_.in_doubt(); }
  Connection::Ending confirm();
  Connection::Ending send_commit();
  Connection::Ending note(std::uint64_t doubts, bool was_confirming, Connection::Ending ending);

  const Address& address_;  // constant
  Primary& primary_;        // constant
  const Clock& clock_;      // constant
  const Kind kind_;
  std::unique_ptr<Connection> connection_;
  std::uint64_t silences_then_ = 0;
  bool commit_was_silent_ = false;
  std::int64_t timeline_ = 0;      // of the server that was met last
  std::size_t wrong_servers_ = 0;  // met one after the other
  // Whether a commit has shown that what was there when its backends were first met is kept.
  bool is_confirmed_ = false;
  // That were met in this connection, by their process ids. One, unless a pooler hands them out.
  std::unordered_set<std::int64_t> backends_;
  std::optional<Error> refusal_;  // of the last attempt to connect
  std::int64_t connects_then_ = 0;
  Monotonic retry_at_{};
  std::chrono::milliseconds pause_ = limits::postgres_reconnect_pause_min;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace rushline::postgres
