// The only place where ports meet adapters, and where a handler becomes relevant for the rankings.
#include "app/wiring.hpp"

#include <fmt/format.h>

#include <string_view>

#include "adapters/embedded/in_process_ranking_board.hpp"
#include "adapters/postgres/postgres_coupon_store.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_idempotency_store.hpp"
#include "adapters/postgres/postgres_order_store.hpp"
#include "adapters/postgres/postgres_product_store.hpp"
#include "adapters/postgres/postgres_sales_store.hpp"
#include "adapters/postgres/shop_time_zone.hpp"
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
  explicit EmbeddedBackend(std::unique_ptr<sqlite::SqliteDatabase> database)
      : database_(std::move(database)), counted_(*database_) {}

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

// One PostgreSQL that several servers share; each has a board of its own that follows the record.
class PostgresBackend final : public Backend {
 public:
  explicit PostgresBackend(std::unique_ptr<postgres::PostgresDatabase> database)
      : database_(std::move(database)), counted_(*database_) {}

  ops::CountedDatabase& database() override { return counted_; }
  catalog::ProductStore& products() override { return products_; }
  orders::Stock& stock() override { return stock_; }
  orders::OrderStore& orders() override { return orders_; }
  coupons::CouponStore& coupons() override { return coupons_; }
  ranking::SalesStore& sales() override { return sales_; }
  ranking::RankingBoard& board() override { return board_; }
  IdempotencyStore& idempotency() override { return idempotency_; }

  Result<void> keep_time_zone(Transaction& transaction, const std::string& zone) override {
    return postgres::keep_shop_time_zone(transaction, zone);
  }

  void start(runtime::Threads& threads) override {
    for (std::size_t i = 0; i < database_->size().writers; ++i) {
      threads.start(fmt::format("db-writer-{}", i), [this] { database_->run_writer(); });
    }
    for (std::size_t i = 0; i < database_->size().readers; ++i) {
      threads.start(fmt::format("db-reader-{}", i), [this] { database_->run_reader(); });
    }
  }

  void stop() override { database_->stop(); }

 private:
  std::unique_ptr<postgres::PostgresDatabase> database_;
  ops::CountedDatabase counted_;
  postgres::PostgresProductStore products_;
  postgres::PostgresStock stock_;
  postgres::PostgresOrderStore orders_;
  postgres::PostgresCouponStore coupons_;
  postgres::PostgresSalesStore sales_;
  postgres::PostgresIdempotencyStore idempotency_;
  embedded::InProcessRankingBoard board_;
};

Result<std::unique_ptr<Backend>> make_postgres_backend(const runtime::Settings& settings,
                                                       const Clock& clock) {
  const auto address = postgres_address_of(settings);
  if (address.has_error()) return address.error();
  auto database = postgres::PostgresDatabase::open(
      *address, postgres::OpenMode::migrate,
      {.writers = settings.database_writers, .readers = settings.database_readers}, clock);
  if (database.has_error()) return std::move(database).error();
  return std::unique_ptr<Backend>(std::make_unique<PostgresBackend>(std::move(*database)));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_backend(const runtime::Settings& settings,
                                              const Clock& clock) {
  if (is_postgres(settings)) return make_postgres_backend(settings, clock);
  // runtime/settings.cpp takes no other address of a database.
  constexpr std::string_view scheme = "sqlite:";
  RUSHLINE_ASSERT(settings.database_url.starts_with(scheme));
  auto database =
      sqlite::SqliteDatabase::open(settings.database_url.substr(scheme.size()),
                                   sqlite::OpenMode::migrate, settings.database_readers, clock);
  if (database.has_error()) return std::move(database).error();
  return std::unique_ptr<Backend>(std::make_unique<EmbeddedBackend>(std::move(*database)));
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

Wiring::Wiring(Backend& backend, const ShopCalendar& calendar, const Clock& clock,
               std::chrono::minutes unpaid_time, std::function<void()> wake_follower)
    : list(calendar.zone_name()),
      recorder(backend.sales(), calendar, std::move(wake_follower)),
      purchases(backend.sales(), recorder),
      follower(backend.database(), backend.sales(), backend.board(), list, calendar),
      products(backend.products()),
      admission(backend.database(), backend.coupons(), calendar, clock),
      events(backend.coupons(), [this](CouponEventId event) { admission.event_changed(event); }),
      order_coupons(events),
      orders(backend.orders(), backend.stock(), order_coupons,
             ranking::increases_product_ranking(recorder, orders::CompleteOrder{backend.orders()}),
             ranking::increases_product_ranking(
                 recorder, orders::CancelOrder{backend.orders(), backend.stock(), order_coupons}),
             unpaid_time) {}

}  // namespace rushline::app
