// What is SQLite's own: which files it opens and refuses, and what it does when the disk fails.
// What it shares with every database stands in tests/contract.
#include "adapters/sqlite/sqlite_database.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/migrations.hpp"
#include "adapters/sqlite/shop_time_zone.hpp"
#include "adapters/sqlite/sqlite_product_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rushline::sqlite {
namespace {

std::optional<Errc> error_of(const auto& outcome) {
  if (outcome.has_error()) return outcome.error().code;
  return std::nullopt;
}

ProductId id_of(std::string_view text) { return *ProductId::parse(text); }

class SqliteDatabaseTest : public testing::Test {
 protected:
  Result<std::unique_ptr<SqliteDatabase>> open(OpenMode mode = OpenMode::migrate) {
    return SqliteDatabase::open(path_, mode, 1, clock_);
  }
  Result<std::unique_ptr<SqliteDatabase>> open_at(const std::string& path) {
    return SqliteDatabase::open(path, OpenMode::migrate, 1, clock_);
  }

  // Submits a write; its outcome stands in the result once the writer ran.
  template <class Run>
  std::shared_ptr<std::optional<Errc>> submit(SqliteDatabase& database, Run run) {
    auto told = std::make_shared<std::optional<Errc>>(Errc::in_progress);
    database.write(std::move(run), [told](const auto& outcome) { *told = error_of(outcome); });
    return told;
  }
  auto adding(std::string_view id, std::string name = "n") {
    return [this, id = id_of(id), name](Transaction& tx) {
      return products_.insert(tx, {id, name, {1}, 1});
    };
  }

  // A database whose units run on this thread.
  static void run_waiting(SqliteDatabase& database) {
    database.stop();
    database.run_writer();
  }

  std::int64_t stored_products() {
    auto connection = Connection::open(path_, Access::read_only);
    return (*connection)
        ->use("SELECT count(*) FROM products")
        .first([](Statement& row) { return row.integer(0); })
        .value()
        .value();
  }

  tests::TemporaryFolder folder_;
  tests::ManualClock clock_;
  std::string path_ = folder_ / "rushline.db";
  SqliteProductStore products_;
};

TEST_F(SqliteDatabaseTest, MakesTheFileWithTheWholeSchema) {
  ASSERT_TRUE(open().has_value());
  EXPECT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(open(OpenMode::existing).has_value());
}

TEST_F(SqliteDatabaseTest, WritesDurablyAndChecksReferences) {
  auto connection = std::move(*Connection::open(path_, Access::create));
  const auto pragma = [&](Sql sql) {
    return connection->use(sql).first([](Statement& row) { return row.string(0); }).value().value();
  };
  EXPECT_EQ(pragma("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(pragma("PRAGMA synchronous"), "2");  // FULL
  EXPECT_EQ(pragma("PRAGMA foreign_keys"), "1");
}

TEST_F(SqliteDatabaseTest, RefusesPathsThatAreNoFile) {
  for (const std::string path : {"", ":memory:", "file:x?mode=memory"}) {
    EXPECT_EQ(error_of(open_at(path)), Errc::configuration) << path;
  }
  EXPECT_EQ(error_of(open_at(folder_.path().string())), Errc::configuration);
  EXPECT_EQ(error_of(open_at(folder_ / "missing/rushline.db")), Errc::configuration);
}

TEST_F(SqliteDatabaseTest, RefusesAFileThatIsNoDatabase) {
  const std::string text =
      "just a text, long enough to be looked at as the head of a database file, "
      "which is a hundred bytes long\n";
  std::ofstream(path_) << text;
  EXPECT_EQ(error_of(open()), Errc::configuration);
  std::ifstream file(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST_F(SqliteDatabaseTest, RefusesTheDatabaseOfAnotherProgramAndLeavesItAlone) {
  {
    auto ours = std::move(*Connection::open(path_, Access::create));
    ASSERT_TRUE(ours->run_script("PRAGMA journal_mode = DELETE; CREATE TABLE theirs (x)"));
  }
  const auto size = std::filesystem::file_size(path_);
  EXPECT_EQ(error_of(open()), Errc::configuration);
  EXPECT_EQ(error_of(migration_status(path_)), Errc::configuration);
  EXPECT_EQ(std::filesystem::file_size(path_), size);
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
}

TEST_F(SqliteDatabaseTest, AProgramThatDoesNotMigrateNeedsTheFileAndItsSchema) {
  EXPECT_EQ(error_of(open(OpenMode::existing)), Errc::unavailable);
  EXPECT_FALSE(std::filesystem::exists(path_));
  {
    auto connection = std::move(*Connection::open(path_, Access::create));
    const auto known = known_migrations();
    ASSERT_TRUE(apply_migrations(*connection, std::span(known).first(1), clock_.now()));
  }
  EXPECT_EQ(error_of(open(OpenMode::existing)), Errc::configuration);
  EXPECT_TRUE(open(OpenMode::migrate).has_value());
  EXPECT_TRUE(open(OpenMode::existing).has_value());
}

TEST_F(SqliteDatabaseTest, KeepsTheTimeZoneOfTheShopAndRefusesAnother) {
  auto database = std::move(*open());
  std::thread writer([&] { database->run_writer(); });
  const auto keep = [&](std::string_view zone) {
    return error_of(database->write_and_wait(
        [zone](Transaction& tx) { return keep_shop_time_zone(tx, zone); }));
  };
  EXPECT_EQ(keep("Asia/Seoul"), std::nullopt);
  EXPECT_EQ(keep("Asia/Seoul"), std::nullopt);
  EXPECT_EQ(keep("Europe/Berlin"), Errc::configuration);
  const auto zone = database->write_and_wait([](Transaction& tx) { return shop_time_zone(tx); });
  EXPECT_EQ(zone.value(), "Asia/Seoul");
  database->stop();
  writer.join();
}

TEST_F(SqliteDatabaseTest, ADatabaseThatGoesTellsWhatNeverRan) {
  auto database = std::move(*open());
  const auto told = submit(*database, adding("a"));
  database.reset();
  EXPECT_EQ(*told, Errc::shutting_down);
  EXPECT_EQ(stored_products(), 0);
}

TEST_F(SqliteDatabaseTest, AnotherProgramThatHoldsTheFileMakesWritesTimeOut) {
  auto database = std::move(*open());
  auto other = std::move(*Connection::open(path_, Access::read_write));
  ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
  const auto told = submit(*database, adding("a"));
  run_waiting(*database);
  EXPECT_EQ(*told, Errc::timed_out);
  ASSERT_TRUE(other->run("COMMIT"));
  EXPECT_EQ(stored_products(), 0);
}

// Lets no file of this process grow beyond `bytes`, as a full disk would.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_before_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_before_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_before_)(int);
};

TEST_F(SqliteDatabaseTest, ADiskThatFailsIsToldToEveryUnitOfTheCommitAndNothingIsKept) {
  {
    auto database = std::move(*open());
    const auto first = submit(*database, adding("a"));
    const auto second = submit(*database, adding("b"));
    {
      const FullDisk disk(std::filesystem::file_size(path_ + "-wal"));
      run_waiting(*database);
    }
    EXPECT_EQ(*first, Errc::unavailable);
    EXPECT_EQ(*second, Errc::unavailable);
  }
  EXPECT_EQ(stored_products(), 0);
  // With room again, the file is as good as before.
  auto database = std::move(*open());
  const auto later = submit(*database, adding("a"));
  run_waiting(*database);
  EXPECT_EQ(*later, std::nullopt);
  EXPECT_EQ(stored_products(), 1);
}

TEST_F(SqliteDatabaseTest, ADiskThatFailsInTheMiddleOfACommitLosesNoUnitAndTellsTheTruth) {
  auto database = std::move(*open());
  // Large enough that SQLite has to write to the disk before the commit.
  const auto large = [this](Transaction& tx) -> Result<void> {
    for (int i = 0; i < 30'000; ++i) {
      auto inserted = products_.insert(tx, {std::nullopt, std::string(4'000, 'x'), {1}, 1});
      if (inserted.has_error()) return inserted.error();
    }
    return {};
  };
  std::vector<std::shared_ptr<std::optional<Errc>>> told{
      submit(*database, adding("a")), submit(*database, large), submit(*database, adding("b"))};
  {
    const FullDisk disk(std::filesystem::file_size(path_ + "-wal") + 1'000'000);
    run_waiting(*database);
  }
  // The failure took the first unit along; the last one got a commit of its own.
  EXPECT_EQ(*told[0], Errc::unavailable);
  EXPECT_EQ(*told[1], Errc::unavailable);
  EXPECT_EQ(*told[2], std::nullopt);
  EXPECT_EQ(stored_products(), 1);
}

TEST_F(SqliteDatabaseTest, AUnitThatThrowsEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto database = std::move(*open());
  submit(*database, [](Transaction&) -> Result<void> { throw std::runtime_error("a bug"); });
  EXPECT_DEATH(run_waiting(*database), "does not throw: a bug");
}

TEST_F(SqliteDatabaseTest, AStoredIdThatIsNoneIsToldAsDamage) {
  auto database = std::move(*open());
  auto other = std::move(*Connection::open(path_, Access::read_write));
  ASSERT_TRUE(other->run("INSERT INTO products VALUES ('not an id', 'n', 1, 1)"));
  const auto told =
      submit(*database, [this](Transaction& tx) { return products_.list(tx, std::nullopt, 10); });
  run_waiting(*database);
  EXPECT_EQ(*told, Errc::corrupt);
}

}  // namespace
}  // namespace rushline::sqlite
