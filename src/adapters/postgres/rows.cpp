// Reading columns in PostgreSQL's binary format.
#include "adapters/postgres/rows.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>
#include <cstring>

#include "core/assert.hpp"

namespace rushline::postgres {

void ResultDeleter::operator()(pg_result* result) const { PQclear(result); }

bool Rows::step() {
  if (error_) return false;
  return ++row_ < PQntuples(result_.get());
}

Result<void> Rows::run() const {
  if (error_) return *error_;
  return {};
}

Result<std::int64_t> Rows::run_counting() const {
  if (error_) return *error_;
  const char* text = PQcmdTuples(result_.get());
  std::int64_t count = 0;
  std::from_chars(text, text + std::strlen(text), count);
  return count;
}

std::size_t Rows::count() const {
  return error_ ? 0 : static_cast<std::size_t>(PQntuples(result_.get()));
}

std::string Rows::command() const { return error_ ? "" : PQcmdStatus(result_.get()); }

bool Rows::is_null(int column) const { return PQgetisnull(result_.get(), row_, column) != 0; }

std::int64_t Rows::integer(int column) const {
  const std::string_view bytes = text(column);
  RUSHLINE_ASSERT(bytes.size() <= 8);
  if (bytes.empty()) return 0;
  // Sign-extended from however many bytes the column has.
  std::uint64_t value = (static_cast<unsigned char>(bytes.front()) & 0x80) != 0 ? ~0ULL : 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

std::string_view Rows::text(int column) const {
  const char* bytes = PQgetvalue(result_.get(), row_, column);
  const int size = PQgetlength(result_.get(), row_, column);
  return {bytes, static_cast<std::size_t>(size)};
}

Timestamp Rows::time(int column) const {
  return Timestamp(std::chrono::microseconds(integer(column)));
}

std::optional<Timestamp> Rows::maybe_time(int column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

void Rows::fail_as_corrupt(int column) {
  const char* name = PQfname(result_.get(), column);
  error_ = fail(Errc::corrupt,
                fmt::format("The PostgreSQL database holds a value in {} that Rushline never "
                            "writes. Restore it from a backup.",
                            name == nullptr ? "a column" : name));
}

}  // namespace rushline::postgres
