// Whoever submits never waits; what was taken is written, what was not is told.
#include "runtime/background_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>

namespace rushline::runtime {
namespace {

// A log in memory.
class Paper {
 public:
  ~Paper() {
    std::fclose(stream_);
    std::free(bytes_);  // NOLINT: open_memstream hands out malloc'ed memory
  }

  std::size_t lines() {
    std::fflush(stream_);
    const std::string text(bytes_, size_);
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }

 private:
  char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_ = ::open_memstream(&bytes_, &size_);

 public:
  Log log{LogLevel::info, LogFormat::text, stream_};
};

void say_hello(Log& log) { log.info("hello"); }

TEST(BackgroundLog, WritesWhatWasSubmittedBeforeItStops) {
  Paper paper;
  BackgroundLog background(paper.log, 10);
  EXPECT_TRUE(background.submit(say_hello));
  background.start();
  EXPECT_TRUE(background.submit(say_hello));
  background.stop();
  EXPECT_EQ(paper.lines(), 2U);
}

TEST(BackgroundLog, RefusesInsteadOfWaitingWhileTheStreamIsStuck) {
  Paper paper;
  BackgroundLog background(paper.log, 2);
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
  go_on.set_value();
  background.stop();
  EXPECT_EQ(paper.lines(), 2U);
}

TEST(BackgroundLog, TakesNothingAfterItsEnd) {
  Paper paper;
  BackgroundLog background(paper.log, 10);
  background.start();
  background.stop();
  background.stop();
  EXPECT_FALSE(background.submit(say_hello));
  EXPECT_EQ(paper.lines(), 0U);
}

}  // namespace
}  // namespace rushline::runtime
