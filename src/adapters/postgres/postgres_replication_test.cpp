// Nothing is told that a failover could take back: what a PostgresDatabase does about commits that
// their standbys have not confirmed. The standby here is one that never comes.
#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_product_store.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/running_postgres.hpp"

namespace rushline::postgres {
namespace {

using std::chrono::seconds;
using tests::eventually;
using tests::PostgresServer;
using tests::RunningPostgres;

ProductId product_id(std::string_view text) { return *ProductId::parse(text); }

template <class T>
bool is_told(const std::future<T>& outcome) {
  return outcome.wait_for(seconds(0)) == std::future_status::ready;
}

class PostgresReplicationTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresServer::is_installed()) GTEST_SKIP() << "this machine lacks PostgreSQL";
    server_ = std::make_unique<PostgresServer>();
    name_ = server_->create_database();
    address_ = *Address::parse(server_->url(name_), Pooler::none);
  }

  void wait_for_standby(const std::string& name) {
    server_->query("postgres", "ALTER SYSTEM SET synchronous_standby_names = '" + name + "'");
    server_->query("postgres", "SELECT pg_reload_conf()");
    ASSERT_TRUE(eventually([&] { return stored("SHOW synchronous_standby_names") == name; }));
  }
  // Commits that wait for it.
  std::string waiting() const { return stored("SELECT count(*) " + waits()); }
  bool one_waits() const {
    return eventually([this] { return waiting() == "1"; });
  }
  void end_waits(const std::string& by) const { stored("SELECT " + by + "(pid) " + waits()); }

  std::future<Result<catalog::Product>> write(RunningPostgres& database, std::string_view id) {
    return std::async(std::launch::async, [this, &database, product = product_id(id)] {
      return database->write_and_wait([&](Transaction& transaction) {
        return products_.insert(transaction, {product, "n", {100}, 1});
      });
    });
  }
  // Whether it is there.
  std::future<Result<bool>> read(RunningPostgres& database, std::string_view id) {
    return std::async(std::launch::async, [this, &database, product = product_id(id)] {
      return database->read_and_wait([&](Transaction& transaction) -> Result<bool> {
        const auto found = products_.find(transaction, product);
        if (found.has_error()) return found.error();
        return found->has_value();
      });
    });
  }
  std::string stored(const std::string& sql) const { return server_->query(name_, sql); }
  std::string products_stored() const { return stored("SELECT count(*) FROM rushline.products"); }

  tests::RealClock clock_;
  PostgresProductStore products_;
  std::unique_ptr<PostgresServer> server_;
  std::string name_;
  std::optional<Address> address_;

 private:
  static std::string waits() { return "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"; }
};

TEST_F(PostgresReplicationTest, AChangeWhoseWaitWasCancelledIsToldOnceALaterCommitIsConfirmed) {
  RunningPostgres database(*address_, {}, clock_);
  wait_for_standby("nobody");
  auto told = write(database, "a");
  ASSERT_TRUE(one_waits());
  end_waits("pg_cancel_backend");
  ASSERT_TRUE(eventually([&] { return database->primary().in_doubt; }));
  ASSERT_TRUE(one_waits());
  EXPECT_EQ(products_stored(), "1");
  EXPECT_FALSE(is_told(told));
  wait_for_standby("");
  EXPECT_TRUE(told.get().has_value());
  EXPECT_FALSE(database->primary().in_doubt);
  EXPECT_EQ(database->primary().unconfirmed, 1);
}

TEST_F(PostgresReplicationTest, WhatCanBeReadIsNotToldBeforeItIsConfirmed) {
  RunningPostgres database(*address_, {}, clock_);
  EXPECT_FALSE(read(database, "a").get().value());
  wait_for_standby("nobody");
  auto told = write(database, "a");
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(one_waits());
    end_waits("pg_cancel_backend");
  }
  const auto outcome = told.get();
  ASSERT_TRUE(outcome.has_error());
  EXPECT_EQ(outcome.error().code, Errc::unavailable);
  EXPECT_EQ(products_stored(), "1");
  auto seen = read(database, "a");
  ASSERT_TRUE(one_waits());
  EXPECT_FALSE(is_told(seen));
  wait_for_standby("");
  EXPECT_TRUE(seen.get().value());
  // Without doubt a read commits nothing.
  wait_for_standby("nobody");
  EXPECT_TRUE(read(database, "a").get().value());
}

TEST_F(PostgresReplicationTest, WhatASessionLeftThatWasEndedInTheWaitIsNotToldBeforeItIsConfirmed) {
  RunningPostgres database(*address_, {}, clock_);
  EXPECT_FALSE(read(database, "a").get().value());
  wait_for_standby("nobody");
  auto told = write(database, "a");
  ASSERT_TRUE(one_waits());
  end_waits("pg_terminate_backend");
  ASSERT_TRUE(told.get().has_error());
  EXPECT_EQ(products_stored(), "1");
  auto seen = read(database, "a");
  ASSERT_TRUE(one_waits());
  EXPECT_FALSE(is_told(seen));
  wait_for_standby("");
  EXPECT_TRUE(seen.get().value());
}

TEST_F(PostgresReplicationTest, WhatARestartMadeVisibleIsNotToldBeforeItIsConfirmed) {
  std::optional<RunningPostgres> before(std::in_place, *address_, PoolSize{}, clock_);
  wait_for_standby("nobody");
  auto told = write(*before, "a");
  ASSERT_TRUE(one_waits());
  EXPECT_EQ(products_stored(), "0");
  server_->crash();
  EXPECT_TRUE(told.get().has_error());
  before.reset();
  server_->start();
  EXPECT_EQ(products_stored(), "1");
  RunningPostgres after(*address_, {}, clock_);
  auto seen = read(after, "a");
  ASSERT_TRUE(one_waits());
  EXPECT_FALSE(is_told(seen));
  wait_for_standby("");
  EXPECT_TRUE(seen.get().value());
}

TEST_F(PostgresReplicationTest, AStandbyThatDoesNotConfirmCostsOneCommitPerThreadAndNoReads) {
  RunningPostgres database(*address_, {}, clock_);
  ASSERT_TRUE(write(database, "a").get().has_value());
  EXPECT_TRUE(read(database, "a").get().value());
  wait_for_standby("nobody");
  const auto first = write(database, "b").get();
  ASSERT_TRUE(first.has_error());
  EXPECT_EQ(first.error().code, Errc::timed_out);
  for (int i = 0; i < 20; ++i) {
    const auto refused = write(database, "c").get();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, Errc::unavailable);
  }
  EXPECT_EQ(waiting(), "1");
  EXPECT_TRUE(database->primary().hangs);
  EXPECT_TRUE(read(database, "a").get().value());
  wait_for_standby("");
  EXPECT_TRUE(eventually([&] { return write(database, "c").get().has_value(); }));
  EXPECT_FALSE(database->primary().hangs);
  EXPECT_TRUE(read(database, "b").get().value());
}

TEST_F(PostgresReplicationTest, SaysWhatTheServersSettingsCanLose) {
  RunningPostgres database(*address_, {}, clock_);
  const auto durability = [&] {
    static_cast<void>(read(database, "a").get());
    return database->primary().durability;
  };
  EXPECT_FALSE(durability().names_standbys);
  EXPECT_TRUE(durability().waits_for_them);
  wait_for_standby("somebody");
  EXPECT_TRUE(eventually([&] { return durability().names_standbys; }));
  server_->query("postgres", "ALTER SYSTEM SET synchronous_commit = local");
  wait_for_standby("");
  EXPECT_TRUE(eventually([&] { return !durability().waits_for_them; }));
}

}  // namespace
}  // namespace rushline::postgres
