// One open SQLite database: its settings, its prepared statements, its errors as sentences.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapters/sqlite/statement.hpp"
#include "core/result.hpp"

struct sqlite3;

namespace rushline::sqlite {

// Stands in the head of every database of Rushline's: "Rush" in ASCII.
inline constexpr std::int64_t application_id = 0x52757368;

enum class Access : std::uint8_t {
  create,      // reads and writes; makes the file when there is none
  read_write,  // the file must exist
  read_only,   // the same; a write is refused by SQLite
};

// Used by one thread at a time.
class Connection {
 public:
  // Opens the file in WAL mode with synchronous=FULL and foreign keys on, waiting for other
  // programs at most limits::database_busy_time_max. Errc::configuration when the path cannot be a
  // database
  // (":memory:", a folder, another program's file), Errc::unavailable when it cannot be opened,
  // Errc::timed_out, Errc::corrupt.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The statement of `sql` with its parameters bound, prepared at the first use. It must not be in
  // use already. A failure shows in the statement.
  template <class... Args>
    requires(Bindable<Args&&>&&...)
  Statement use(Sql sql, Args&&... args) {
    Statement ready = statement(sql);
    ready.bind(std::forward<Args>(args)...);
    return ready;
  }
  // The same with nothing bound yet, for a statement that runs once per element of a batch.
  Statement statement(Sql sql);

  // A statement without parameters, to its end.
  Result<void> run(Sql sql);
  // Several statements, not kept.
  Result<void> run_script(const std::string& script);

  bool in_transaction() const;
  std::int64_t rows_changed() const;  // by the last statement
  Error last_error() const;
  const std::string& path() const { return path_; }

 private:
  Connection(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  Result<void> set_up(Access access);
  Result<void> check_ours();

  sqlite3* handle_;         // constant; owned
  const std::string path_;  // constant
  // Owned, by the address of their SQL. As many as the code has literals.
  std::unordered_map<const char*, sqlite3_stmt*> prepared_;
};

}  // namespace rushline::sqlite
