// The first signal drains, the second ends; nothing else dies of a broken pipe.
#include "runtime/signals.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <future>

namespace rushline::runtime {
namespace {

TEST(EndSignals, DrainOnTheFirst) {
  std::promise<int> drained;
  EndSignals signals([&](int number) { drained.set_value(number); });
  ::raise(SIGTERM);
  EXPECT_EQ(drained.get_future().get(), SIGTERM);
}

TEST(EndSignals, DrainWithInterruptToo) {
  std::promise<int> drained;
  EndSignals signals([&](int number) { drained.set_value(number); });
  ::raise(SIGINT);
  EXPECT_EQ(drained.get_future().get(), SIGINT);
}

TEST(EndSignals, DrainNobodyWhenNoneCame) {
  std::atomic<bool> drained = false;
  {
    EndSignals signals([&](int) { drained = true; });
  }
  EXPECT_FALSE(drained);
}

TEST(EndSignals, GiveTheSignalsTheirMeaningBack) {
  {
    EndSignals signals([](int) {});
  }
  struct sigaction now {};
  ASSERT_EQ(::sigaction(SIGTERM, nullptr, &now), 0);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

class EndSignalsDeathTest : public testing::Test {
 protected:
  EndSignalsDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(EndSignalsDeathTest, EndAtOnceOnTheSecondAlsoWhileTheDrainIsStuck) {
  const auto press_twice = [](int first, int second) {
    std::promise<void> draining;
    EndSignals signals([&](int) {
      draining.set_value();
      ::pause();
    });
    ::raise(first);
    draining.get_future().wait();
    ::raise(second);
  };
  EXPECT_EXIT(press_twice(SIGTERM, SIGTERM), testing::ExitedWithCode(143), "");
  EXPECT_EXIT(press_twice(SIGTERM, SIGINT), testing::ExitedWithCode(130), "");
}

TEST(BrokenPipes, AreErrorsOfTheWrite) {
  ignore_broken_pipes();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  EXPECT_EQ(::write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  ::close(ends[1]);
}

}  // namespace
}  // namespace rushline::runtime
