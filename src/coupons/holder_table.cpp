// Entries in blocks that never move, slots that are published one by one.
//
// An entry: coupon, issued_at, expires_at (int64 each), issue_no (uint32), length of the user's id
// (uint8), its bytes; padded to 8. `where` is (block << 27 | offset / 8) + 1, so that no slot is 0.
#include "coupons/holder_table.hpp"

#include <cstring>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "core/assert.hpp"

namespace rushline::coupons {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
constexpr std::size_t head_bytes = 3 * sizeof(std::int64_t) + sizeof(std::uint32_t) + 1;
constexpr unsigned offset_bits = 27;
constexpr std::size_t first_slot_count = 64;

std::uint32_t hash_of(const UserId& user) {
  const std::uint64_t hash = std::hash<UserId>{}(user);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

std::size_t padded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

template <class T>
std::byte* write(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof(T));
  return to + sizeof(T);
}

template <class T>
T read(const std::byte*& from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  from += sizeof(T);
  return value;
}

Timestamp timestamp(std::int64_t microseconds) {
  return Timestamp{std::chrono::microseconds{microseconds}};
}

bool is_entry_of(const std::byte* entry, std::string_view user) {
  const std::byte* at = entry + head_bytes - 1;
  const auto length = read<std::uint8_t>(at);
  return length == user.size() && std::memcmp(at, user.data(), length) == 0;
}

HeldCoupon held_in(const std::byte* entry) {
  HeldCoupon held;
  held.coupon.value = read<std::int64_t>(entry);
  held.issued_at = timestamp(read<std::int64_t>(entry));
  const auto expires_at = read<std::int64_t>(entry);
  if (expires_at != never) held.expires_at = timestamp(expires_at);
  held.issue_no = read<std::uint32_t>(entry);
  return held;
}

}  // namespace

std::optional<HeldCoupon> HolderTable::find(const UserId& user) const {
  const Index* index = index_.load(std::memory_order_acquire);
  if (index == nullptr) return std::nullopt;
  const std::uint32_t hash = hash_of(user);
  for (std::size_t i = hash & index->mask;; i = (i + 1) & index->mask) {
    const std::uint64_t slot = index->slots[i].load(std::memory_order_acquire);
    if (slot == 0) return std::nullopt;
    if (slot >> 32 != hash) continue;
    const std::byte* entry = entry_at(static_cast<std::uint32_t>(slot));
    if (is_entry_of(entry, user.view())) return held_in(entry);
  }
}

void HolderTable::append(const UserId& user, const HeldCoupon& held) {
  const std::int64_t count = through_.load(std::memory_order_relaxed);
  RUSHLINE_ASSERT(held.issue_no == count + 1);
  // At most three of four slots are taken, so that a search for a stranger ends soon.
  const Index* index = index_.load(std::memory_order_relaxed);
  if (index == nullptr || static_cast<std::size_t>(count + 1) * 4 > (index->mask + 1) * 3) grow();
  const std::uint64_t slot = std::uint64_t{hash_of(user)} << 32 | write_entry(user, held);
  put(*index_.load(std::memory_order_relaxed), slot);
  through_.store(held.issue_no, std::memory_order_release);
}

std::uint32_t HolderTable::write_entry(const UserId& user, const HeldCoupon& held) {
  const std::string_view id = user.view();
  const std::size_t bytes = padded(head_bytes + id.size());
  if (blocks_[block_] && block_used_ + bytes > first_block_bytes << block_) {
    ++block_;
    RUSHLINE_ASSERT(block_ < blocks_max);
    block_used_ = 0;
  }
  if (!blocks_[block_]) {
    blocks_[block_] = std::make_unique_for_overwrite<std::byte[]>(first_block_bytes << block_);
  }
  const std::size_t offset = std::exchange(block_used_, block_used_ + bytes);
  std::byte* at = blocks_[block_].get() + offset;
  at = write(at, held.coupon.value);
  at = write(at, held.issued_at.time_since_epoch().count());
  at = write(at, held.expires_at ? held.expires_at->time_since_epoch().count() : never);
  at = write(at, static_cast<std::uint32_t>(held.issue_no));
  at = write(at, static_cast<std::uint8_t>(id.size()));
  std::memcpy(at, id.data(), id.size());
  return static_cast<std::uint32_t>((block_ << offset_bits | offset / 8) + 1);
}

const std::byte* HolderTable::entry_at(std::uint32_t where) const {
  const std::uint32_t place = where - 1;
  const std::size_t offset = std::size_t{place & ((1U << offset_bits) - 1)} * 8;
  return blocks_[place >> offset_bits].get() + offset;
}

void HolderTable::put(Index& index, std::uint64_t slot) {
  std::size_t i = static_cast<std::size_t>(slot >> 32) & index.mask;
  while (index.slots[i].load(std::memory_order_relaxed) != 0) i = (i + 1) & index.mask;
  index.slots[i].store(slot, std::memory_order_release);
}

void HolderTable::grow() {
  const Index* old = index_.load(std::memory_order_relaxed);
  auto larger = std::make_unique<Index>(old == nullptr ? first_slot_count : 2 * (old->mask + 1));
  for (std::size_t i = 0; old != nullptr && i <= old->mask; ++i) {
    const std::uint64_t slot = old->slots[i].load(std::memory_order_relaxed);
    if (slot != 0) put(*larger, slot);
  }
  index_.store(larger.get(), std::memory_order_release);
  indexes_.push_back(std::move(larger));
}

}  // namespace rushline::coupons
