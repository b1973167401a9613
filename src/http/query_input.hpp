// Reads the parameters of a query and of a path, strictly: what is unknown, given twice or out of
// its range is refused by name, because a parameter that is silently ignored misleads.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "http/field_errors.hpp"
#include "http/query.hpp"

namespace rushline::http {

// What every cursor begins with, so that nobody takes it for an id.
inline constexpr std::string_view cursor_mark = "key:";

// Used by one thread. The query's text must outlive it.
// Allocates nothing unless something is wrong or encoded.
class QueryInput {
 public:
  explicit QueryInput(std::string_view query) : query_(Query::parse(query)) {}

  std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t min,
                       std::int64_t max);
  // `?limit=`, with the default and the bounds of every list.
  std::int64_t page_limit();
  // `?wait=`: how long to wait for news; none = do not wait.
  std::chrono::seconds wait();
  // The index of the word given; that of the first when none was.
  std::size_t word(std::string_view name, std::initializer_list<std::string_view> words);
  // `?cursor=` of a list that is ordered by a shop's ids, or by Rushline's.
  template <class Id>
  std::optional<Id> shop_id_cursor() {
    const auto key = cursor();
    if (!key) return std::nullopt;
    auto id = Id::parse(*key);
    if (!id) note_wrong_cursor();
    return id;
  }
  template <class Id>
  std::optional<Id> number_cursor() {
    const auto key = cursor();
    if (!key) return std::nullopt;
    const auto number = integer_in(*key, 1);
    if (number) return Id{*number};
    note_wrong_cursor();
    return std::nullopt;
  }

  // What is wrong, parameters that nobody asked for included. Call it last.
  std::optional<Error> error();

 private:
  std::optional<std::string_view> find(std::string_view name);
  // What stands behind the mark; nothing when no cursor was given or it has no mark.
  std::optional<std::string_view> cursor();
  void note_wrong_cursor();
  static std::optional<std::int64_t> integer_in(std::string_view text, std::int64_t min);

  Result<Query> query_;
  std::array<std::string_view, limits::query_parameters_max> asked_for_;
  std::size_t asked_for_count_ = 0;
  FieldErrors errors_;
};

// For requests that take no parameters: nothing when there is none.
std::optional<Error> refusal_of_any(std::string_view query);

// The cursor of a page whose last item has this id, as `next` tells it.
template <class Tag>
std::optional<std::string> cursor_after(const std::optional<ShopId<Tag>>& last) {
  if (!last) return std::nullopt;
  return std::string(cursor_mark).append(last->view());
}
template <class Tag>
std::optional<std::string> cursor_after(const std::optional<NumberId<Tag>>& last) {
  if (!last) return std::nullopt;
  return std::string(cursor_mark).append(std::to_string(last->value));
}

// Decimal digits without a sign, at most 2^53 - 1; nothing otherwise.
std::optional<std::int64_t> parse_digits(std::string_view text);

// An id of Rushline's own in a path. Nothing when no such thing can exist.
template <class Id>
std::optional<Id> parse_number_id(std::string_view text) {
  const auto number = parse_digits(text);
  if (!number || *number == 0) return std::nullopt;
  return Id{*number};
}

}  // namespace rushline::http
