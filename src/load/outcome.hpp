// How one simulated press of the button ends, as the generator counts it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rushline::load {

enum class Outcome : std::uint8_t {
  issued,    // a coupon, for the first time
  repeat,    // told again of the coupon that this shopper holds
  sold_out,  // losing is an answer, not an error
  queued,    // 202: not decided in time
  refused,   // 4xx or 503 with a code: closed, not open, paused, too fast, too busy
  error,     // the connection broke, or the answer makes no sense
  timeout,   // no answer in time, or never sent because no connection was free in time
};

inline constexpr std::array all_outcomes{Outcome::issued, Outcome::repeat,  Outcome::sold_out,
                                         Outcome::queued, Outcome::refused, Outcome::error,
                                         Outcome::timeout};
inline constexpr std::size_t outcome_count = all_outcomes.size();

constexpr std::size_t to_index(Outcome outcome) { return static_cast<std::size_t>(outcome); }

constexpr std::string_view to_word(Outcome outcome) {
  constexpr std::array<std::string_view, outcome_count> words{
      "issued", "repeat", "sold_out", "queued", "refused", "error", "timeout"};
  return words[to_index(outcome)];
}

}  // namespace rushline::load
