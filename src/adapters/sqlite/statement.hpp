// A prepared statement in use: bind, step, read columns; resets itself when it goes.
//
// A failure sticks: after it step() is false and what is read means nothing, so a caller looks
// once, at the end. run(), first() and all() do that looking.
#pragma once

#include <concepts>
#include <cstdint>
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

struct sqlite3_stmt;

namespace rushline::sqlite {

class Connection;

// SQL that lives as long as the program; a connection keeps what it prepared by its address.
struct Sql {
  consteval Sql(const char* sql) : text(sql) {}  // NOLINT(google-explicit-constructor): a literal
  const char* text;
};

// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

namespace statement_detail {
template <class T>
inline constexpr bool owns_text = std::is_same_v<T, std::string>;
template <class Tag>
inline constexpr bool owns_text<ShopId<Tag>> = true;
template <class T>
inline constexpr bool owns_text<std::optional<T>> = owns_text<T>;
}  // namespace statement_detail

// Text is bound without a copy: it must outlive the last step, so a temporary is refused.
template <class T>
concept Bindable =
    std::is_lvalue_reference_v<T> || !statement_detail::owns_text<std::remove_cvref_t<T>>;

// Used by one thread. Columns count from 0.
class Statement {
 public:
  // `prepared` is null when preparing failed; then `error` says why.
  Statement(const Connection& connection, sqlite3_stmt* prepared, std::optional<Error> error);
  ~Statement();
  Statement(Statement&& other) noexcept
      : connection_(other.connection_),
        prepared_(std::exchange(other.prepared_, nullptr)),
        error_(std::move(other.error_)) {}
  Statement& operator=(Statement&&) = delete;

  // Gives every parameter its value, in order, and begins anew. Nothing that was bound stays.
  template <class... Args>
    requires(Bindable<Args&&>&&...)
  Statement& bind(Args&&... args) {
    begin_binding(static_cast<int>(sizeof...(args)));
    int index = 0;
    (bind_value(++index, args), ...);
    return *this;
  }

  // True when a row can be read; false at the end or after a failure.
  bool step();

  // Why it failed; nothing when it did not.
  const std::optional<Error>& error() const { return error_; }

  // Steps to the end.
  Result<void> run();
  // The same, and how many rows it inserted, updated or deleted.
  Result<std::int64_t> run_counting();

  // What `read` makes of the first row.
  template <class Read>
  auto first(Read read) -> Result<std::optional<std::invoke_result_t<Read&, Statement&>>> {
    std::optional<std::invoke_result_t<Read&, Statement&>> found;
    if (step()) found.emplace(read(*this));
    if (error_) return *error_;
    return found;
  }

  // What `read` makes of every row.
  template <class Read>
  auto all(Read read) -> Result<std::vector<std::invoke_result_t<Read&, Statement&>>> {
    std::vector<std::invoke_result_t<Read&, Statement&>> found;
    while (step()) found.push_back(read(*this));
    if (error_) return *error_;
    return found;
  }

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // valid until the next step
  std::string string(int column) const { return std::string(text(column)); }
  Timestamp time(int column) const;
  Money money(int column) const { return {integer(column)}; }
  Day day(int column) const { return {static_cast<std::int32_t>(integer(column))}; }

  std::optional<std::int64_t> maybe_integer(int column) const;
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
  void begin_binding(int count);
  void bind_value(int index, std::nullopt_t);
  void bind_value(int index, std::int64_t value);
  void bind_value(int index, std::string_view value);
  void bind_value(int index, Blob value);
  void bind_value(int index, Timestamp value);
  template <std::same_as<bool> Bool>  // not a pointer that turns into one
  void bind_value(int index, Bool value) {
    bind_value(index, std::int64_t{value});
  }
  void bind_value(int index, std::int32_t value) { bind_value(index, std::int64_t{value}); }
  void bind_value(int index, Money value) { bind_value(index, value.amount); }
  void bind_value(int index, Day value) { bind_value(index, std::int64_t{value.number}); }
  void bind_value(int index, const std::string& value) {
    bind_value(index, std::string_view(value));
  }
  template <class Tag>
  void bind_value(int index, const ShopId<Tag>& value) {
    bind_value(index, value.view());
  }
  template <class Tag>
  void bind_value(int index, NumberId<Tag> value) {
    bind_value(index, value.value);
  }
  template <class T>
  void bind_value(int index, const std::optional<T>& value) {
    if (value) {
      bind_value(index, *value);
    } else {
      bind_value(index, std::nullopt);
    }
  }

  const Connection& connection_;  // constant
  sqlite3_stmt* prepared_;        // owned by the connection; null when moved from or not prepared
  std::optional<Error> error_;
};

}  // namespace rushline::sqlite
