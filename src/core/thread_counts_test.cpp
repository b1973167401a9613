// Counting in slots loses nothing, whoever counts and however many there are.
#include "core/thread_counts.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace rushline {
namespace {

TEST(ThreadCounts, LosesNothingAlsoWithMoreThreadsThanSlots) {
  constexpr std::size_t threads = thread_slots_max + 8;
  constexpr int each = 20'000;
  ThreadCounts<2> counts;
  std::atomic<std::size_t> ready = 0;
  std::vector<std::size_t> slots(threads);
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      slots[i] = thread_slot();
      ++ready;
      while (ready < threads) std::this_thread::yield();
      for (int n = 0; n < each; ++n) counts.add_one(i % 2);
    });
  }
  for (std::thread& thread : all) thread.join();
  EXPECT_EQ(counts.read(0), each * static_cast<int>(threads) / 2);
  EXPECT_EQ(counts.read(1), each * static_cast<int>(threads) / 2);
  EXPECT_EQ(std::set(slots.begin(), slots.end()).size(), thread_slots_max);
}

TEST(ThreadCounts, GivesTheSlotOfAThreadThatEndedToTheNext) {
  ThreadCounts<1> counts;
  std::set<std::size_t> slots;
  for (std::size_t i = 0; i < thread_slots_max * 2; ++i) {
    std::thread([&] {
      slots.insert(thread_slot());
      counts.add_one(0);
    }).join();
  }
  EXPECT_EQ(slots.size(), 1U);
  EXPECT_EQ(counts.read(0), static_cast<std::int64_t>(thread_slots_max * 2));
}

}  // namespace
}  // namespace rushline
