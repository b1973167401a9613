// Which words a shop may use as ids.
#include "core/ids.hpp"

#include <algorithm>

namespace rushline {
namespace {

constexpr std::array<bool, 256> make_allowed() {
  std::array<bool, 256> allowed{};
  for (char c = 'a'; c <= 'z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (const char c : {'.', '_', ':', '@', '-'}) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}

constexpr auto allowed = make_allowed();

}  // namespace

bool is_shop_id(std::string_view text) noexcept {
  if (text.empty() || text.size() > shop_id_length_max) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return allowed[static_cast<unsigned char>(c)]; });
}

}  // namespace rushline
