// Opens a database with its threads, and takes the time zone that is written down in it.
#include "app/stored_shop.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "adapters/postgres/postgres_database.hpp"
#include "adapters/postgres/postgres_records.hpp"
#include "adapters/postgres/postgres_sales_store.hpp"
#include "adapters/postgres/shop_time_zone.hpp"
#include "adapters/sqlite/shop_time_zone.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "adapters/sqlite/sqlite_records.hpp"
#include "adapters/sqlite/sqlite_sales_store.hpp"
#include "app/failure.hpp"
#include "app/postgres_address.hpp"
#include "runtime/system_clock.hpp"
#include "runtime/threads.hpp"

namespace rushline::app {

struct StoredShop::Parts {
  virtual ~Parts() = default;

  virtual Database& database() = 0;
  virtual verify::Records& records() = 0;
  virtual ranking::SalesStore& sales() = 0;
  virtual Result<std::optional<std::string>> time_zone(Transaction& transaction) = 0;

  std::optional<ShopCalendar> calendar;
};

namespace {

void start(sqlite::SqliteDatabase& database, runtime::Threads& threads) {
  threads.start("db-writer", [&database] { database.run_writer(); });
  threads.start("db-reader", [&database] { database.run_reader(); });
}

void start(postgres::PostgresDatabase& database, runtime::Threads& threads) {
  for (auto& worker : database.workers()) threads.start(worker.name, std::move(worker.body));
}

// A database with one thread that writes and one that reads, at least.
template <class Base, class Opened, class Records, class Sales>
struct PartsOf : Base {
  using ReadZone = Result<std::optional<std::string>> (*)(Transaction&);

  template <class Open>
  PartsOf(Open open, ReadZone read_zone) : opened(open(clock)), zone(read_zone) {
    start(*opened, threads);
  }
  ~PartsOf() override {
    opened->stop();
    threads.join();
  }
  PartsOf(const PartsOf&) = delete;
  PartsOf& operator=(const PartsOf&) = delete;

  Database& database() override { return *opened; }
  verify::Records& records() override { return stored; }
  ranking::SalesStore& sales() override { return sales_store; }
  Result<std::optional<std::string>> time_zone(Transaction& transaction) override {
    return zone(transaction);
  }

  runtime::SystemClock clock;
  std::unique_ptr<Opened> opened;
  ReadZone zone;
  Records stored;
  Sales sales_store;
  runtime::Threads threads;
};

template <class Base>
std::unique_ptr<Base> open_parts(const runtime::Settings& settings) {
  if (is_postgres(settings)) {
    const auto open = [&](const Clock& clock) {
      return value_or_fail(postgres::PostgresDatabase::open(
          value_or_fail(postgres_address_of(settings)), postgres::OpenMode::existing,
          {.writers = 1, .readers = 1}, clock));
    };
    using Parts = PartsOf<Base, postgres::PostgresDatabase, postgres::PostgresRecords,
                          postgres::PostgresSalesStore>;
    return std::make_unique<Parts>(open, &postgres::shop_time_zone);
  }
  const auto open = [&](const Clock& clock) {
    return value_or_fail(sqlite::SqliteDatabase::open(sqlite_path_of(settings),
                                                      sqlite::OpenMode::existing, 1, clock));
  };
  using Parts =
      PartsOf<Base, sqlite::SqliteDatabase, sqlite::SqliteRecords, sqlite::SqliteSalesStore>;
  return std::make_unique<Parts>(open, &sqlite::shop_time_zone);
}

}  // namespace

StoredShop::StoredShop(const runtime::Settings& settings) : parts_(open_parts<Parts>(settings)) {
  const std::optional<std::string> kept = value_or_fail(parts_->database().read_and_wait(
      [this](Transaction& transaction) { return parts_->time_zone(transaction); }));
  parts_->calendar = value_or_fail(ShopCalendar::in_zone(kept.value_or(settings.time_zone)));
}

StoredShop::~StoredShop() = default;

Database& StoredShop::database() { return parts_->database(); }
verify::Records& StoredShop::records() { return parts_->records(); }
ranking::SalesStore& StoredShop::sales() { return parts_->sales(); }
const ShopCalendar& StoredShop::calendar() const { return *parts_->calendar; }

std::string sqlite_path_of(const runtime::Settings& settings) {
  constexpr std::string_view scheme = "sqlite:";
  if (!settings.database_url.starts_with(scheme)) {
    throw VerbFailure(ExitCode::configuration, "configuration", "the database is not a SQLite file",
                      "write --database sqlite:PATH");
  }
  return settings.database_url.substr(scheme.size());
}

}  // namespace rushline::app
