// What a PostgresDatabase does when the server ends, freezes, refuses or disagrees.
#include "adapters/postgres/postgres_database.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>

#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/postgres_idempotency_store.hpp"
#include "adapters/postgres/postgres_product_store.hpp"
#include "adapters/postgres/postgres_sales_store.hpp"
#include "core/limits.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/running_postgres.hpp"

namespace rushline::postgres {
namespace {

using tests::OpenTransaction;
using tests::PostgresServer;
using tests::RealClock;
using tests::RunningPostgres;

ProductId product_id(std::string_view text) { return *ProductId::parse(text); }

class PostgresDatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresServer::is_installed()) GTEST_SKIP() << "this machine lacks PostgreSQL";
    server_ = std::make_unique<PostgresServer>();
    name_ = server_->create_database();
  }

  std::string url() const { return server_->url(name_); }
  Address address() const { return *Address::parse(url(), Pooler::none); }
  Result<catalog::Product> add(Transaction& transaction, std::string_view id, std::int64_t stock) {
    return products_.insert(transaction, {product_id(id), "n", {100}, stock});
  }
  Result<catalog::Product> write_product(RunningPostgres& database, std::string_view id) {
    return database->write_and_wait(
        [&](Transaction& transaction) { return add(transaction, id, 1); });
  }
  // Its future, once it waits in the queue.
  std::future<Result<Money>> take_one(RunningPostgres& database, std::string_view id) {
    auto told = std::make_shared<std::promise<Result<Money>>>();
    auto outcome = told->get_future();
    database->write([this, product = product_id(id)](
                        Transaction& transaction) { return stock_.take(transaction, product, 1); },
                    [told](const Result<Money>& taken) { told->set_value(taken); });
    return outcome;
  }
  static bool is_told(const std::future<Result<Money>>& outcome) {
    return outcome.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  static std::string held_row(const std::string& id) {
    return "SELECT * FROM rushline.products WHERE product_id = '" + id + "' FOR UPDATE";
  }
  std::string stored(const std::string& sql) { return server_->query(name_, sql); }

  RealClock clock_;
  PostgresProductStore products_;
  PostgresStock stock_;
  PostgresSalesStore sales_;
  PostgresIdempotencyStore idempotency_;
  std::unique_ptr<PostgresServer> server_;
  std::string name_;
};

TEST_F(PostgresDatabaseTest, GoesOnAfterARestartOfTheServerWithoutAnErrorToAnybody) {
  RunningPostgres database(address(), {}, clock_);
  ASSERT_TRUE(write_product(database, "a").has_value());
  server_->stop();
  server_->start();
  EXPECT_TRUE(write_product(database, "b").has_value());
  EXPECT_EQ(stored("SELECT count(*) FROM rushline.products"), "2");
}

TEST_F(PostgresDatabaseTest, RefusesAtOnceWhileTheServerIsAwayAndComesBackByItself) {
  RunningPostgres database(address(), {}, clock_);
  ASSERT_TRUE(write_product(database, "a").has_value());
  server_->crash();
  const auto away = write_product(database, "b");
  ASSERT_TRUE(away.has_error());
  EXPECT_EQ(away.error().code, Errc::unavailable);
  server_->start();
  EXPECT_TRUE(tests::eventually([&] { return write_product(database, "c").has_value(); }));
}

TEST_F(PostgresDatabaseTest, AFrozenServerHoldsNobodyLongerThanTheAnswerTime) {
  RunningPostgres database(address(), {}, clock_);
  ASSERT_TRUE(write_product(database, "a").has_value());
  server_->freeze();
  const Monotonic asked = clock_.monotonic();
  const auto outcome = write_product(database, "b");
  const auto waited = clock_.monotonic() - asked;
  server_->thaw();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code, Errc::timed_out);
  EXPECT_LT(waited, limits::postgres_answer_time_max + std::chrono::seconds(3));
  EXPECT_TRUE(tests::eventually([&] { return write_product(database, "c").has_value(); }));
}

TEST_F(PostgresDatabaseTest, AFrozenServerIsWaitedForOnceAndNotOncePerSession) {
  RunningPostgres database(address(), {.writers = 3}, clock_);
  std::atomic<int> running = 0;
  std::vector<std::future<Result<void>>> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(std::async(std::launch::async, [&] {
      return database->write_and_wait([&](Transaction& transaction) -> Result<void> {
        static_cast<void>(transaction.now());
        ++running;
        tests::eventually([&] { return running == 3; });
        return {};
      });
    }));
  }
  for (auto& one : all) EXPECT_TRUE(one.get().has_value());
  server_->freeze();
  EXPECT_EQ(write_product(database, "a").error().code, Errc::timed_out);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(write_product(database, "a").error().code, Errc::unavailable);
  }
  server_->thaw();
  EXPECT_TRUE(tests::eventually([&] { return write_product(database, "b").has_value(); }));
}

TEST_F(PostgresDatabaseTest, ARowThatSomebodyHoldsTooLongIsTimedOutAndNothingIsStored) {
  RunningPostgres database(address(), {.writers = 2}, clock_);
  ASSERT_TRUE(write_product(database, "a").has_value());
  const OpenTransaction holder(*server_, name_, held_row("a"));
  const auto waiting = take_one(database, "a").get();
  ASSERT_TRUE(waiting.has_error());
  EXPECT_EQ(waiting.error().code, Errc::timed_out);
  EXPECT_EQ(stored("SELECT stock FROM rushline.products"), "1");
  EXPECT_EQ(database->stuck(), 0);
}

TEST_F(PostgresDatabaseTest, AHeldRowKeepsNoWriterFromOtherRows) {
  RunningPostgres database(address(), {}, clock_);
  ASSERT_TRUE(write_product(database, "a").has_value());
  ASSERT_TRUE(write_product(database, "b").has_value());
  std::vector<std::future<Result<Money>>> waiting;
  {
    const OpenTransaction holder(*server_, name_, held_row("a"));
    // In the one writer's queue before the other row's.
    for (int i = 0; i < 40; ++i) waiting.push_back(take_one(database, "a"));
    EXPECT_TRUE(take_one(database, "b").get().has_value());
    EXPECT_GT(database->stuck(), 0);
    EXPECT_TRUE(std::ranges::none_of(waiting, is_told));
  }
  int taken = 0;
  for (auto& one : waiting) {
    const auto outcome = one.get();
    taken += outcome.has_value() ? 1 : 0;
    if (outcome.has_error()) {
      EXPECT_EQ(outcome.error().code, Errc::out_of_stock);
    }
  }
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(database->stuck(), 0);
  EXPECT_EQ(stored("SELECT sum(stock) FROM rushline.products"), "0");
}

TEST_F(PostgresDatabaseTest, AStopTellsWhoWaitsForAHeldRow) {
  std::future<Result<Money>> waiting;
  std::optional<OpenTransaction> holder;
  {
    RunningPostgres database(address(), {}, clock_);
    ASSERT_TRUE(write_product(database, "a").has_value());
    holder.emplace(*server_, name_, held_row("a"));
    waiting = take_one(database, "a");
    ASSERT_TRUE(tests::eventually([&] { return database->stuck() == 1; }));
  }
  EXPECT_EQ(waiting.get().error().code, Errc::timed_out);
}

TEST_F(PostgresDatabaseTest, AServerThatStandsStillLosesItsLocksAndIsRunAgain) {
  RunningPostgres still(address(), {}, clock_);
  RunningPostgres other(address(), {}, clock_);
  ASSERT_TRUE(write_product(still, "a").has_value());
  std::atomic<int> runs = 0;
  std::promise<void> locked;
  std::promise<void> goes_on;
  auto standing = std::async(std::launch::async, [&] {
    return still->write_and_wait([&](Transaction& transaction) -> Result<Money> {
      const auto taken = stock_.take(transaction, product_id("a"), 1);
      if (++runs == 1) {
        locked.set_value();
        goes_on.get_future().wait();
      }
      return taken;
    });
  });
  locked.get_future().wait();
  EXPECT_TRUE(tests::eventually([&] { return take_one(other, "a").get().has_value(); }));
  goes_on.set_value();
  const auto outcome = standing.get();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code, Errc::out_of_stock);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(stored("SELECT stock FROM rushline.products"), "0");
}

TEST_F(PostgresDatabaseTest, TwoUnitsThatWaitForEachOtherBothSucceedInTheEnd) {
  RunningPostgres database(address(), {.writers = 2}, clock_);
  for (const char* id : {"a", "b"}) {
    ASSERT_TRUE(
        database->write_and_wait([&](Transaction& transaction) { return add(transaction, id, 10); })
            .has_value());
  }
  std::atomic<int> runs = 0;
  const auto take_both = [&](const char* first, const char* second) {
    return database->write_and_wait([&, first, second](Transaction& transaction) -> Result<void> {
      auto taken = stock_.take(transaction, product_id(first), 1);
      if (taken.has_error()) return taken.error();
      // The first attempts of both hold their first row before either asks for its second.
      if (++runs <= 2) tests::eventually([&] { return runs >= 2; });
      taken = stock_.take(transaction, product_id(second), 1);
      if (taken.has_error()) return taken.error();
      return {};
    });
  };
  auto other = std::async(std::launch::async, [&] { return take_both("b", "a"); });
  EXPECT_TRUE(take_both("a", "b").has_value());
  EXPECT_TRUE(other.get().has_value());
  EXPECT_GE(runs, 3);
  EXPECT_EQ(stored("SELECT sum(stock) FROM rushline.products"), "16");
}

// Trap 2 of the rankings: ids are given in one order and committed in another.
TEST_F(PostgresDatabaseTest, ASaleThatIsCommittedLateIsInTheNextFold) {
  RunningPostgres database(address(), {.writers = 2}, clock_);
  const auto append = [&](Transaction& transaction, std::string_view product) {
    const ranking::OutboxRow row{product_id(product), 1, Day{20'000}, "order:1"};
    return sales_.append_outbox(transaction, {&row, 1});
  };
  std::promise<void> written;
  std::promise<void> released;
  auto late = std::async(std::launch::async, [&] {
    return database->write_and_wait([&](Transaction& transaction) -> Result<void> {
      auto appended = append(transaction, "late");
      written.set_value();
      released.get_future().wait();
      return appended;
    });
  });
  written.get_future().wait();
  ASSERT_TRUE(
      database
          ->write_and_wait([&](Transaction& transaction) { return append(transaction, "early"); })
          .has_value());
  const auto fold = [&] {
    return *database->write_and_wait(
        [&](Transaction& transaction) { return sales_.take_outbox(transaction, 100); });
  };
  const auto first = fold().deltas;
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].product, product_id("early"));
  released.set_value();
  ASSERT_TRUE(late.get().has_value());
  const auto second = fold().deltas;
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].product, product_id("late"));
}

TEST_F(PostgresDatabaseTest, OfTwoServersWithOneIdempotencyKeyTheSecondFindsTheFirstsAnswer) {
  RunningPostgres one(address(), {}, clock_);
  RunningPostgres other(address(), {}, clock_);
  std::atomic<int> looked = 0;
  const auto answer_once = [&](RunningPostgres& database, const std::string& body) {
    return database->write_and_wait([&, body](Transaction& transaction) -> Result<std::string> {
      auto kept = idempotency_.find(transaction, "shop", "key");
      if (kept.has_error()) return kept.error();
      if (*kept) return (*kept)->body;
      if (++looked <= 2) tests::eventually([&] { return looked >= 2; });
      auto done =
          idempotency_.keep(transaction, "shop", "key", {"f", 201, "json", "", body}, std::nullopt);
      if (done.has_error()) return done.error();
      return body;
    });
  };
  auto second = std::async(std::launch::async, [&] { return answer_once(other, "two"); });
  const auto first = answer_once(one, "one");
  EXPECT_EQ(*first, *second.get());
}

TEST_F(PostgresDatabaseTest, OfTwoThatLockOneRowTheLaterHasTheLaterTime) {
  RunningPostgres database(address(), {.writers = 2}, clock_);
  std::promise<void> locked;
  std::promise<void> released;
  auto first = std::async(std::launch::async, [&] {
    return *database->write_and_wait([&](Transaction& transaction) -> Result<Timestamp> {
      if (sales_.lock_record(transaction).has_error()) std::abort();
      locked.set_value();
      released.get_future().wait();
      return transaction.now();
    });
  });
  locked.get_future().wait();
  auto second = std::async(std::launch::async, [&] {
    return *database->write_and_wait([&](Transaction& transaction) -> Result<Timestamp> {
      if (sales_.lock_record(transaction).has_error()) std::abort();
      return transaction.now();
    });
  });
  ASSERT_TRUE(tests::eventually(
      [&] { return stored("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0"; }));
  const Timestamp released_at{
      std::chrono::microseconds(std::stoll(stored("SELECT " RUSHLINE_CLOCK)))};
  released.set_value();
  EXPECT_LT(first.get(), released_at);
  EXPECT_GT(second.get(), released_at);
}

TEST_F(PostgresDatabaseTest, OfSeveralHostsTheOneThatTakesWritesIsUsed) {
  server_->query("postgres", "CREATE DATABASE shop");
  server_->query("postgres", "ALTER SYSTEM SET default_transaction_read_only = on");
  server_->stop();
  server_->start();
  PostgresServer writable;
  writable.query("postgres", "CREATE DATABASE shop");
  const int nobody = tests::free_port();
  const std::string hosts = "postgresql://postgres@127.0.0.1:" + std::to_string(nobody) +
                            ",127.0.0.1:" + std::to_string(server_->port()) +
                            ",127.0.0.1:" + std::to_string(writable.port()) + "/shop";
  RunningPostgres database(*Address::parse(hosts, Pooler::none), {}, clock_);
  ASSERT_TRUE(write_product(database, "a").has_value());
  EXPECT_EQ(writable.query("shop", "SELECT count(*) FROM rushline.products"), "1");
}

TEST_F(PostgresDatabaseTest, MigrationsOfSeveralServersAtOnceAreAppliedOnce) {
  const Address address = *Address::parse(url(), Pooler::none);
  std::vector<std::future<std::size_t>> racers;
  for (int i = 0; i < 4; ++i) {
    racers.push_back(std::async(std::launch::async, [&] {
      return apply_migrations(address, clock_, false).value().size();
    }));
  }
  std::size_t applied = 0;
  for (auto& racer : racers) applied += racer.get();
  EXPECT_EQ(applied, known_migrations().size());
  EXPECT_TRUE(apply_migrations(address, clock_, true).value().empty());
}

TEST_F(PostgresDatabaseTest, ANewerSchemaIsRefused) {
  const Address address = *Address::parse(url(), Pooler::none);
  ASSERT_TRUE(apply_migrations(address, clock_, false).has_value());
  stored("INSERT INTO rushline.schema_migrations VALUES (99, 'later', 'x', 0)");
  const auto opened = PostgresDatabase::open(address, OpenMode::migrate, {}, clock_);
  ASSERT_TRUE(opened.has_error());
  EXPECT_EQ(opened.error().code, Errc::schema_too_new);
}

TEST_F(PostgresDatabaseTest, ADryRunChangesNothing) {
  const Address address = *Address::parse(url(), Pooler::none);
  EXPECT_EQ(apply_migrations(address, clock_, true).value().size(), known_migrations().size());
  EXPECT_EQ(stored("SELECT count(*) FROM pg_namespace WHERE nspname = 'rushline'"), "0");
}

TEST(PostgresAddress, ShowsNeitherUserNorPassword) {
  const auto address =
      Address::parse("postgresql://shop:s3cret@db1:5432,db2:5433/sales", Pooler::none);
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(address->name(), "sales at db1,db2");
  const auto wrong = Address::parse("postgresql://shop:s3%cret@db/sales", Pooler::none);
  ASSERT_TRUE(wrong.has_error());
  EXPECT_EQ(wrong.error().code, Errc::configuration);
  EXPECT_EQ(wrong.error().detail.find("cret"), std::string::npos);
}

}  // namespace
}  // namespace rushline::postgres
