// The query of a request's target: `window=3d&limit=5`.
//
// Percent-encoded bytes are decoded, '+' is a blank. Views point into the text given, or into the
// Query itself where something had to be decoded.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/limits.hpp"
#include "core/result.hpp"

namespace rushline::http {

// Appends `text` with its %XX decoded. False when a '%' is not followed by two hexadecimal digits.
bool percent_decode(std::string_view text, bool plus_is_blank, std::string& decoded);

struct QueryParameter {
  std::string_view name;
  std::string_view value;
};

// Movable; does not allocate unless something is encoded.
class Query {
 public:
  // Errc::unreadable when the encoding is broken or there are more than
  // limits::query_parameters_max; Errc::invalid_input naming a parameter that is given twice.
  static Result<Query> parse(std::string_view text);

  // Nothing when it is not given; empty when it is given without a value.
  std::optional<std::string_view> find(std::string_view name) const;
  std::span<const QueryParameter> all() const { return {parameters_.data(), count_}; }

 private:
  std::array<QueryParameter, limits::query_parameters_max> parameters_;
  std::size_t count_ = 0;
  std::list<std::string> decoded_;  // a list, so that views survive a move
};

}  // namespace rushline::http
