// Whoever submits never waits; what was taken is written, what was not is told.
#include "runtime/background_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <future>

#include "tests/support/log_in_memory.hpp"

namespace rushline::runtime {
namespace {

const auto say_hello = [](Log& log) { log.info("hello"); };

std::ptrdiff_t lines_of(tests::LogInMemory& paper) {
  return std::ranges::count(paper.text(), '\n');
}

TEST(BackgroundLog, WritesWhatWasSubmittedBeforeItStops) {
  tests::LogInMemory paper(LogFormat::text);
  BackgroundLog background(paper.log(), 10);
  EXPECT_TRUE(background.submit(say_hello));
  background.start();
  EXPECT_TRUE(background.submit(say_hello));
  background.stop();
  EXPECT_EQ(lines_of(paper), 2);
}

TEST(BackgroundLog, RefusesInsteadOfWaitingWhileTheStreamIsStuck) {
  tests::LogInMemory paper(LogFormat::text);
  BackgroundLog background(paper.log(), 2);
  background.start();
  std::promise<void> stuck;
  std::promise<void> go_on;
  EXPECT_TRUE(background.submit([&](Log&) {
    stuck.set_value();
    go_on.get_future().wait();
  }));
  stuck.get_future().wait();
  EXPECT_TRUE(background.submit(say_hello));
  EXPECT_TRUE(background.submit(say_hello));
  EXPECT_FALSE(background.submit(say_hello));
  EXPECT_EQ(background.waiting(), 2U);
  go_on.set_value();
  background.stop();
  EXPECT_EQ(lines_of(paper), 2);
}

TEST(BackgroundLog, TakesNothingAfterItsEnd) {
  tests::LogInMemory paper(LogFormat::text);
  BackgroundLog background(paper.log(), 10);
  background.start();
  background.stop();
  background.stop();
  EXPECT_FALSE(background.submit(say_hello));
  EXPECT_EQ(lines_of(paper), 0);
}

}  // namespace
}  // namespace rushline::runtime
