// The database of a shop, opened by a verb beside the server or without one.
#pragma once

#include <memory>

#include "core/database.hpp"
#include "core/shop_calendar.hpp"
#include "ranking/sales_store.hpp"
#include "runtime/settings.hpp"
#include "verify/records.hpp"

namespace rushline::app {

// Never makes a database and never migrates one. Used by one thread.
class StoredShop {
 public:
  // Throws StartFailure: the database is not there, is not of this program's schema, cannot be
  // read.
  explicit StoredShop(const runtime::Settings& settings);
  ~StoredShop();

  Database& database();
  verify::Records& records();
  ranking::SalesStore& sales();
  // In the time zone on whose days the stored sales were counted.
  const ShopCalendar& calendar() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// The file behind sqlite:PATH. Throws StartFailure for any other address.
std::string sqlite_path_of(const runtime::Settings& settings);

}  // namespace rushline::app
