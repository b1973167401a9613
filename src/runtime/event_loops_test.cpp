// Each loop has a thread of its own, and stopping leaves none behind.
#include "runtime/event_loops.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <future>
#include <string>

namespace rushline::runtime {
namespace {

struct Where {
  std::thread::id thread;
  std::string name;
};

Where run_on(EventLoops& loops, std::size_t index) {
  std::promise<Where> ran;
  loops.post(index, [&ran] {
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    ran.set_value({std::this_thread::get_id(), name.data()});
  });
  return ran.get_future().get();
}

TEST(EventLoops, RunEachLoopOnAThreadOfItsOwn) {
  EventLoops loops(2);
  loops.start();
  const Where first = run_on(loops, 0);
  const Where second = run_on(loops, 1);
  EXPECT_EQ(first.name, "loop-0");
  EXPECT_EQ(second.name, "loop-1");
  EXPECT_NE(first.thread, second.thread);
  EXPECT_NE(first.thread, std::this_thread::get_id());
  EXPECT_EQ(run_on(loops, 0).thread, first.thread);
}

TEST(EventLoops, RunWhatWasPostedBeforeTheyStarted) {
  EventLoops loops(1);
  std::promise<void> ran;
  loops.post(0, [&ran] { ran.set_value(); });
  loops.start();
  ran.get_future().get();
}

TEST(EventLoops, KeepTheOrderOfWhatOneThreadPosts) {
  EventLoops loops(1);
  loops.start();
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) loops.post(0, [&order, i] { order.push_back(i); });
  run_on(loops, 0);
  loops.stop();
  ASSERT_EQ(order.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(EventLoops, MayBeStoppedTwiceAndWithoutHavingStarted) {
  EventLoops never_started(2);
  never_started.stop();
  EventLoops loops(2);
  loops.start();
  loops.stop();
  loops.stop();
}

TEST(Threads, ShowTheirNameCutToWhatTheKernelKeeps) {
  std::string shown;
  Threads threads;
  threads.start("a-name-that-is-too-long", [&shown] {
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    shown = name.data();
  });
  threads.join();
  EXPECT_EQ(shown, "a-name-that-is-");
  EXPECT_EQ(threads.size(), 0U);
}

TEST(Threads, KnowHowManyProcessorsThereAre) { EXPECT_GE(processor_count(), 1U); }

}  // namespace
}  // namespace rushline::runtime
