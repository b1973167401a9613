// Finding a user's virtual time, or whose place the user takes.
#include "http/user_rates.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

#include "core/assert.hpp"

namespace rushline::http {
namespace {

__extension__ using Wide = unsigned __int128;  // of GCC and Clang; not of ISO C++

std::uint64_t drawn() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

// Both halves of the product: every bit of one side reaches every bit of the result.
std::uint64_t folded_product(std::uint64_t one, std::uint64_t other) {
  const auto product = Wide{one} * other;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

UserRates::UserRates(const RateLimit& limit, std::size_t sets)
    : limit_(limit),
      key_{drawn() | 1, drawn() | 1},
      sets_count_(sets),
      sets_(limit.is_on() ? std::make_unique<Set[]>(sets) : nullptr) {
  RUSHLINE_ASSERT(std::has_single_bit(sets));
}

std::uint64_t UserRates::tag_of(const UserId& user) const {
  const std::string_view text = user.view();
  std::uint64_t tag = folded_product(key_[0] ^ text.size(), key_[1]);
  for (std::size_t at = 0; at < text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t piece = 0;
    std::memcpy(&piece, text.data() + at, std::min(sizeof piece, text.size() - at));
    tag = folded_product(tag ^ piece, key_[1]) + key_[0];
  }
  return tag;
}

RateDecision UserRates::take_one(const UserId& user, Monotonic now) {
  RUSHLINE_ASSERT(limit_.is_on());
  const std::uint64_t tag = tag_of(user);
  Set& set = sets_[(tag >> 32) & (sets_count_ - 1)];
  const std::scoped_lock lock(set.mutex);
  auto at = std::ranges::find(set.entries, tag, &Entry::tag);
  if (at == set.entries.end()) {
    at = std::ranges::min_element(set.entries, {}, &Entry::full_at);
    *at = {tag, Monotonic{}};
  }
  return rushline::take_one(limit_, at->full_at, now);
}

}  // namespace rushline::http
