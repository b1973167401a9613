// Units are counted by how they end, and timed on their way.
#include "ops/counted_database.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_database.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::ops {
namespace {

TEST(CountedDatabase, CountsWhatWaitsAndHowItEnds) {
  tests::ManualClock clock;
  tests::FakeDatabase fake(clock, tests::FakeDatabase::Mode::on_demand);
  CountedDatabase database(fake, clock);
  const auto submit = [&](std::optional<Errc> end) {
    database.write(
        [end](Transaction&) -> Result<int> {
          if (end) return fail(*end, "No.");
          return 1;
        },
        [](const Result<int>&) {});
  };
  submit(std::nullopt);
  submit(Errc::out_of_stock);
  submit(Errc::timed_out);
  submit(Errc::overloaded);
  EXPECT_EQ(database.counts().writes.waiting, 4);
  fake.run_all();
  const UnitCounts writes = database.counts().writes;
  EXPECT_EQ(writes.waiting, 0);
  EXPECT_EQ(writes.done, 1);
  EXPECT_EQ(writes.refused, 1);
  EXPECT_EQ(writes.failed, 1);
  EXPECT_EQ(writes.failed_at, clock.monotonic());
  EXPECT_EQ(writes.turned_away, 1);
  database.read([](Transaction&) -> Result<int> { return 1; }, [](const Result<int>&) {});
  EXPECT_EQ(database.counts().reads.waiting, 1);
  fake.run_all();
  EXPECT_EQ(database.counts().reads.done, 1);
}

TEST(CountedDatabase, TimesTheWaitAndTheWorkApart) {
  using std::chrono::milliseconds;
  tests::ManualClock clock;
  tests::FakeDatabase fake(clock, tests::FakeDatabase::Mode::on_demand);
  CountedDatabase database(fake, clock);
  database.write(
      [&](Transaction&) -> Result<int> {
        clock.advance(milliseconds{30});
        return 1;
      },
      [](const Result<int>&) {});
  clock.advance(milliseconds{700});
  fake.run_all();
  const UnitCounts writes = database.counts().writes;
  EXPECT_EQ(writes.wait.sum, 700'000);
  EXPECT_EQ(writes.work.sum, 30'000);
  EXPECT_EQ(writes.work.count(), 1);
}

}  // namespace
}  // namespace rushline::ops
