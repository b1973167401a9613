// Opening a database file with the settings that durability needs, and naming what goes wrong.
#include "adapters/sqlite/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>
#include <mutex>

#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::sqlite {
namespace {

// What undoes a unit of work stays in memory up to this size; statistics of memory, which cost a
// lock per allocation, are not kept. Has to be said before the first connection; when another user
// of the library was earlier, its settings stay.
void configure_library_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, static_cast<int>(limits::sqlite_undo_bytes_max));
  });
}

Result<void> check_path(const std::string& path, Access access) {
  namespace fs = std::filesystem;
  if (path.empty() || path.starts_with(':') || path.starts_with("file:")) {
    return fail(Errc::configuration,
                fmt::format("The SQLite database '{}' is not a file. Rushline keeps what it "
                            "promised on disk: give the path of a file, such as "
                            "sqlite:./rushline.db.",
                            path));
  }
  std::error_code problem;
  if (fs::is_directory(path, problem)) {
    return fail(
        Errc::configuration,
        fmt::format("The SQLite database {} is a folder. Give the path of a file in it.", path));
  }
  const fs::path folder = fs::path(path).parent_path();
  if (access == Access::create && !folder.empty() && !fs::is_directory(folder, problem)) {
    return fail(Errc::configuration,
                fmt::format("The folder {} of the SQLite database does not exist. Create it first.",
                            folder.string()));
  }
  if (access != Access::create && !fs::exists(path, problem)) {
    return fail(Errc::unavailable, fmt::format("There is no SQLite database at {}. Check the path; "
                                               "'rushline serve' creates it.",
                                               path));
  }
  return {};
}

int open_flags(Access access) {
  switch (access) {
    case Access::create:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    case Access::read_write:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    case Access::read_only:
      return SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
  }
  return SQLITE_OPEN_READONLY;
}

// A sentence for people: what happened to the database at `path`, and what to do about it.
Error to_error(int code, const char* message, const std::string& path) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(
          Errc::timed_out,
          fmt::format("The database {} was held by another program for too long. Try again; "
                      "let one server at a time use the file.",
                      path));
    case SQLITE_FULL:
      return fail(Errc::unavailable,
                  fmt::format("The disk that holds the database {} is full. Free some space; "
                              "nothing of this was stored.",
                              path));
    case SQLITE_IOERR:
      return fail(Errc::unavailable,
                  fmt::format("The database {} could not be read or written: {} (SQLite code {}). "
                              "Check the disk and its free space.",
                              path, message, code));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return fail(
          Errc::unavailable,
          fmt::format("The database {} cannot be opened. Check that the file and its folder "
                      "may be read and written by this user.",
                      path));
    case SQLITE_READONLY:
      return fail(Errc::unavailable,
                  fmt::format("The database {} is not writable. Check the permissions of the file, "
                              "its folder and the disk.",
                              path));
    case SQLITE_NOTADB:
      return fail(Errc::configuration,
                  fmt::format("The file {} is not a SQLite database. Check the path.", path));
    case SQLITE_CORRUPT:
      return fail(
          Errc::corrupt,
          fmt::format("The database {} is damaged: {}. Restore it from a backup.", path, message));
    case SQLITE_CONSTRAINT:
      return fail(Errc::corrupt,
                  fmt::format("The database {} refused a change that would break its rules: {}.",
                              path, message));
    default:
      return fail(Errc::unavailable,
                  fmt::format("The database {} failed: {} (SQLite code {}).", path, message, code));
  }
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Access access) {
  configure_library_once();
  if (auto usable = check_path(path, access); usable.has_error()) return usable.error();
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, open_flags(access), nullptr);
  // Also a failed open leaves a handle to be closed.
  std::unique_ptr<Connection> connection(new Connection(handle, path));
  if (handle == nullptr) return to_error(SQLITE_NOMEM, sqlite3_errstr(SQLITE_NOMEM), path);
  if (code != SQLITE_OK) return connection->last_error();
  if (auto ready = connection->set_up(access); ready.has_error()) return ready.error();
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Result<void> Connection::set_up(Access access) {
  sqlite3_extended_result_codes(handle_, 1);
  const std::chrono::milliseconds busy_time_max = limits::database_busy_time_max;
  sqlite3_busy_timeout(handle_, static_cast<int>(busy_time_max.count()));
  // Before anything is changed: switching to WAL would change a file of somebody else.
  if (auto ours = check_ours(); ours.has_error()) return ours;
  if (access != Access::read_only) {
    auto mode =
        use("PRAGMA journal_mode = WAL").first([](Statement& row) { return row.string(0); });
    if (mode.has_error()) return mode.error();
    if (*mode != "wal") {
      return fail(Errc::configuration,
                  fmt::format("The disk that holds the database {} does not support SQLite's WAL "
                              "mode. Put the file on a local disk.",
                              path_));
    }
  }
  const std::int64_t cache_kib = access == Access::read_only ? limits::sqlite_reader_cache_kib
                                                             : limits::sqlite_writer_cache_kib;
  return run_script(
      fmt::format("PRAGMA synchronous = FULL;"
                  "PRAGMA foreign_keys = ON;"
                  "PRAGMA trusted_schema = OFF;"
                  "PRAGMA temp_store = MEMORY;"
                  "PRAGMA cache_size = -{};"
                  "PRAGMA wal_autocheckpoint = {};"
                  "PRAGMA journal_size_limit = {};",
                  cache_kib, limits::sqlite_wal_pages_max, limits::sqlite_wal_file_bytes_max));
}

// A file without tables is free to use; one with tables must be ours.
Result<void> Connection::check_ours() {
  const auto number = [](Statement& row) { return row.integer(0); };
  auto id = use("PRAGMA application_id").first(number);
  if (id.has_error()) return id.error();
  if (*id == application_id) return {};
  auto tables = use("SELECT count(*) FROM sqlite_schema").first(number);
  if (tables.has_error()) return tables.error();
  if (*id == 0 && *tables == 0) return {};
  return fail(
      Errc::configuration,
      fmt::format("The SQLite database {} belongs to another program. Give another path.", path_));
}

Statement Connection::statement(Sql sql) {
  sqlite3_stmt*& known = prepared_[sql.text];
  if (known != nullptr) {
    RUSHLINE_ASSERT(!sqlite3_stmt_busy(known));
    return Statement(*this, known, std::nullopt);
  }
  if (sqlite3_prepare_v3(handle_, sql.text, -1, SQLITE_PREPARE_PERSISTENT, &known, nullptr) !=
      SQLITE_OK) {
    prepared_.erase(sql.text);
    return Statement(*this, nullptr, last_error());
  }
  return Statement(*this, known, std::nullopt);
}

Result<void> Connection::run(Sql sql) { return use(sql).run(); }

Result<void> Connection::run_script(const std::string& script) {
  if (sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return last_error();
  }
  return {};
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::int64_t Connection::rows_changed() const { return sqlite3_changes64(handle_); }

Error Connection::last_error() const {
  return to_error(sqlite3_extended_errcode(handle_), sqlite3_errmsg(handle_), path_);
}

}  // namespace rushline::sqlite
