// Counters of what happens so often that threads must not write to the same cache line.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace rushline {

// Each thread that counts has a slot of its own for as long as it lives; whoever comes when all are
// taken shares the last. Numbers from 0 on, given when a thread first asks.
inline constexpr std::size_t thread_slots_max = 64;
std::size_t take_thread_slot();

inline std::size_t thread_slot() {
  // Without a destructor of its own, so that reading it costs no check but this one.
  thread_local constinit std::size_t slot = thread_slots_max;
  if (slot == thread_slots_max) slot = take_thread_slot();
  return slot;
}

// Safe to call from any thread; what is read is a blur of a moment.
template <std::size_t kinds>
class ThreadCounts {
 public:
  void add_one(std::size_t kind) {
    const std::size_t slot = thread_slot();
    Count& count = slots_[slot].counts[kind];
    if (slot == thread_slots_max - 1) {
      count.fetch_add(1, std::memory_order_relaxed);
    } else {
      count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
  }

  std::int64_t read(std::size_t kind) const {
    std::int64_t all = 0;
    for (const Slot& slot : slots_) all += slot.counts[kind].load(std::memory_order_relaxed);
    return all;
  }

 private:
  using Count = std::atomic<std::int64_t>;
  struct alignas(64) Slot {
    std::array<Count, kinds> counts{};
  };

  std::array<Slot, thread_slots_max> slots_{};
};

}  // namespace rushline
