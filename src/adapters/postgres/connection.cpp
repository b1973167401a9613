// libpq's pipeline mode, driven by poll() with a deadline.
#include "adapters/postgres/connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "adapters/postgres/failure.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::postgres {

using std::chrono::milliseconds;

namespace {

// Which host of the address a connection was made to; two of one name and port are alike.
std::size_t host_of(PGconn* handle, const Address& address) {
  const auto matches = [](const std::string& given, const char* found) {
    return given.empty() || (found != nullptr && given == found);
  };
  const auto& hosts = address.hosts();
  const auto at = std::ranges::find_if(hosts, [&](const Address::Host& host) {
    return matches(host.name, PQhost(handle)) && matches(host.port, PQport(handle));
  });
  return at == hosts.end() ? 0 : static_cast<std::size_t>(at - hosts.begin());
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const Address& address, const Clock& clock,
                                                     std::size_t first_host) {
  const Address::Parameters parameters = address.parameters_from(first_host);
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  // Blocks, but for each host no longer than connect_timeout.
  PGconn* handle = PQconnectdbParams(keywords.data(), values.data(), 0);
  std::unique_ptr<Connection> connection(new Connection(handle, address, clock));
  if (handle == nullptr) return fail(Errc::unavailable, "There is no memory for a connection.");
  if (PQstatus(handle) != CONNECTION_OK) {
    return fail(Errc::unavailable,
                fmt::format("The PostgreSQL database {} cannot be reached: {}. Check the address, "
                            "and that the server runs.",
                            address.name(), one_line(PQerrorMessage(handle))));
  }
  if (PQserverVersion(handle) < 150000) {
    return fail(Errc::configuration,
                fmt::format("The PostgreSQL database {} is of version {}. Rushline needs version "
                            "15 or later.",
                            address.name(), PQserverVersion(handle) / 10000));
  }
  connection->host_ = host_of(handle, address);
  PQsetnonblocking(handle, 1);
  if (PQenterPipelineMode(handle) != 1) {
    return fail(Errc::unavailable, "The connection cannot be put into pipeline mode.");
  }
  return connection;
}

Connection::Connection(pg_conn* handle, const Address& address, const Clock& clock)
    : handle_(handle), pooler_(address.pooler()), name_(address.name()), clock_(clock) {
  if (handle == nullptr) return;
  PQsetNoticeReceiver(
      handle,
      [](void* self, const PGresult* notice) {
        static_cast<Connection*>(self)->note_warning(*notice);
      },
      this);
}

Connection::~Connection() { PQfinish(handle_); }

void Connection::note_warning(const pg_result& notice) {
  const char* severity = PQresultErrorField(&notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != nullptr && std::string_view(severity) == "WARNING") warned_ = true;
}

void Connection::lose(Errc code, std::string detail) {
  if (lost_) return;
  lost_ = fail(code, std::move(detail));
  last_error_ = lost_;
  if (code != Errc::timed_out) may_rerun_ = true;
}

Rows Connection::execute(Command command) {
  waiting_.push_back(std::move(command));
  return exchange(std::exchange(waiting_, {}));
}

Result<void> Connection::run_waiting() {
  if (waiting_.empty()) return {};
  return exchange(std::exchange(waiting_, {})).run();
}

Rows Connection::exchange(std::vector<Command> commands) {
  if (lost_) return Rows(*lost_);
  ++round_trips_;
  deadline_ = clock_.monotonic() + answer_time_;
  const bool sent =
      std::ranges::all_of(commands, [this](Command& command) { return send(command); }) &&
      PQpipelineSync(handle_) == 1;
  if (!sent) {
    lose(Errc::unavailable, lost_sentence(name_, PQerrorMessage(handle_)));
    return Rows(*lost_);
  }
  Rows answer = receive(commands);
  if (!lost_) {
    const ResultPtr sync = next_result();
    // A server that is stopped right then says so in place of it.
    if (!lost_ && PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) {
      lose(Errc::unavailable, lost_sentence(name_, PQresultErrorMessage(sync.get())));
    }
  }
  // A failure that ended the connection is told as such, with the first cause.
  if (lost_ && !answer.error()) return Rows(*lost_);
  return answer;
}

bool Connection::send(Command& command) {
  const Parameters& given = command.parameters;
  const auto values = given.values();
  constexpr int binary = 1;
  if (pooler_ == Pooler::transaction || !command.prepare) {
    return PQsendQueryParams(handle_, command.sql.text, given.count(), given.types(), values.data(),
                             given.lengths(), given.formats(), binary) == 1;
  }
  auto [known, is_new] = prepared_.try_emplace(command.sql.text);
  if (is_new) {
    known->second = fmt::format("s{}", ++names_given_);
    command.preparing = true;
    if (PQsendPrepare(handle_, known->second.c_str(), command.sql.text, given.count(),
                      given.types()) != 1) {
      return false;
    }
  }
  return PQsendQueryPrepared(handle_, known->second.c_str(), given.count(), values.data(),
                             given.lengths(), given.formats(), binary) == 1;
}

Rows Connection::receive(std::vector<Command>& commands) {
  std::optional<Error> failed;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    Rows rows = receive_one(commands[i]);
    if (lost_) return Rows(failed ? *failed : rows.error() ? *rows.error() : *lost_);
    // After the first failure the server skips the rest of the pipeline.
    if (!failed) failed = rows.error();
    if (failed) continue;
    if (commands[i].told) commands[i].told(rows);
    if (i + 1 == commands.size()) return rows;
  }
  RUSHLINE_ASSERT(failed.has_value());
  return Rows(*failed);
}

Rows Connection::receive_one(Command& command) {
  std::optional<Error> failed;
  ResultPtr answer;
  for (int left = command.preparing ? 2 : 1; left > 0; --left) {
    answer = next_result();
    if (lost_) return Rows(*lost_);
    RUSHLINE_ASSERT(answer != nullptr);
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      // A statement that could not be prepared has no name.
      if (command.preparing && left == 2) prepared_.erase(command.sql.text);
      if (!failed) failed = failure(*answer);
    }
    const ResultPtr end = next_result();
    if (lost_) return Rows(*lost_);
    RUSHLINE_ASSERT(end == nullptr);
  }
  if (failed) return Rows(*failed);
  return Rows(std::move(answer));
}

ResultPtr Connection::next_result() {
  while (PQisBusy(handle_) == 1) {
    if (!wait_for_server()) return nullptr;
  }
  ResultPtr result(PQgetResult(handle_));
  if (PQstatus(handle_) == CONNECTION_BAD) {
    // The last words of a server that ends, when there are some.
    if (result != nullptr && PQresultStatus(result.get()) == PGRES_FATAL_ERROR) {
      static_cast<void>(failure(*result));
    }
    lose(Errc::unavailable, lost_sentence(name_, PQerrorMessage(handle_)));
    return nullptr;
  }
  return result;
}

bool Connection::wait_for_server() {
  const int unsent = PQflush(handle_);
  if (unsent < 0) {
    // What the server said last may still be read.
    if (PQconsumeInput(handle_) == 1 && PQisBusy(handle_) == 0) return true;
    lose(Errc::unavailable, lost_sentence(name_, PQerrorMessage(handle_)));
    return false;
  }
  const auto left = std::chrono::ceil<milliseconds>(deadline_ - clock_.monotonic()).count();
  const auto slice =
      std::min<std::int64_t>(left, milliseconds(limits::postgres_hang_look_interval).count());
  pollfd socket{PQsocket(handle_), static_cast<short>(unsent == 1 ? POLLIN | POLLOUT : POLLIN), 0};
  const int ready = left <= 0 ? 0 : ::poll(&socket, 1, static_cast<int>(slice));
  if (ready < 0 && errno == EINTR) return true;
  if (ready == 0 && left > slice) {
    if (!is_pointless_ || !is_pointless_()) return true;
    lose(Errc::unavailable, lost_sentence(name_, "another server has taken over"));
    return false;
  }
  if (ready <= 0) {
    lose(Errc::timed_out,
         fmt::format("The PostgreSQL database {} gave no answer within {} s.", name_,
                     std::chrono::floor<std::chrono::seconds>(answer_time_).count()));
    return false;
  }
  if ((socket.revents & ~POLLOUT) != 0 && PQconsumeInput(handle_) == 0) {
    lose(Errc::unavailable, lost_sentence(name_, PQerrorMessage(handle_)));
    return false;
  }
  return true;
}

Error Connection::failure(const pg_result& result) {
  if (PQresultStatus(&result) == PGRES_PIPELINE_ABORTED) {
    return fail(Errc::unavailable, "A statement before this one failed.");
  }
  const Failure failed = failure_of(result, name_);
  last_error_ = failed.error;
  if (failed.may_rerun) may_rerun_ = true;
  if (failed.met_held_row) met_held_row_ = true;
  if (failed.was_idle) was_idle_ = true;
  if (failed.ends_connection && !lost_) lost_ = failed.error;
  return failed.error;
}

Result<void> Connection::run_script(const std::string& script) {
  RUSHLINE_ASSERT(waiting_.empty());
  if (lost_) return *lost_;
  ++round_trips_;
  deadline_ = clock_.monotonic() + limits::postgres_migration_time_max;
  if (PQexitPipelineMode(handle_) != 1 || PQsendQuery(handle_, script.c_str()) != 1) {
    lose(Errc::unavailable, lost_sentence(name_, PQerrorMessage(handle_)));
    return *lost_;
  }
  std::optional<Error> failed;
  while (const ResultPtr result = next_result()) {
    const ExecStatusType status = PQresultStatus(result.get());
    const bool went_well =
        status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
    if (!went_well && !failed) failed = failure(*result);
  }
  if (failed) return *failed;
  if (lost_) return *lost_;
  if (PQenterPipelineMode(handle_) != 1) {
    lose(Errc::unavailable, lost_sentence(name_, PQerrorMessage(handle_)));
    return *lost_;
  }
  return {};
}

Connection::Ending Connection::commit() {
  if (lost_) return {Commit::refused, *lost_};
  if (!has_begun()) {  // not even the beginning was sent
    waiting_.clear();
    return {};
  }
  warned_ = false;
  std::string tag;
  waiting_.push_back({"COMMIT", Parameters(), true, [&tag](Rows& rows) { tag = rows.command(); }});
  const Rows answer = exchange(std::exchange(waiting_, {}));
  if (was_idle_) return {Commit::refused, *lost_};
  if (lost_) {
    return {Commit::unknown,
            fail(lost_->code, fmt::format("{} Whether the change was stored is unknown; repeating "
                                          "it is safe.",
                                          lost_->detail))};
  }
  if (answer.error()) return {Commit::refused, *answer.error()};
  // A transaction in which a statement failed answers a COMMIT with a rollback.
  if (tag != "COMMIT") {
    return {Commit::refused,
            last_error_.value_or(fail(Errc::unavailable, "The database rolled the change back."))};
  }
  if (warned_) {
    return {Commit::unconfirmed,
            fail(Errc::unavailable,
                 fmt::format("The PostgreSQL database {} stored the change but did not wait for "
                             "its replicas. Whether it survives a failover is unknown; repeating "
                             "it is safe.",
                             name_))};
  }
  return {};
}

void Connection::roll_back() {
  waiting_.clear();
  if (lost_ || PQtransactionStatus(handle_) == PQTRANS_IDLE) return;
  const Rows answer = use("ROLLBACK");
  // A session that cannot even roll back is of no use.
  if (answer.error() && !lost_) lost_ = answer.error();
}

bool Connection::in_transaction() const {
  return !lost_ && PQtransactionStatus(handle_) != PQTRANS_IDLE;
}

bool Connection::is_failed() const {
  return lost_ || PQtransactionStatus(handle_) == PQTRANS_INERROR;
}

}  // namespace rushline::postgres
