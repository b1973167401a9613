// Finds the asker of a name in open addressing: a lookup for each press is most of the work of
// checking a history.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "verify/drop.hpp"

namespace rushline::verify {

// Holds positions in a vector of askers that is always the same one. Used by one thread.
class AskerIndex {
 public:
  // `presses_count`: of all askers together.
  explicit AskerIndex(std::size_t presses_count)
      : slots_(std::bit_ceil(std::max<std::size_t>(presses_count, 64)), empty) {}

  std::uint32_t find_or_add(std::vector<Asker>& askers, const UserId& user) {
    if (askers.size() * 2 >= slots_.size()) grow();
    const std::size_t hash = std::hash<UserId>{}(user);
    std::uint32_t& slot = slot_of(askers, user, hash);
    if (slot == empty) {
      slot = static_cast<std::uint32_t>(askers.size());
      askers.push_back({.user = &user});
      hashes_.push_back(hash);
    }
    return slot;
  }

  // -1 when there is none.
  std::int32_t find(const std::vector<Asker>& askers, const UserId& user) {
    const std::uint32_t slot = slot_of(askers, user, std::hash<UserId>{}(user));
    return slot == empty ? -1 : static_cast<std::int32_t>(slot);
  }

 private:
  static constexpr std::uint32_t empty = ~0U;

  std::uint32_t& slot_of(const std::vector<Asker>& askers, const UserId& user, std::size_t hash) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at] != empty &&
           (hashes_[slots_[at]] != hash || *askers[slots_[at]].user != user)) {
      at = (at + 1) & mask;
    }
    return slots_[at];
  }

  void grow() {
    slots_.assign(slots_.size() * 2, empty);
    const std::size_t mask = slots_.size() - 1;
    for (std::uint32_t i = 0; i < hashes_.size(); ++i) {
      std::size_t at = hashes_[i] & mask;
      while (slots_[at] != empty) at = (at + 1) & mask;
      slots_[at] = i;
    }
  }

  std::vector<std::size_t> hashes_;   // of each asker
  std::vector<std::uint32_t> slots_;  // as many as a power of two
};

}  // namespace rushline::verify
