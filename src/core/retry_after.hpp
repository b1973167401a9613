// When somebody who was refused may come back: the whole seconds of Retry-After.
#pragma once

#include <chrono>
#include <cstdint>

namespace rushline {

// Mixes the bits of a number that counts up, so that its neighbours fall far apart.
constexpr std::uint64_t scattered(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

// At least `wait` from now, and at least one second. Spread by `salt` (a request's id) over about
// half as much again, because those who were refused together would come back together.
constexpr std::uint32_t retry_after_s(std::chrono::nanoseconds wait, std::uint64_t salt) {
  using std::chrono::seconds;
  constexpr std::int64_t most = 24 * 60 * 60;
  std::int64_t whole = std::chrono::ceil<seconds>(wait).count();
  whole = whole < 1 ? 1 : (whole > most ? most : whole);
  const auto spread = static_cast<std::uint64_t>(whole / 2 + 2);
  return static_cast<std::uint32_t>(whole) + static_cast<std::uint32_t>(scattered(salt) % spread);
}

}  // namespace rushline
