// Binding, stepping and reading, in terms of sqlite3's C interface.
#include "adapters/sqlite/statement.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "adapters/sqlite/connection.hpp"
#include "core/assert.hpp"

namespace rushline::sqlite {

Statement::Statement(const Connection& connection, sqlite3_stmt* prepared,
                     std::optional<Error> error)
    : connection_(connection), prepared_(prepared), error_(std::move(error)) {}

Statement::~Statement() {
  // A failure was told by step() already; reset would only repeat it.
  if (prepared_ != nullptr) sqlite3_reset(prepared_);
}

bool Statement::step() {
  if (error_) return false;
  const int code = sqlite3_step(prepared_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) error_ = connection_.last_error();
  return false;
}

Result<void> Statement::run() {
  while (step()) {
  }
  if (error_) return *error_;
  return {};
}

Result<std::int64_t> Statement::run_counting() {
  if (auto outcome = run(); outcome.has_error()) return outcome.error();
  return connection_.rows_changed();
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(prepared_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(prepared_, column);
}

std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(prepared_, column);
  const int size = sqlite3_column_bytes(prepared_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

Timestamp Statement::time(int column) const {
  return Timestamp(std::chrono::microseconds(integer(column)));
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<Timestamp> Statement::maybe_time(int column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

void Statement::fail_as_corrupt(int column) {
  const char* name = sqlite3_column_name(prepared_, column);
  error_ = fail(Errc::corrupt,
                fmt::format("The database {} holds a value in {} that Rushline never writes. "
                            "Restore it from a backup.",
                            connection_.path(), name == nullptr ? "a column" : name));
}

void Statement::begin_binding(int count) {
  if (error_) return;
  sqlite3_reset(prepared_);
  RUSHLINE_ASSERT(sqlite3_bind_parameter_count(prepared_) == count);
}

// The parameters exist and text is short of sqlite's limit (1 GB), so what is left is lack of
// memory.
void Statement::bind_value(int index, std::nullopt_t) {
  if (error_) return;
  if (sqlite3_bind_null(prepared_, index) != SQLITE_OK) error_ = connection_.last_error();
}

void Statement::bind_value(int index, std::int64_t value) {
  if (error_) return;
  if (sqlite3_bind_int64(prepared_, index, value) != SQLITE_OK) error_ = connection_.last_error();
}

void Statement::bind_value(int index, std::string_view value) {
  if (error_) return;
  // A null pointer would bind NULL.
  const char* bytes = value.data() == nullptr ? "" : value.data();
  if (sqlite3_bind_text(prepared_, index, bytes, static_cast<int>(value.size()), nullptr) !=
      SQLITE_OK) {
    error_ = connection_.last_error();
  }
}

void Statement::bind_value(int index, Blob value) {
  if (error_) return;
  const char* bytes = value.bytes.data() == nullptr ? "" : value.bytes.data();
  if (sqlite3_bind_blob(prepared_, index, bytes, static_cast<int>(value.bytes.size()), nullptr) !=
      SQLITE_OK) {
    error_ = connection_.last_error();
  }
}

void Statement::bind_value(int index, Timestamp value) {
  bind_value(index, std::int64_t{value.time_since_epoch().count()});
}

}  // namespace rushline::sqlite
