// What each parameter must look like.
#include "http/query_input.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <string>

#include "core/assert.hpp"
#include "core/limits.hpp"
#include "core/money.hpp"

namespace rushline::http {

std::optional<std::int64_t> parse_digits(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  std::int64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{} || end != last || number > json_integer_max) return std::nullopt;
  return number;
}

std::optional<std::int64_t> QueryInput::integer_in(std::string_view text, std::int64_t min) {
  const auto number = parse_digits(text);
  return number && *number >= min ? number : std::nullopt;
}

std::optional<std::string_view> QueryInput::find(std::string_view name) {
  RUSHLINE_ASSERT(asked_for_count_ < asked_for_.size());
  asked_for_[asked_for_count_++] = name;
  if (query_.has_error()) return std::nullopt;
  return query_->find(name);
}

std::int64_t QueryInput::integer(std::string_view name, std::int64_t fallback, std::int64_t min,
                                 std::int64_t max) {
  const auto text = find(name);
  if (!text) return fallback;
  const auto number = integer_in(*text, min);
  if (number && *number <= max) return *number;
  errors_.add(std::string(name),
              "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return fallback;
}

std::optional<std::string_view> QueryInput::cursor() {
  auto text = find("cursor");
  if (!text) return std::nullopt;
  if (text->starts_with(cursor_mark)) return text->substr(cursor_mark.size());
  note_wrong_cursor();
  return std::nullopt;
}

void QueryInput::note_wrong_cursor() {
  errors_.add("cursor", "must be what `next` of the page before was");
}

std::int64_t QueryInput::page_limit() {
  return integer("limit", limits::page_size_default, 1, limits::page_size_max);
}

std::chrono::seconds QueryInput::wait() {
  const auto longest = std::chrono::seconds(limits::verdict_wait_max).count();
  return std::chrono::seconds(integer("wait", 0, 0, longest));
}

std::size_t QueryInput::word(std::string_view name, std::initializer_list<std::string_view> words) {
  const auto text = find(name);
  if (!text) return 0;
  const auto found = std::ranges::find(words, *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string message = "must be one of";
  for (const std::string_view word : words) message.append(" ").append(word);
  errors_.add(std::string(name), std::move(message));
  return 0;
}

std::optional<Error> QueryInput::error() {
  if (query_.has_error()) return query_.error();
  for (const QueryParameter& parameter : query_->all()) {
    const auto asked_for = std::span(asked_for_).first(asked_for_count_);
    if (std::ranges::find(asked_for, parameter.name) == asked_for.end()) {
      errors_.add(std::string(parameter.name), "is not a parameter of this request");
    }
  }
  return errors_.error();
}

std::optional<Error> refusal_of_any(std::string_view query) {
  if (query.empty()) return std::nullopt;
  return QueryInput(query).error();
}

}  // namespace rushline::http
