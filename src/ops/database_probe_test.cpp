// A database that is gone, or frozen, is noticed although nobody asks it for anything.
#include "ops/database_probe.hpp"

#include <gtest/gtest.h>

#include "core/watch_limits.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_sales_store.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::ops {
namespace {

class DatabaseProbeTest : public ::testing::Test {
 protected:
  void ask_and_answer() {
    probe_.ask();
    database_.run_all();
  }

  tests::ManualClock clock_;
  tests::FakeDatabase database_{clock_, tests::FakeDatabase::Mode::on_demand};
  tests::FakeSalesStore sales_;
  DatabaseProbe probe_{database_, sales_, clock_};
};

TEST_F(DatabaseProbeTest, IsUpWhileItAnswersInTime) {
  EXPECT_TRUE(probe_.is_up());
  probe_.ask();
  clock_.advance(limits::database_probe_time_max);
  EXPECT_TRUE(probe_.is_up());
  database_.run_all();
  clock_.advance(std::chrono::minutes{1});
  EXPECT_TRUE(probe_.is_up());
}

TEST_F(DatabaseProbeTest, IsDownWhileAnAnswerIsOverdue) {
  probe_.ask();
  clock_.advance(limits::database_probe_time_max + std::chrono::milliseconds{1});
  EXPECT_FALSE(probe_.is_up());
  database_.run_all();
  EXPECT_TRUE(probe_.is_up());
}

TEST_F(DatabaseProbeTest, IsDownFromAnErrorToTheNextGoodAnswer) {
  sales_.state.is_away = true;
  ask_and_answer();
  EXPECT_FALSE(probe_.is_up());
  clock_.advance(std::chrono::minutes{1});
  EXPECT_FALSE(probe_.is_up());
  sales_.state.is_away = false;
  ask_and_answer();
  EXPECT_TRUE(probe_.is_up());
}

TEST_F(DatabaseProbeTest, AsksOneQuestionAtATime) {
  probe_.ask();
  probe_.ask();
  EXPECT_EQ(database_.run_reads(5), 1U);
}

}  // namespace
}  // namespace rushline::ops
