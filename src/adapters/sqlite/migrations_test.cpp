// Applying schema steps: in order, once, all or nothing, and never over a schema that is not known.
#include "adapters/sqlite/migrations.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rushline::sqlite {
namespace {

constexpr Timestamp noon{std::chrono::seconds{1'700'000'000}};

const std::vector<Migration> two_steps{{1, "first", "CREATE TABLE a (x INTEGER) STRICT;"},
                                       {2, "second", "INSERT INTO a VALUES (1), (2);"}};

class Migrations : public testing::Test {
 protected:
  std::unique_ptr<Connection> open() { return std::move(*Connection::open(path_, Access::create)); }

  static std::int64_t number(Connection& connection, Sql sql) {
    return connection.use(sql).first([](Statement& row) { return row.integer(0); }).value().value();
  }
  static std::int64_t tables(Connection& connection) {
    return number(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
  }

  tests::TemporaryFolder folder_;
  tests::ManualClock clock_;
  std::string path_ = folder_ / "rushline.db";
};

TEST_F(Migrations, OfTheProgramAreNumberedWithoutGaps) {
  const auto known = known_migrations();
  ASSERT_FALSE(known.empty());
  for (std::size_t i = 0; i < known.size(); ++i) {
    EXPECT_EQ(known[i].version, static_cast<std::int64_t>(i) + 1);
    EXPECT_FALSE(known[i].name.empty());
  }
}

TEST_F(Migrations, OfAFileThatIsNotThereAreAllPendingAndNoFileIsMade) {
  const auto status = migration_status(path_);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->size(), known_migrations().size());
  for (const auto& step : *status) EXPECT_EQ(step.state, MigrationState::pending);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Migrations, AreAppliedOnce) {
  const auto first = apply_migrations(path_, clock_, false);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->size(), known_migrations().size());
  const auto second = apply_migrations(path_, clock_, false);
  ASSERT_TRUE(second.has_value());
  EXPECT_TRUE(second->empty());
  for (const auto& step : *migration_status(path_)) EXPECT_EQ(step.state, MigrationState::applied);
}

TEST_F(Migrations, ADryRunTellsWhatIsPendingAndChangesNothing) {
  auto connection = open();
  const auto known = known_migrations();
  ASSERT_TRUE(apply_migrations(*connection, std::span(known).first(2), noon));
  const auto pending = apply_migrations(path_, clock_, true);
  ASSERT_TRUE(pending.has_value());
  EXPECT_EQ(pending->size(), known.size() - 2);
  EXPECT_EQ(pending->front().version, 3);
  EXPECT_EQ(number(*connection, "SELECT max(version) FROM schema_migrations"), 2);
}

TEST_F(Migrations, AreRememberedWithNameChecksumAndTime) {
  auto connection = open();
  ASSERT_TRUE(apply_migrations(*connection, two_steps, noon));
  EXPECT_EQ(number(*connection,
                   "SELECT count(*) FROM schema_migrations WHERE name = 'second' "
                   "AND length(checksum) = 64 AND applied_at = 1700000000000000"),
            1);
}

TEST_F(Migrations, OnlyTheMissingOnesAreApplied) {
  auto connection = open();
  ASSERT_TRUE(apply_migrations(*connection, std::span(two_steps).first(1), noon));
  const auto applied = apply_migrations(*connection, two_steps, noon);
  ASSERT_TRUE(applied.has_value());
  ASSERT_EQ(applied->size(), 1U);
  EXPECT_EQ(applied->front().name, "second");
  EXPECT_EQ(number(*connection, "SELECT count(*) FROM a"), 2);
}

TEST_F(Migrations, AStepThatFailsUndoesThoseBeforeIt) {
  auto connection = open();
  auto steps = two_steps;
  steps.push_back({3, "broken", "CREATE TABLE b (x INTEGER); INSERT INTO missing VALUES (1);"});
  EXPECT_TRUE(apply_migrations(*connection, steps, noon).has_error());
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_EQ(tables(*connection), 0);
  EXPECT_TRUE(apply_migrations(*connection, two_steps, noon).has_value());
}

TEST_F(Migrations, AChangedStepIsRefused) {
  auto connection = open();
  ASSERT_TRUE(apply_migrations(*connection, two_steps, noon));
  auto changed = two_steps;
  changed[0].script = "CREATE TABLE a (x TEXT) STRICT;";
  const auto outcome = apply_migrations(*connection, changed, noon);
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code, Errc::corrupt);
  EXPECT_NE(outcome.error().detail.find("step 1 (first)"), std::string::npos);
  EXPECT_EQ(migration_status(*connection, changed).error().code, Errc::corrupt);
}

TEST_F(Migrations, ANewerSchemaIsRefused) {
  auto connection = open();
  ASSERT_TRUE(apply_migrations(*connection, two_steps, noon));
  const auto older = std::span(two_steps).first(1);
  EXPECT_EQ(apply_migrations(*connection, older, noon).error().code, Errc::schema_too_new);
  EXPECT_EQ(migration_status(*connection, older).error().code, Errc::schema_too_new);
}

}  // namespace
}  // namespace rushline::sqlite
