// Runs a PostgresDatabase as a server would, and cuts its sessions when a process would have died.
#include "tests/contract/postgres_adapter.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "adapters/postgres/postgres_coupon_store.hpp"
#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_idempotency_store.hpp"
#include "adapters/postgres/postgres_order_store.hpp"
#include "adapters/postgres/postgres_product_store.hpp"
#include "adapters/postgres/postgres_sales_store.hpp"
#include "runtime/system_clock.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/running_postgres.hpp"

namespace rushline::contract {
namespace {

using postgres::Address;
using postgres::Pooler;
using postgres::PoolSize;
using tests::PgBouncer;
using tests::PostgresServer;
using tests::RunningPostgres;

class PostgresAdapter final : public StoreAdapter {
 public:
  PostgresAdapter(std::size_t writers, Pooler pooler)
      : name_(PostgresServer::shared().create_database()),
        address_(must(Address::parse(pooler == Pooler::none ? PostgresServer::shared().url(name_)
                                                            : PgBouncer::shared().url(name_),
                                     pooler))),
        size_{writers, 2} {
    running_.emplace(address_, size_, clock_);
  }

  Database& database() override { return running_->get(); }
  IdempotencyStore& idempotency() override { return idempotency_; }
  catalog::ProductStore& products() override { return products_; }
  orders::Stock& stock() override { return stock_; }
  orders::OrderStore& orders() override { return orders_; }
  coupons::CouponStore& coupons() override { return coupons_; }
  ranking::SalesStore& sales() override { return sales_; }

  void stop() override { running_->get().stop(); }

  void crash() override {
    const std::string others = fmt::format(
        "FROM pg_stat_activity WHERE datname = '{}' AND pid != pg_backend_pid()", name_);
    PostgresServer& server = PostgresServer::shared();
    server.query("postgres", "SELECT count(pg_terminate_backend(pid)) " + others);
    if (!tests::eventually(
            [&] { return server.query("postgres", "SELECT count(*) " + others) == "0"; })) {
      throw std::runtime_error("sessions did not end");
    }
  }

  void reopen() override {
    running_.reset();
    running_.emplace(address_, size_, clock_);
  }

 private:
  const std::string name_;
  const Address address_;
  const PoolSize size_;
  runtime::SystemClock clock_;
  postgres::PostgresIdempotencyStore idempotency_;
  postgres::PostgresProductStore products_;
  postgres::PostgresStock stock_;
  postgres::PostgresOrderStore orders_;
  postgres::PostgresCouponStore coupons_;
  postgres::PostgresSalesStore sales_;
  std::optional<RunningPostgres> running_;  // the last member: its threads end first
};

}  // namespace

std::unique_ptr<StoreAdapter> make_postgres_adapter() {
  return std::make_unique<PostgresAdapter>(1, Pooler::none);
}

std::unique_ptr<StoreAdapter> make_crowded_postgres_adapter() {
  return std::make_unique<PostgresAdapter>(4, Pooler::none);
}

std::unique_ptr<StoreAdapter> make_pooled_postgres_adapter() {
  return std::make_unique<PostgresAdapter>(1, Pooler::transaction);
}

bool has_postgres() { return PostgresServer::is_installed(); }
bool has_pgbouncer() { return has_postgres() && PgBouncer::is_installed(); }

}  // namespace rushline::contract
