// What would not be done in time is refused at once; what nobody waits for any more is not done.
#include "ops/bounded_database.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "tests/support/fake_database.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::ops {
namespace {

using namespace std::chrono_literals;

struct Desk {
  tests::ManualClock clock;
  tests::FakeDatabase fake{clock, tests::FakeDatabase::Mode::on_demand};
  BoundedDatabase database{
      fake, clock, {.wait_max = 1s, .waiting_min = 10, .waiting_first = 400, .waiting_max = 1'000}};
  int run = 0;
  std::vector<std::optional<Error>> told;

  void write() {
    database.write(
        [this](Transaction&) -> Result<int> { return ++run; },
        [this](const Result<int>& outcome) {
          told.push_back(outcome.has_error() ? std::optional(outcome.error()) : std::nullopt);
        });
  }
  // With so many waiting all the time that it is believed.
  void measure(int per_second) {
    for (int i = 0; i < 100; ++i) write();
    for (int i = 0; i < 90; ++i) {
      clock.advance(1'000'000us / per_second);
      fake.run_writes();
    }
    fake.run_all();
    told.clear();
  }
};

TEST(BoundedDatabase, RefusesAtOnceWhatWouldNotBeDoneInTime) {
  Desk desk;
  desk.measure(50);
  for (int i = 0; i < 60; ++i) desk.write();

  ASSERT_EQ(desk.told.size(), 10U) << "refused without waiting for a database thread";
  for (const auto& error : desk.told) {
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->code, Errc::overloaded);
    EXPECT_GE(error->retry_after, 900ms);
    EXPECT_LE(error->retry_after, 1'100ms);
  }
  EXPECT_EQ(desk.database.writes().shed, 10);
  EXPECT_EQ(desk.database.writes().room, 50);
}

TEST(BoundedDatabase, ReadsGoOnWhenWritesAreTooSlow) {
  Desk desk;
  desk.measure(50);
  for (int i = 0; i < 60; ++i) desk.write();
  int read = 0;
  for (int i = 0; i < 100; ++i) {
    desk.database.read(
        [](Transaction&) -> Result<int> { return 1; },
        [&](const Result<int>& outcome) { read += outcome.has_value() ? *outcome : 0; });
  }
  desk.fake.run_all();
  EXPECT_EQ(read, 100);
  EXPECT_EQ(desk.database.reads().shed, 0);
}

TEST(BoundedDatabase, LetsInAgainWhenThereIsRoom) {
  Desk desk;
  desk.measure(50);
  for (int i = 0; i < 60; ++i) desk.write();
  desk.fake.run_writes(1);
  desk.told.clear();
  desk.write();
  EXPECT_TRUE(desk.told.empty()) << "it waits";
}

TEST(BoundedDatabase, DoesNotRunWhatNobodyWaitsForAnyMore) {
  Desk desk;
  desk.write();
  desk.clock.advance(limits::answer_time_max);
  desk.write();
  desk.fake.run_all();

  EXPECT_EQ(desk.run, 1) << "only the second one";
  ASSERT_EQ(desk.told.size(), 2U);
  ASSERT_TRUE(desk.told[0].has_value());
  EXPECT_EQ(desk.told[0]->code, Errc::overloaded);
  EXPECT_FALSE(desk.told[1].has_value());
  EXPECT_EQ(desk.database.writes().shed, 1);
}

}  // namespace
}  // namespace rushline::ops
