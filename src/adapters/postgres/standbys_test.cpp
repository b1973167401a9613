// A standby that gives no answer falls behind all the same.
#include "adapters/postgres/standbys.hpp"

#include <gtest/gtest.h>

namespace rushline::postgres {
namespace {

using namespace std::chrono_literals;

constexpr Monotonic start{1h};
constexpr auto replayed = static_cast<std::size_t>(Stage::replayed);

StandbyRow row(std::int64_t primary_at, std::optional<std::int64_t> replayed_at,
               std::chrono::microseconds lag) {
  StandbyRow row{.streaming = replayed_at ? 1 : 0, .primary_at = primary_at};
  row.stages.fill({primary_at, 0us});
  row.stages[replayed] = {replayed_at, lag};
  return row;
}

TEST(StandbyWatch, TellsWhatPostgresqlMeasuredOfAStandbyThatFollows) {
  StandbyWatch watch;
  for (int second = 0; second < 5; ++second) {
    watch.saw(row(100 * (second + 1), 100 * second, 30ms), start + second * 1s);
    EXPECT_EQ(watch.last().lags[replayed], 30ms);
  }
  EXPECT_EQ(watch.last().streaming, 1);
}

TEST(StandbyWatch, LetsTheLagRiseOfOneThatAnswersNothingAndEndsItWhenItHasCaughtUp) {
  StandbyWatch watch;
  watch.saw(row(100, 90, 30ms), start);
  for (int second = 1; second < 5; ++second) {
    watch.saw(row(100 + second, 95, 30ms), start + second * 1s);
    EXPECT_EQ(watch.last().lags[replayed], second * 1s);
    EXPECT_EQ(watch.last().lags[static_cast<std::size_t>(Stage::written)], 0s);
  }
  watch.saw(row(110, 104, 30ms), start + 5s);
  EXPECT_EQ(watch.last().lags[replayed], 30ms);
}

TEST(StandbyWatch, TakesAnIdleStandbyForNoneBehind) {
  StandbyWatch watch;
  for (int second = 0; second < 5; ++second) watch.saw(row(100, 100, 0us), start + second * 1s);
  EXPECT_EQ(watch.last().lags[replayed], 0s);
}

TEST(StandbyWatch, ForgetsAStandbyThatIsGone) {
  StandbyWatch watch;
  watch.saw(row(100, 90, 0us), start);
  watch.saw(row(110, 95, 0us), start + 1s);
  EXPECT_EQ(watch.last().lags[replayed], 1s);
  watch.saw(row(110, std::nullopt, 0us), start + 2s);
  EXPECT_EQ(watch.last().lags[replayed], 0s);
  EXPECT_EQ(watch.last().streaming, 0);
}

}  // namespace
}  // namespace rushline::postgres
