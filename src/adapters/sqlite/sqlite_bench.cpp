// What a coupon and a purchase cost on disk, beside a bare insert of as many rows.
//
// Each row of the output is one commit per iteration; items_per_second are rows. The bare inserts
// are what limits.md measured: one table, one unique index hit at random, the same settings.
#include <benchmark/benchmark.h>

#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/sqlite_coupon_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "adapters/sqlite/sqlite_sales_store.hpp"
#include "coupons/settle.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rushline::sqlite {
namespace {

class RealClock final : public Clock {
 public:
  Timestamp now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};

// Ids in an order that an index does not like, each once in 2^32 calls.
class Shuffled {
 public:
  std::string next(const char* prefix) {
    value_ += 2'654'435'769U;
    return prefix + std::to_string(value_);
  }

 private:
  std::uint32_t value_ = 0;
};

std::vector<UserId> next_users(Shuffled& ids, std::int64_t count) {
  std::vector<UserId> users;
  for (std::int64_t i = 0; i < count; ++i) users.push_back(*UserId::parse(ids.next("user-")));
  return users;
}

// A database with its writer thread.
struct Running {
  tests::TemporaryFolder folder;
  RealClock clock;
  std::unique_ptr<SqliteDatabase> database =
      *SqliteDatabase::open(folder / "bench.db", OpenMode::migrate, 1, clock);
  std::thread writer{[this] { database->run_writer(); }};

  ~Running() {
    database->stop();
    writer.join();
  }
};

coupons::CouponEvent large_event(Timestamp now) {
  coupons::CouponEvent event;
  event.name = "bench";
  event.quantity = 1'000'000'000;
  event.discount = {Discount::Kind::fixed, 100};
  event.created_at = now;
  return event;
}

void count_rows(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void bare_coupons(benchmark::State& state) {
  const tests::TemporaryFolder folder;
  auto connection = std::move(*Connection::open(folder / "bench.db", Access::create));
  connection
      ->run(
          "CREATE TABLE bare (id INTEGER PRIMARY KEY, event INTEGER, user TEXT, no INTEGER,"
          " issued_at INTEGER, UNIQUE (event, user))")
      .value();
  Shuffled ids;
  std::int64_t no = 0;
  for (auto _ : state) {
    const auto users = next_users(ids, state.range(0));
    connection->run("BEGIN IMMEDIATE").value();
    {
      Statement insert = connection->statement(
          "INSERT INTO bare (event, user, no, issued_at) VALUES (?, ?, ?, ?)");
      for (const UserId& user : users) {
        insert.bind(1, user, ++no, 1'700'000'000'000'000).run().value();
      }
    }
    connection->run("COMMIT").value();
  }
  count_rows(state);
}

void insert_coupons(benchmark::State& state) {
  Running running;
  SqliteCouponStore store;
  const CouponEventId event = *running.database->write_and_wait(
      [&](Transaction& tx) { return store.insert_event(tx, large_event(tx.now())); });
  Shuffled ids;
  std::int64_t no = 0;
  for (auto _ : state) {
    std::vector<coupons::Coupon> batch;
    for (const UserId& user : next_users(ids, state.range(0))) {
      batch.push_back({.id = {},
                       .event = event,
                       .user = user,
                       .issue_no = ++no,
                       .seq = std::nullopt,
                       .epoch = {1},
                       .discount = {Discount::Kind::fixed, 100},
                       .issued_at = Timestamp(std::chrono::seconds(1'700'000'000)),
                       .expires_at = std::nullopt,
                       .order_id = std::nullopt});
    }
    running.database
        ->write_and_wait([&](Transaction& tx) { return store.insert_coupons(tx, batch); })
        .value();
  }
  count_rows(state);
}

void settle(benchmark::State& state) {
  Running running;
  SqliteCouponStore store;
  const auto calendar = *ShopCalendar::in_zone("Asia/Seoul");
  const CouponEventId event = *running.database->write_and_wait(
      [&](Transaction& tx) { return store.insert_event(tx, large_event(tx.now())); });
  Shuffled ids;
  for (auto _ : state) {
    const auto users = next_users(ids, state.range(0));
    running.database
        ->write_and_wait([&](Transaction& tx) {
          return coupons::settle_direct(tx, store, calendar, event, std::nullopt, users);
        })
        .value();
  }
  count_rows(state);
}

void bare_purchases(benchmark::State& state) {
  const tests::TemporaryFolder folder;
  auto connection = std::move(*Connection::open(folder / "bench.db", Access::create));
  connection
      ->run(
          "CREATE TABLE bare (purchase TEXT, product TEXT, quantity INTEGER, day INTEGER, "
          "PRIMARY KEY (purchase, product)) WITHOUT ROWID")
      .value();
  Shuffled ids;
  for (auto _ : state) {
    connection->run("BEGIN IMMEDIATE").value();
    {
      Statement insert = connection->statement("INSERT INTO bare VALUES (?, ?, ?, ?)");
      for (std::int64_t i = 0; i < state.range(0); ++i) {
        const std::string purchase = ids.next("order-");
        insert.bind(purchase, std::string_view("product-1"), 1, 20'000).run().value();
      }
    }
    connection->run("COMMIT").value();
  }
  count_rows(state);
}

void insert_purchases(benchmark::State& state) {
  Running running;
  SqliteSalesStore store;
  Shuffled ids;
  for (auto _ : state) {
    std::vector<ranking::PurchaseLine> lines;
    std::vector<ranking::OutboxRow> outbox;
    const ProductId product = *ProductId::parse("product-1");
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      const auto purchase = *PurchaseId::parse(ids.next("order-"));
      lines.push_back({purchase, product, 1, Day{20'000}});
      outbox.push_back({product, 1, Day{20'000}, "purchase:" + std::string(purchase.view())});
    }
    running.database
        ->write_and_wait([&](Transaction& tx) -> Result<void> {
          store.insert_purchases(tx, lines).value();
          return store.append_outbox(tx, outbox);
        })
        .value();
  }
  count_rows(state);
}

#define RUSHLINE_COUPON_BENCH(function) \
  BENCHMARK(function)->Arg(1)->Arg(100)->Arg(1'000)->UseRealTime()->MeasureProcessCPUTime()

RUSHLINE_COUPON_BENCH(bare_coupons);
RUSHLINE_COUPON_BENCH(insert_coupons);
RUSHLINE_COUPON_BENCH(settle);
BENCHMARK(bare_purchases)->Arg(10'000)->UseRealTime()->MeasureProcessCPUTime();
BENCHMARK(insert_purchases)->Arg(10'000)->UseRealTime()->MeasureProcessCPUTime();

}  // namespace
}  // namespace rushline::sqlite
