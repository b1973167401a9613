// One row of the table `meta`.
#include "adapters/postgres/shop_time_zone.hpp"

#include <fmt/format.h>

#include "adapters/postgres/postgres_transaction.hpp"

namespace rushline::postgres {

Result<std::optional<std::string>> shop_time_zone(Transaction& transaction) {
  return connection_of(transaction)
      .use("SELECT value FROM rushline.meta WHERE key = 'shop_time_zone'")
      .first([](Rows& row) { return row.string(0); });
}

Result<void> keep_shop_time_zone(Transaction& transaction, std::string_view zone) {
  Connection& connection = connection_of(transaction);
  // Of several servers that start at once the first decides; the others read what it wrote.
  connection.before_next(
      "INSERT INTO rushline.meta (key, value) VALUES ('shop_time_zone', $1) "
      "ON CONFLICT DO NOTHING",
      zone);
  auto kept = shop_time_zone(transaction);
  if (kept.has_error()) return kept.error();
  if (*kept && **kept == zone) return {};
  return fail(Errc::configuration,
              fmt::format("The sales in the PostgreSQL database {} were counted on the days of {}, "
                          "the setting shop.time_zone says {}. Set it to the former, or start a "
                          "new database.",
                          connection.name(), kept->value_or("another zone"), zone));
}

}  // namespace rushline::postgres
