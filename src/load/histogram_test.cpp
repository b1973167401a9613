// The histogram keeps its stated precision, over the whole range.
#include "load/histogram.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace rushline::load {
namespace {

TEST(Histogram, IsExactBelow256Microseconds) {
  Histogram histogram;
  for (std::int64_t value = 0; value < 256; ++value) histogram.record(value);
  EXPECT_EQ(histogram.percentile(50), 127);
  EXPECT_EQ(histogram.percentile(100), 255);
  EXPECT_EQ(histogram.percentile(0), 0);
}

TEST(Histogram, OfNothingSaysZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.percentile(99), 0);
  EXPECT_EQ(histogram.max(), 0);
  EXPECT_EQ(histogram.min(), 0);
}

TEST(Histogram, OfOneValueSaysThatValueExactly) {
  Histogram histogram;
  histogram.record(1'234'567);
  EXPECT_EQ(histogram.percentile(1), 1'234'567);
  EXPECT_EQ(histogram.percentile(99.9), 1'234'567);
  EXPECT_EQ(histogram.max(), 1'234'567);
}

TEST(Histogram, CountsTheNinthOfTenAsP90AndNotTheTenth) {
  Histogram histogram;
  for (int i = 0; i < 9; ++i) histogram.record(10);
  histogram.record(200);
  EXPECT_EQ(histogram.percentile(90), 10);
  EXPECT_EQ(histogram.percentile(90.1), 200);
}

TEST(Histogram, CutsWhatIsOutsideItsRangeToItsRange) {
  Histogram histogram;
  histogram.record(-5);
  EXPECT_EQ(histogram.max(), 0);
  histogram.record(Histogram::value_max * 2);
  EXPECT_EQ(histogram.max(), Histogram::value_max);
}

RC_GTEST_PROP(Histogram, NeverFlattersAndIsWithinAHundredTwentyEighth, ()) {
  const auto values = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1LL << 39)));
  const double percent = *rc::gen::inRange(0, 1001) / 10.0;
  Histogram histogram;
  for (const std::int64_t value : values) histogram.record(value);

  auto sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const auto rank = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(
             std::ceil(percent / 100 * static_cast<double>(sorted.size()) - 1e-9)));
  const std::int64_t exact = sorted[static_cast<std::size_t>(rank - 1)];
  const std::int64_t said = histogram.percentile(percent);
  RC_ASSERT(said >= exact);
  RC_ASSERT(said - exact <= exact / 128);
  RC_ASSERT(histogram.max() == sorted.back());
}

RC_GTEST_PROP(Histogram, AddingTwoIsRecordingBoth,
              (std::vector<std::uint32_t> a, std::vector<std::uint32_t> b)) {
  Histogram left;
  Histogram right;
  Histogram both;
  for (const auto value : a) {
    left.record(value);
    both.record(value);
  }
  for (const auto value : b) {
    right.record(value);
    both.record(value);
  }
  left.add(right);
  RC_ASSERT(left.count() == both.count());
  RC_ASSERT(left.max() == both.max());
  RC_ASSERT(left.percentile(99) == both.percentile(99));
}

}  // namespace
}  // namespace rushline::load
