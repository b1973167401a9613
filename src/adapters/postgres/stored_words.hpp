// Enumerators as the words that the schema stores and checks, and back.
#pragma once

#include <initializer_list>
#include <string_view>

#include "adapters/postgres/rows.hpp"
#include "core/money.hpp"

namespace rushline::postgres {

// Which of `candidates` the column spells with its to_word(); any other word is Errc::corrupt.
template <class Enum>
Enum read_word(Rows& row, int column, std::initializer_list<Enum> candidates) {
  const std::string_view word = row.text(column);
  for (const Enum candidate : candidates) {
    if (to_word(candidate) == word) return candidate;
  }
  row.fail_as_corrupt(column);
  return *candidates.begin();
}

inline std::string_view kind_word(const Discount& discount) {
  return discount.kind == Discount::Kind::rate ? "rate" : "fixed";
}

// From the kind's column and the value's column after it.
inline Discount read_discount(Rows& row, int column) {
  const std::string_view word = row.text(column);
  if (word != "rate" && word != "fixed") row.fail_as_corrupt(column);
  const auto kind = word == "rate" ? Discount::Kind::rate : Discount::Kind::fixed;
  return {kind, row.integer(column + 1)};
}

}  // namespace rushline::postgres
