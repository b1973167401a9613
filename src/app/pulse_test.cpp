// A thread that stands still stops the pulse; a database that fails in time does not.
#include "app/pulse.hpp"

#include <gtest/gtest.h>

#include <future>

#include "core/limits.hpp"
#include "tests/support/eventually.hpp"

namespace rushline::app {
namespace {

using namespace std::chrono_literals;

class PulseTest : public testing::Test {
 protected:
  PulseTest() { loops.start(); }
  ~PulseTest() override { loops.stop(); }

  bool beats_in(std::chrono::milliseconds time) {
    now += time;
    return pulse.beats(now);
  }
  // Everything that was posted to the loops has run.
  void let_loops_turn() {
    for (std::size_t i = 0; i < loops.size(); ++i) {
      std::promise<void> ran;
      loops.post(i, [&ran] { ran.set_value(); });
      ran.get_future().wait();
    }
  }

  runtime::EventLoops loops{2};
  ops::DatabaseCounts counts;
  Pulse pulse{loops, [this] { return counts; }};
  Monotonic now{1h};
};

TEST_F(PulseTest, BeatsWhileLoopsRunAndNothingWaits) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(beats_in(10min));
    let_loops_turn();
  }
}

TEST_F(PulseTest, StopsWithALoopThatStandsStillAndComesBackWithIt) {
  std::promise<void> go_on;
  loops.post(1, [&go_on] { go_on.get_future().wait(); });
  EXPECT_TRUE(beats_in(30s));  // the first look can know nothing yet
  EXPECT_FALSE(beats_in(30s));
  EXPECT_FALSE(beats_in(30s));
  go_on.set_value();
  let_loops_turn();
  EXPECT_TRUE(beats_in(30s));
}

TEST_F(PulseTest, StopsWhenUnitsWaitAndNoneEnds) {
  for (ops::UnitCounts* units : {&counts.reads, &counts.writes}) {
    units->waiting = 1;
    EXPECT_TRUE(beats_in(30s));
    let_loops_turn();
    EXPECT_FALSE(beats_in(limits::database_turn_time_max + 1s));
    let_loops_turn();
    ++units->done;
    EXPECT_TRUE(beats_in(30s));
    let_loops_turn();
    units->waiting = 0;
  }
}

TEST_F(PulseTest, BeatsWhileUnitsFailInTime) {
  counts.writes.waiting = 100;
  for (int i = 0; i < 10; ++i) {
    ++counts.writes.failed;
    EXPECT_TRUE(beats_in(limits::database_turn_time_max));
    let_loops_turn();
  }
}

TEST_F(PulseTest, CountsFromTheFirstUnitThatWaits) {
  EXPECT_TRUE(beats_in(1h));
  let_loops_turn();
  counts.reads.waiting = 1;
  EXPECT_TRUE(beats_in(limits::database_turn_time_max));
}

}  // namespace
}  // namespace rushline::app
