// The only place where ports meet adapters, and where a handler becomes relevant for the rankings.
#include "app/wiring.hpp"

#include <fmt/format.h>

#include <atomic>
#include <string_view>

#include "adapters/embedded/in_process_ranking_board.hpp"
#include "adapters/postgres/postgres_coupon_store.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_idempotency_store.hpp"
#include "adapters/postgres/postgres_order_store.hpp"
#include "adapters/postgres/postgres_product_store.hpp"
#include "adapters/postgres/postgres_sales_store.hpp"
#include "adapters/postgres/shop_time_zone.hpp"
#include "adapters/postgres/standbys.hpp"
#include "adapters/sqlite/shop_time_zone.hpp"
#include "adapters/sqlite/sqlite_coupon_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "adapters/sqlite/sqlite_idempotency_store.hpp"
#include "adapters/sqlite/sqlite_order_store.hpp"
#include "adapters/sqlite/sqlite_product_store.hpp"
#include "adapters/sqlite/sqlite_sales_store.hpp"
#include "app/postgres_address.hpp"

namespace rushline::app {
namespace {

// The embedded default: one SQLite file, and the board in this process.
class EmbeddedBackend final : public Backend {
 public:
  EmbeddedBackend(std::unique_ptr<sqlite::SqliteDatabase> database, const Clock& clock)
      : database_(std::move(database)), counted_(*database_, clock) {}

  ops::CountedDatabase& database() override { return counted_; }
  catalog::ProductStore& products() override { return products_; }
  orders::Stock& stock() override { return stock_; }
  orders::OrderStore& orders() override { return orders_; }
  coupons::CouponStore& coupons() override { return coupons_; }
  ranking::SalesStore& sales() override { return sales_; }
  ranking::RankingBoard& board() override { return board_; }
  IdempotencyStore& idempotency() override { return idempotency_; }

  Result<void> keep_time_zone(Transaction& transaction, const std::string& zone) override {
    return sqlite::keep_shop_time_zone(transaction, zone);
  }

  void start(runtime::Threads& threads) override {
    threads.start("db-writer", [this] { database_->run_writer(); });
    for (std::size_t i = 0; i < database_->readers(); ++i) {
      threads.start(fmt::format("db-reader-{}", i), [this] { database_->run_reader(); });
    }
  }

  void stop() override { database_->stop(); }

 private:
  std::unique_ptr<sqlite::SqliteDatabase> database_;
  ops::CountedDatabase counted_;
  sqlite::SqliteProductStore products_;
  sqlite::SqliteStock stock_;
  sqlite::SqliteOrderStore orders_;
  sqlite::SqliteCouponStore coupons_;
  sqlite::SqliteSalesStore sales_;
  sqlite::SqliteIdempotencyStore idempotency_;
  embedded::InProcessRankingBoard board_;
};

// Shared with the question under way.
struct KnownStandbys {
  std::atomic<bool> is_asked = false;
  postgres::StandbyWatch watch;
};

ops::Standbys observe(const postgres::Standbys& seen) {
  const auto lag = [&seen](postgres::Stage stage) {
    return seen.lags[static_cast<std::size_t>(stage)];
  };
  return {.streaming = seen.streaming,
          .behind = seen.behind,
          .hidden = seen.hidden,
          .write_lag = lag(postgres::Stage::written),
          .flush_lag = lag(postgres::Stage::flushed),
          .replay_lag = lag(postgres::Stage::replayed)};
}

// One PostgreSQL that several servers share, and the Redis beside it. Without one each server has a
// board of its own, which follows the record as well.
class PostgresBackend final : public Backend {
 public:
  PostgresBackend(std::unique_ptr<postgres::PostgresDatabase> database,
                  std::unique_ptr<RedisSide> redis, const Clock& clock)
      : clock_(clock),
        database_(std::move(database)),
        counted_(*database_, clock),
        redis_(std::move(redis)) {}

  ops::CountedDatabase& database() override { return counted_; }
  catalog::ProductStore& products() override { return products_; }
  orders::Stock& stock() override { return stock_; }
  orders::OrderStore& orders() override { return orders_; }
  coupons::CouponStore& coupons() override { return coupons_; }
  ranking::SalesStore& sales() override { return sales_; }
  ranking::RankingBoard& board() override {
    if (redis_) return redis_->board();
    return board_;
  }
  RedisSide* redis() override { return redis_.get(); }

  ops::PrimaryObservation observe_primary() const override {
    const postgres::PrimaryState state = database_->primary();
    const postgres::Durability& durability = state.durability;
    return {.hosts = state.hosts,
            .connects = state.connects,
            .unconfirmed = state.unconfirmed,
            .stuck = database_->stuck(),
            .in_doubt = state.in_doubt,
            .hangs = state.hangs,
            .nobody_waits = state.hosts > 1 && !durability.names_standbys,
            .commits_local = !durability.waits_for_them,
            .fsync_off = !durability.flushes_to_disk,
            .standbys = observe(standbys_->watch.last())};
  }
  void look_at_standbys() override {
    if (standbys_->is_asked.exchange(true)) return;
    database_->read(
        [](Transaction& transaction) { return postgres::look_at_standbys(transaction); },
        [kept = standbys_, &clock = clock_](const Result<postgres::StandbyRow>& seen) {
          if (seen.has_value()) kept->watch.saw(*seen, clock.monotonic());
          kept->is_asked = false;
        });
  }
  IdempotencyStore& idempotency() override { return idempotency_; }

  Result<void> keep_time_zone(Transaction& transaction, const std::string& zone) override {
    return postgres::keep_shop_time_zone(transaction, zone);
  }

  void start(runtime::Threads& threads) override {
    for (auto& worker : database_->workers()) threads.start(worker.name, std::move(worker.body));
  }

  void stop() override { database_->stop(); }

 private:
  const Clock& clock_;  // constant
  std::unique_ptr<postgres::PostgresDatabase> database_;
  ops::CountedDatabase counted_;
  postgres::PostgresProductStore products_;
  postgres::PostgresStock stock_;
  postgres::PostgresOrderStore orders_;
  postgres::PostgresCouponStore coupons_;
  postgres::PostgresSalesStore sales_;
  postgres::PostgresIdempotencyStore idempotency_;
  embedded::InProcessRankingBoard board_;
  std::unique_ptr<RedisSide> redis_;  // null without Redis
  const std::shared_ptr<KnownStandbys> standbys_ = std::make_shared<KnownStandbys>();
};

Result<std::unique_ptr<Backend>> make_postgres_backend(const runtime::Settings& settings,
                                                       const ShopCalendar& calendar,
                                                       const Clock& clock) {
  std::unique_ptr<RedisSide> redis;
  if (!settings.redis_url.empty()) {
    auto opened = RedisSide::open(settings, calendar, clock);
    if (opened.has_error()) return std::move(opened).error();
    redis = std::move(*opened);
  }
  const auto address = postgres_address_of(settings);
  if (address.has_error()) return address.error();
  auto database = postgres::PostgresDatabase::open(
      *address, postgres::OpenMode::migrate,
      {.writers = settings.database_writers, .readers = settings.database_readers}, clock);
  if (database.has_error()) return std::move(database).error();
  return std::unique_ptr<Backend>(
      std::make_unique<PostgresBackend>(std::move(*database), std::move(redis), clock));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_backend(const runtime::Settings& settings,
                                              const ShopCalendar& calendar, const Clock& clock) {
  if (auto fits = runtime::check_redis(settings); fits.has_error()) return fits.error();
  if (is_postgres(settings)) return make_postgres_backend(settings, calendar, clock);
  // runtime/settings.cpp takes no other address of a database.
  constexpr std::string_view scheme = "sqlite:";
  RUSHLINE_ASSERT(settings.database_url.starts_with(scheme));
  auto database =
      sqlite::SqliteDatabase::open(settings.database_url.substr(scheme.size()),
                                   sqlite::OpenMode::migrate, settings.database_readers, clock);
  if (database.has_error()) return std::move(database).error();
  return std::unique_ptr<Backend>(std::make_unique<EmbeddedBackend>(std::move(*database), clock));
}

Result<Discount> OrderCoupons::check(Transaction& transaction, CouponId coupon,
                                     const UserId& user) {
  return events_.check_usable(transaction, coupon, user);
}

Result<void> OrderCoupons::use(Transaction& transaction, CouponId coupon, OrderId order) {
  return events_.use(transaction, coupon, order);
}

Result<void> OrderCoupons::give_back(Transaction& transaction, CouponId coupon, OrderId order) {
  return events_.give_back(transaction, coupon, order);
}

namespace {

coupons::WaitingRoom* waiting_room_of(Backend& backend) {
  return backend.redis() == nullptr ? nullptr : &backend.redis()->waiting_room();
}

coupons::AdmissionBounds bounds_of(const runtime::Settings& settings) {
  coupons::AdmissionBounds bounds;
  bounds.drain_interval = settings.drain_interval;
  bounds.line_cap = settings.line_max;
  // A database of its own that fails does not heal by itself.
  if (is_postgres(settings)) bounds.direct_retry_time = limits::direct_retry_time_max;
  return bounds;
}

}  // namespace

Wiring::Wiring(Backend& backend, const ShopCalendar& calendar, const Clock& clock,
               const runtime::Settings& settings, std::function<void()> wake_follower)
    : list(calendar.zone_name()),
      recorder(backend.sales(), calendar, std::move(wake_follower)),
      purchases(backend.sales(), recorder),
      follower(backend.database(), backend.sales(), backend.board(), list, calendar, clock),
      standing(backend.board(), list, backend.sales(), calendar),
      products(backend.products()),
      admission(backend.database(), backend.coupons(), calendar, clock, waiting_room_of(backend),
                bounds_of(settings)),
      events(backend.coupons(), [this](CouponEventId event) { admission.event_changed(event); }),
      order_coupons(events),
      orders(backend.orders(), backend.stock(), order_coupons,
             ranking::increases_product_ranking(recorder, orders::CompleteOrder{backend.orders()}),
             ranking::increases_product_ranking(
                 recorder, orders::CancelOrder{backend.orders(), backend.stock(), order_coupons}),
             settings.unpaid_time) {}

}  // namespace rushline::app
