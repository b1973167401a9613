// What a statement answered: rows to step through, or why it failed.
//
// A failure sticks: after it step() is false and what is read means nothing, so a caller looks
// once, at the end. run(), first() and all() do that looking.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/money.hpp"
#include "core/result.hpp"
#include "core/shop_calendar.hpp"
#include "core/time.hpp"

struct pg_result;

namespace rushline::postgres {

struct ResultDeleter {
  void operator()(pg_result* result) const;
};
using ResultPtr = std::unique_ptr<pg_result, ResultDeleter>;

// Used by one thread. Columns count from 0.
class Rows {
 public:
  explicit Rows(ResultPtr result) : result_(std::move(result)) {}
  explicit Rows(Error error) : error_(std::move(error)) {}

  // True when a row can be read; false at the end or after a failure.
  bool step();

  // Why it failed; nothing when it did not.
  const std::optional<Error>& error() const { return error_; }

  Result<void> run() const;
  // How many rows were inserted, updated or deleted.
  Result<std::int64_t> run_counting() const;

  // What `read` makes of the first row.
  template <class Read>
  auto first(Read read) -> Result<std::optional<std::invoke_result_t<Read&, Rows&>>> {
    std::optional<std::invoke_result_t<Read&, Rows&>> found;
    if (step()) found.emplace(read(*this));
    if (error_) return *error_;
    return found;
  }

  // What `read` makes of every row.
  template <class Read>
  auto all(Read read) -> Result<std::vector<std::invoke_result_t<Read&, Rows&>>> {
    std::vector<std::invoke_result_t<Read&, Rows&>> found;
    found.reserve(count());
    while (step()) found.push_back(read(*this));
    if (error_) return *error_;
    return found;
  }

  std::size_t count() const;
  // What was done, in PostgreSQL's words: "COMMIT". Empty after a failure.
  std::string command() const;

  bool is_null(int column) const;
  std::int64_t integer(int column) const;  // also of a boolean: 0 or 1
  std::string_view text(int column) const;
  std::string string(int column) const { return std::string(text(column)); }
  Timestamp time(int column) const;
  Money money(int column) const { return {integer(column)}; }
  Day day(int column) const { return {static_cast<std::int32_t>(integer(column))}; }

  std::optional<Timestamp> maybe_time(int column) const;
  template <class Id>
  std::optional<Id> maybe_number_id(int column) const {
    if (is_null(column)) return std::nullopt;
    return Id{integer(column)};
  }

  // A stored id that is none makes the statement fail as Errc::corrupt.
  template <class Id>
  Id shop_id(int column) {
    if (std::optional<Id> id = Id::parse(text(column))) return *id;
    fail_as_corrupt(column);
    return *Id::parse("-");
  }

  // For values that the schema should not have let in.
  void fail_as_corrupt(int column);

 private:
  ResultPtr result_;  // null when the statement failed
  int row_ = -1;
  std::optional<Error> error_;
};

}  // namespace rushline::postgres
