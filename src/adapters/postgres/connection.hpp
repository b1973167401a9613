// One session with PostgreSQL: statements in pipelines, a deadline on every answer, errors as
// sentences.
//
// Nothing here waits longer than limits::postgres_answer_time_max for a server, however dead or
// frozen it is; connecting may take limits::postgres_connect_time_max for each host of the address.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adapters/postgres/address.hpp"
#include "adapters/postgres/parameters.hpp"
#include "adapters/postgres/rows.hpp"
#include "core/callback.hpp"
#include "core/limits.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

struct pg_conn;

namespace rushline::postgres {

// SQL that lives as long as the program; a connection keeps what it prepared by its address.
struct Sql {
  consteval Sql(const char* sql) : text(sql) {}  // NOLINT(google-explicit-constructor): a literal
  const char* text;
};

enum class Commit : std::uint8_t {
  done,         // durable, as far as the database's own settings go
  refused,      // rolled back, for certain
  unconfirmed,  // stored and to be seen, but its replication was not waited for
  unknown,      // may have happened
};

// Used by one thread at a time.
class Connection {
 public:
  // Errc::unavailable when no host of the address can be reached or lets us write, with what each
  // said. Tried from host number `first_host` on. `clock` must outlive the connection.
  static Result<std::unique_ptr<Connection>> open(const Address& address, const Clock& clock,
                                                  std::size_t first_host = 0);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs what waits (before_next()) and then this statement, in one round trip. The answer is the
  // last statement's; or the first failure, after which nothing of the rest was done.
  template <class... Args>
  Rows use(Sql sql, const Args&... args) {
    return execute({sql, Parameters(args...)});
  }
  // The same for a statement whose best plan depends on its values or on how large its table is.
  template <class... Args>
  Rows use_fresh(Sql sql, const Args&... args) {
    return execute({sql, Parameters(args...), false});
  }

  // Lets a statement wait for the round trip of the next one.
  template <class... Args>
  void before_next(Sql sql, const Args&... args) {
    waiting_.push_back({sql, Parameters(args...)});
  }
  // The same; `told` is given the rows when it went well.
  template <class... Args>
  void before_next_telling(Callback<void(Rows&)> told, Sql sql, const Args&... args) {
    waiting_.push_back({sql, Parameters(args...), true, std::move(told)});
  }
  Result<void> run_waiting();
  std::size_t waiting_count() const { return waiting_.size(); }
  void forget_waiting(std::size_t keep) {
    waiting_.erase(waiting_.begin() + std::ptrdiff_t(keep), waiting_.end());
  }

  // Several statements without parameters. Nothing may wait.
  Result<void> run_script(const std::string& script);

  // COMMIT with what waits before it. An error unless Commit::done. Nothing was to be done unless
  // has_begun().
  struct Ending {
    Commit commit = Commit::done;
    Error error{};
  };
  Ending commit();
  bool has_begun() const { return round_trips_ != round_trips_before_; }
  // Harmless without a transaction. What waits is forgotten.
  void roll_back();

  bool in_transaction() const;
  // The transaction takes no more statements until it is rolled back, as far as a savepoint.
  bool is_failed() const;
  // Nothing can be done with it any more.
  bool is_lost() const { return lost_.has_value(); }
  // It gave no answer in time.
  bool is_silent() const { return lost_ && lost_->code == Errc::timed_out; }
  // Of the last statement that failed.
  const std::optional<Error>& last_error() const { return last_error_; }
  // Whether a new attempt at the whole transaction may well succeed: a deadlock, a connection that
  // was lost (but not one that gave no answer: that took long enough).
  bool may_rerun() const { return may_rerun_; }
  // For a store that met what only a new attempt resolves.
  void ask_for_rerun() { may_rerun_ = true; }
  // A row was held by somebody else for longer than the transaction was to wait.
  bool met_held_row() const { return met_held_row_; }
  // From here on the connection is lost, for this reason.
  void give_up(const Error& why) { lose(why.code, why.detail); }
  void begin_attempt() {
    may_rerun_ = false;
    met_held_row_ = false;
    last_error_.reset();
    round_trips_before_ = round_trips_;
  }
  // How many round trips it made.
  std::uint64_t round_trips() const { return round_trips_; }

  // How long an answer may take from now on.
  void set_answer_time(std::chrono::milliseconds time) { answer_time_ = time; }
  // Which host of the address answers.
  std::size_t host() const { return host_; }

  Pooler pooler() const { return pooler_; }
  const std::string& name() const { return name_; }

 private:
  struct Command {
    Sql sql;
    Parameters parameters;
    bool prepare = true;
    Callback<void(Rows&)> told = {};
    bool preparing = false;  // the answer to PREPARE comes first
  };

  Connection(pg_conn* handle, const Address& address, const Clock& clock);

  Rows execute(Command command);
  Rows exchange(std::vector<Command> commands);
  bool send(Command& command);
  // The answer of each command, the failure of the first that failed.
  Rows receive(std::vector<Command>& commands);
  Rows receive_one(Command& command);
  // Null at the end of a command's answers and when the connection is lost.
  ResultPtr next_result();
  bool wait_for_server();
  Error failure(const pg_result& result);
  void lose(Errc code, std::string detail);
  void note_warning(const pg_result& notice);

  pg_conn* handle_;         // constant; owned
  const Pooler pooler_;     // constant
  const std::string name_;  // constant
  const Clock& clock_;      // constant
  std::vector<Command> waiting_;
  // The names of prepared statements by the address of their SQL. As many as the code has literals.
  std::unordered_map<const char*, std::string> prepared_;
  std::uint64_t names_given_ = 0;
  Monotonic deadline_{};
  std::chrono::milliseconds answer_time_ = limits::postgres_answer_time_max;
  std::size_t host_ = 0;  // constant once open
  std::optional<Error> lost_;
  std::optional<Error> last_error_;
  bool may_rerun_ = false;
  bool met_held_row_ = false;
  bool was_idle_ = false;  // lost because it stood still in a transaction
  bool warned_ = false;    // by the server, since it was set to false
  std::uint64_t round_trips_ = 0;
  std::uint64_t round_trips_before_ = 0;  // this attempt
};

}  // namespace rushline::postgres
