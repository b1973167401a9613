// Opens a database with its threads, and takes the time zone that is written down in it.
#include "app/stored_shop.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "adapters/sqlite/shop_time_zone.hpp"
#include "adapters/sqlite/sqlite_database.hpp"
#include "adapters/sqlite/sqlite_records.hpp"
#include "adapters/sqlite/sqlite_sales_store.hpp"
#include "app/failure.hpp"
#include "runtime/system_clock.hpp"
#include "runtime/threads.hpp"

namespace rushline::app {

struct StoredShop::Parts {
  explicit Parts(const runtime::Settings& settings)
      : database(value_or_fail(sqlite::SqliteDatabase::open(
            sqlite_path_of(settings), sqlite::OpenMode::existing, 1, clock))) {
    threads.start("db-writer", [this] { database->run_writer(); });
    threads.start("db-reader", [this] { database->run_reader(); });
  }
  ~Parts() {
    database->stop();
    threads.join();
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  runtime::SystemClock clock;
  std::unique_ptr<sqlite::SqliteDatabase> database;
  sqlite::SqliteRecords records;
  sqlite::SqliteSalesStore sales;
  std::optional<ShopCalendar> calendar;
  runtime::Threads threads;
};

StoredShop::StoredShop(const runtime::Settings& settings)
    : parts_(std::make_unique<Parts>(settings)) {
  const std::optional<std::string> kept = value_or_fail(parts_->database->read_and_wait(
      [](Transaction& transaction) { return sqlite::shop_time_zone(transaction); }));
  parts_->calendar = value_or_fail(ShopCalendar::in_zone(kept.value_or(settings.time_zone)));
}

StoredShop::~StoredShop() = default;

Database& StoredShop::database() { return *parts_->database; }
verify::Records& StoredShop::records() { return parts_->records; }
ranking::SalesStore& StoredShop::sales() { return parts_->sales; }
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
