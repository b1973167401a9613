// Which of a Cluster's slots a key belongs to.
#pragma once

#include <cstdint>
#include <string_view>

namespace rushline::redis {

inline constexpr std::uint16_t slot_count = 16'384;
// In place of a slot, of what any node may be asked.
inline constexpr std::uint16_t any_slot = slot_count;

// CRC16 (XMODEM) of the key, or of its hash tag if it has one: of what stands between the first
// brace and the first one that closes after it, unless that is nothing. Safe to call from any
// thread.
std::uint16_t slot_of(std::string_view key);

}  // namespace rushline::redis
