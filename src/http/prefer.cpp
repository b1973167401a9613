// preference *("," preference), each: token ["=" word] *(";" parameter).
#include "http/prefer.hpp"

#include <algorithm>
#include <utility>

#include "core/limits.hpp"
#include "http/query_input.hpp"

namespace rushline::http {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_word(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, [](char given, char wanted) {
    return (given >= 'A' && given <= 'Z' ? static_cast<char>(given + 32) : given) == wanted;
  });
}

// What stands before `mark`, taken off `rest` together with it. Marks inside quotes do not count.
std::string_view take_until(char mark, std::string_view& rest) {
  bool quoted = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\\' && quoted) {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    } else if (rest[i] == mark && !quoted) {
      const std::string_view taken = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return taken;
    }
  }
  return std::exchange(rest, {});
}

std::optional<std::chrono::seconds> parse_wait(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  const auto number = parse_digits(value);
  if (!number || *number > std::chrono::seconds(limits::verdict_wait_max).count()) {
    return std::nullopt;
  }
  return std::chrono::seconds(*number);
}

}  // namespace

Preference parse_prefer(std::string_view header) {
  Preference preference;
  bool wait_seen = false;
  while (!header.empty()) {
    std::string_view item = take_until(',', header);
    std::string_view value = take_until(';', item);
    const std::string_view name = trimmed(take_until('=', value));
    value = trimmed(value);
    if (is_word(name, "respond-async") && value.empty()) preference.respond_async = true;
    if (is_word(name, "wait") && !std::exchange(wait_seen, true)) {
      preference.wait = parse_wait(value);
    }
  }
  return preference;
}

}  // namespace rushline::http
