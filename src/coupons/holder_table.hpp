// Who holds a coupon of one event: a table that is only added to, made for a million holders and
// for readers on several event loops that never wait.
//
// One thread adds, any number look up at the same time, without locks: an entry is written before
// the slot that leads to it is published, and what readers may still look at is never moved or
// freed before the table ends. A holder costs about 70 bytes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace rushline::coupons {

// The coupon that a holder is told of.
struct HeldCoupon {
  CouponId coupon;
  std::int64_t issue_no = 0;
  Timestamp issued_at;
  std::optional<Timestamp> expires_at;
  friend bool operator==(const HeldCoupon&, const HeldCoupon&) = default;
};

class HolderTable {
 public:
  HolderTable() = default;
  HolderTable(const HolderTable&) = delete;
  HolderTable& operator=(const HolderTable&) = delete;

  // From any thread at any time.
  std::optional<HeldCoupon> find(const UserId& user) const;
  // The coupons 1 to through() are all here, and what a thread read from here stays found by it.
  std::int64_t through() const { return through_.load(std::memory_order_acquire); }

  // By one thread at a time. The coupon is the one after through(), its user is not here yet.
  void append(const UserId& user, const HeldCoupon& held);

 private:
  // An open-addressing index. A slot is (hash << 32 | where), 0 = free.
  struct Index {
    explicit Index(std::size_t slot_count)
        : mask(slot_count - 1), slots(std::make_unique<std::atomic<std::uint64_t>[]>(slot_count)) {}
    const std::size_t mask;
    const std::unique_ptr<std::atomic<std::uint64_t>[]> slots;
  };
  // Block k is twice as large as block k - 1, so that few are needed and none is ever moved.
  static constexpr std::size_t blocks_max = 19;
  static constexpr std::size_t first_block_bytes = 4096;

  std::uint32_t write_entry(const UserId& user, const HeldCoupon& held);
  const std::byte* entry_at(std::uint32_t where) const;
  static void put(Index& index, std::uint64_t slot);
  void grow();

  std::atomic<Index*> index_ = nullptr;  // the newest; null = nobody is here
  std::atomic<std::int64_t> through_ = 0;
  std::array<std::unique_ptr<std::byte[]>, blocks_max> blocks_;  // set before a slot leads there
  // Writer only.
  std::vector<std::unique_ptr<Index>> indexes_;  // older ones stay: readers may be in them
  std::size_t block_ = 0;                        // that is being filled
  std::size_t block_used_ = 0;                   // bytes
};

}  // namespace rushline::coupons
