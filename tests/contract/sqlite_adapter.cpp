// Runs a SqliteDatabase as a server would, and copies its files when a process would have died.
#include "tests/contract/sqlite_adapter.hpp"

#include <filesystem>
#include <thread>
#include <vector>

#include "adapters/sqlite/sqlite_coupon_store.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "adapters/sqlite/sqlite_idempotency_store.hpp"
#include "adapters/sqlite/sqlite_order_store.hpp"
#include "adapters/sqlite/sqlite_product_store.hpp"
#include "adapters/sqlite/sqlite_sales_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rushline::contract {
namespace {

// A database with its threads.
class RunningDatabase {
 public:
  RunningDatabase(const std::string& path, const Clock& clock)
      : database_(
            must(sqlite::SqliteDatabase::open(path, sqlite::OpenMode::migrate, readers, clock))) {
    threads_.emplace_back([this] { database_->run_writer(); });
    for (std::size_t i = 0; i < readers; ++i) {
      threads_.emplace_back([this] { database_->run_reader(); });
    }
  }
  ~RunningDatabase() {
    database_->stop();
    for (std::thread& thread : threads_) thread.join();
  }
  RunningDatabase(const RunningDatabase&) = delete;
  RunningDatabase& operator=(const RunningDatabase&) = delete;

  sqlite::SqliteDatabase& get() { return *database_; }

 private:
  static constexpr std::size_t readers = 2;
  std::unique_ptr<sqlite::SqliteDatabase> database_;
  std::vector<std::thread> threads_;
};

class SqliteAdapter final : public StoreAdapter {
 public:
  SqliteAdapter() { running_.emplace(folder_ / "rushline.db", clock_); }

  Database& database() override { return running_->get(); }
  IdempotencyStore& idempotency() override { return idempotency_; }
  catalog::ProductStore& products() override { return products_; }
  orders::Stock& stock() override { return stock_; }
  orders::OrderStore& orders() override { return orders_; }
  coupons::CouponStore& coupons() override { return coupons_; }
  ranking::SalesStore& sales() override { return sales_; }

  void stop() override { running_->get().stop(); }

  void crash() override {
    // A copy beside the open database: closing that would tidy up what a killed process leaves.
    namespace fs = std::filesystem;
    for (const std::string ending : {"", "-wal"}) {
      fs::copy_file(folder_ / ("rushline.db" + ending), (folder_ / "left.db") + ending,
                    fs::copy_options::overwrite_existing);
    }
  }

  void reopen() override {
    running_.reset();
    running_.emplace(folder_ / "left.db", clock_);
  }

 private:
  tests::TemporaryFolder folder_;
  tests::ManualClock clock_;
  sqlite::SqliteIdempotencyStore idempotency_;
  sqlite::SqliteProductStore products_;
  sqlite::SqliteStock stock_;
  sqlite::SqliteOrderStore orders_;
  sqlite::SqliteCouponStore coupons_;
  sqlite::SqliteSalesStore sales_;
  std::optional<RunningDatabase> running_;  // the last member: its threads end first
};

}  // namespace

std::unique_ptr<StoreAdapter> make_sqlite_adapter() { return std::make_unique<SqliteAdapter>(); }

}  // namespace rushline::contract
