// Every value is counted once, in the first bucket whose bound it does not exceed.
#include "core/histogram.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace rushline {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(Tally, CountsAValueUpToItsBoundAndNoFurther) {
  DurationTally tally;
  tally.record(microseconds{100});
  tally.record(microseconds{101});
  tally.record(std::chrono::seconds{10});
  tally.record(std::chrono::seconds{11});
  EXPECT_EQ(tally.counts[0], 1);
  EXPECT_EQ(tally.counts[1], 1);
  EXPECT_EQ(tally.counts[15], 1);
  EXPECT_EQ(tally.counts[16], 1);
  EXPECT_EQ(tally.count(), 4);
  EXPECT_EQ(tally.sum, 201 + 21'000'000);
}

TEST(Tally, TakesATimeThatWentBackForNone) {
  DurationTally tally;
  tally.record(nanoseconds{-5'000});
  EXPECT_EQ(tally.counts[0], 1);
  EXPECT_EQ(tally.sum, 0);
}

TEST(Tally, HasBoundsThatRise) {
  EXPECT_TRUE(std::is_sorted(duration_bounds.begin(), duration_bounds.end()));
  EXPECT_TRUE(std::is_sorted(size_bounds.begin(), size_bounds.end()));
}

TEST(Histogram, GivesWhatItsOneWriterRecorded) {
  SizeHistogram histogram;
  for (const std::int64_t size : {1, 2, 3, 100'000}) histogram.record_alone(size);
  const SizeTally seen = histogram.read();
  EXPECT_EQ(seen.counts[0], 1);
  EXPECT_EQ(seen.counts[1], 1);
  EXPECT_EQ(seen.counts[2], 1);
  EXPECT_EQ(seen.counts[16], 1);
  EXPECT_EQ(seen.sum, 100'006);
}

TEST(Histogram, LosesNothingThatThreadsAddAtTheSameTime) {
  DurationHistogram histogram;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 4; ++writer) {
    threads.emplace_back([&histogram] {
      for (int i = 0; i < 5'000; ++i) {
        DurationTally batch;
        batch.record(microseconds{50});
        batch.record(microseconds{300});
        histogram.add(batch);
        histogram.record(microseconds{1});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(histogram.read().counts[0], 40'000);
  EXPECT_EQ(histogram.read().counts[2], 20'000);
  EXPECT_EQ(histogram.read().sum, 20'000 * (50 + 300 + 1));
}

}  // namespace
}  // namespace rushline
