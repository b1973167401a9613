// Opening with growing pauses, and commits that confirm.
#include "adapters/postgres/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace rushline::postgres {

using std::chrono::milliseconds;

namespace {

// A transaction waits for its standbys only if it has written something; having a number of its
// own is not enough. This is the smallest thing to write.
void write_something(Connection& connection) {
  connection.before_next("SELECT " RUSHLINE_DURABLE
                         ", pg_logical_emit_message(true, 'rushline', '')");
}

}  // namespace

Result<Connection*> Session::connection() {
  const bool is_trusted = silences_then_ == primary_.silences();
  if (connection_ && !connection_->is_lost() && is_trusted) return connection_.get();
  connection_.reset();
  const bool may_try = clock_.monotonic() >= retry_at_ || primary_.connects() != connects_then_;
  if (refusal_ && !may_try) return *refusal_;
  silences_then_ = primary_.silences();
  auto opened = Connection::open(address_, clock_, primary_.first_host());
  if (opened.has_value()) {
    connection_ = std::move(*opened);
    connection_->set_answer_time(answer_time());
    backends_.clear();
    refusal_.reset();
    return connection_.get();
  }
  refuse(opened.error());
  return *refusal_;
}

bool Session::end_use() {
  if (!connection_->is_lost()) return false;
  // A COMMIT may be waiting for a standby, with a server that is well.
  const bool was_commit = std::exchange(commit_was_silent_, false);
  if (connection_->is_silent() && !was_commit) primary_.fell_silent();
  connection_.reset();
  return true;
}

milliseconds Session::answer_time() const {
  return kind_ == Kind::write ? milliseconds(limits::postgres_write_answer_time_max)
                              : milliseconds(limits::postgres_answer_time_max);
}

void Session::refuse(const Error& why) {
  refusal_ = why;
  connects_then_ = primary_.connects();
  retry_at_ = clock_.monotonic() + random_part_of(pause_);
  pause_ = std::min<milliseconds>(pause_ * 2, limits::postgres_reconnect_pause_max);
}

void Session::meet(const Sighting& sighting) {
  timeline_ = sighting.timeline;
  if (timeline_ == 0 || !primary_.is_current(timeline_)) return give_up_server();
  primary_.note(sighting.durability);
  if (backends_.contains(sighting.backend)) return;
  if (backends_.empty()) {
    wrong_servers_ = 0;
    pause_ = limits::postgres_reconnect_pause_min;
    primary_.connected(connection_->host());
  }
  // The server may have been restarted in between.
  if (backends_.size() >= limits::postgres_known_backends_max) backends_.clear();
  backends_.insert(sighting.backend);
  is_confirmed_ = false;
}

void Session::give_up_server() {
  const Error why = fail(
      Errc::unavailable,
      fmt::format("The PostgreSQL database {} was reached at a server that is {}. Ask again.",
                  connection_->name(), timeline_ == 0 ? "a standby" : "not the primary any more"));
  primary_.avoid(connection_->host());
  connection_->give_up(why);
  // Once around, then there is a pause.
  if (++wrong_servers_ % address_.hosts().size() == 0) refuse(why);
}

Result<void> Session::check_hang() {
  if (!primary_.hangs()) return {};
  std::int64_t waiting = 1;
  if (primary_.begin_hang_look(clock_.monotonic())) {
    // A server that is well answers this at once, and one that is frozen was waited for already.
    connection_->set_answer_time(limits::health_time_max);
    const auto counted = connection_
                             ->use(
                                 "SELECT count(*) FROM pg_stat_activity WHERE wait_event = "
                                 "'SyncRep' AND datname = current_database()")
                             .first([](Rows& row) { return row.integer(0); });
    connection_->set_answer_time(answer_time());
    if (counted.has_error()) return counted.error();
    waiting = counted->value_or(0);
  }
  if (waiting == 0) {
    primary_.hang_is_over();
    return {};
  }
  return fail(Errc::unavailable,
              fmt::format("The PostgreSQL database {} does not end its commits: no standby "
                          "confirms, or it stands still. Nothing was done. Ask again.",
                          connection_->name()));
}

// What the end of a commit says of all that came before it.
Connection::Ending Session::note(std::uint64_t doubts, bool was_confirming,
                                 Connection::Ending ending) {
  switch (ending.commit) {
    case Commit::done:
      if (!was_confirming) break;
      is_confirmed_ = true;
      primary_.confirm(doubts);
      break;
    case Commit::refused:
      break;
    case Commit::unconfirmed:
      primary_.raise_doubt();
      break;
    case Commit::unknown:
      // Given up waiting for, it is not to be seen before its wait is over; cut off, it may be.
      if (ending.error.code == Errc::timed_out) {
        commit_was_silent_ = true;
        primary_.commit_hangs();
      } else {
        primary_.raise_doubt();
      }
      break;
  }
  return ending;
}

Connection::Ending Session::send_commit() {
  const Monotonic begun = clock_.monotonic();
  primary_.commit_begins(begun);
  Connection::Ending ending = connection_->commit();
  primary_.commit_ends(begun);
  return ending;
}

// A transaction of its own; the session must be in none.
Connection::Ending Session::confirm() {
  const std::uint64_t doubts = primary_.doubts();
  connection_->before_next("BEGIN ISOLATION LEVEL READ COMMITTED");
  write_something(*connection_);
  return note(doubts, true, send_commit());
}

Connection::Ending Session::commit() {
  if (!connection_->has_begun()) return connection_->commit();
  const bool confirms = is_in_doubt();
  const std::uint64_t doubts = primary_.doubts();
  if (confirms) write_something(*connection_);
  Connection::Ending ending = note(doubts, confirms, send_commit());
  const bool is_stored = ending.commit == Commit::done || ending.commit == Commit::unconfirmed;
  if (is_stored && !primary_.is_current(timeline_)) {
    give_up_server();
    return {Commit::unknown, *connection_->last_error()};
  }
  if (ending.commit != Commit::unconfirmed) return ending;
  if (confirm().commit == Commit::done) return {};
  return {Commit::unknown, ending.error};
}

Result<void> Session::end_read() {
  if (!connection_->has_begun()) return {};
  if (!primary_.is_current(timeline_)) {
    give_up_server();
    return *connection_->last_error();
  }
  if (!is_in_doubt()) return {};
  connection_->roll_back();
  if (auto hang = check_hang(); hang.has_error()) return hang;
  const Connection::Ending ending = confirm();
  if (ending.commit == Commit::done) return {};
  return fail(ending.error.code,
              fmt::format("The PostgreSQL database {} does not say whether what was read survives "
                          "a failover. Ask again.",
                          connection_->name()));
}

milliseconds Session::random_part_of(milliseconds time) {
  return milliseconds(std::uniform_int_distribution(time.count() / 2, time.count())(random_));
}

}  // namespace rushline::postgres
