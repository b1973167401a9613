// The checksum, byte by byte from a table.
#include "adapters/redis/slot.hpp"

#include <array>

namespace rushline::redis {
namespace {

constexpr std::array<std::uint16_t, 256> make_table() {
  constexpr unsigned polynomial = 0x1021;
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1U) ^ ((crc & 0x8000U) != 0 ? polynomial : 0U);
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

constexpr auto table = make_table();

std::string_view hashed_part(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open == std::string_view::npos) return key;
  const std::size_t close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

}  // namespace

std::uint16_t slot_of(std::string_view key) {
  unsigned crc = 0;
  for (const char byte : hashed_part(key)) {
    crc = (crc << 8U) ^ table[((crc >> 8U) ^ static_cast<unsigned char>(byte)) & 0xFFU];
  }
  return static_cast<std::uint16_t>(crc % slot_count);
}

}  // namespace rushline::redis
