// Splitting and decoding a query.
#include "http/query.hpp"

#include <algorithm>

#include "http/hex_digit.hpp"

namespace rushline::http {

bool percent_decode(std::string_view text, bool plus_is_blank, std::string& decoded) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return false;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return true;
}

Result<Query> Query::parse(std::string_view text) {
  Query query;
  // `part` itself where nothing is encoded; null data when the encoding is broken.
  const auto decode = [&query](std::string_view part) -> std::string_view {
    if (part.find_first_of("%+") == std::string_view::npos) return part;
    std::string& decoded = query.decoded_.emplace_back();
    return percent_decode(part, true, decoded) ? std::string_view(decoded) : std::string_view();
  };
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (query.count_ == query.parameters_.size()) {
      return fail(Errc::unreadable, "The query has too many parameters.");
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = decode(pair.substr(0, equals));
    const std::string_view value = decode(pair.substr(std::min(pair.size(), equals + 1)));
    if (name.data() == nullptr || value.data() == nullptr) {
      return fail(Errc::unreadable,
                  "The query is not percent-encoded: a % must be followed by two digits.");
    }
    if (query.find(name)) return invalid_field(std::string(name), "is given twice");
    query.parameters_[query.count_++] = {name, value};
  }
  return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  for (const QueryParameter& parameter : all()) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

}  // namespace rushline::http
