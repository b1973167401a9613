// One row of the table `meta`.
#include "adapters/sqlite/shop_time_zone.hpp"

#include <fmt/format.h>

#include "adapters/sqlite/sqlite_transaction.hpp"

namespace rushline::sqlite {

Result<std::optional<std::string>> shop_time_zone(Transaction& transaction) {
  return connection_of(transaction)
      .use("SELECT value FROM meta WHERE key = 'shop_time_zone'")
      .first([](Statement& row) { return row.string(0); });
}

Result<void> keep_shop_time_zone(Transaction& transaction, std::string_view zone) {
  auto kept = shop_time_zone(transaction);
  if (kept.has_error()) return kept.error();
  if (!*kept) {
    return connection_of(transaction)
        .use("INSERT INTO meta (key, value) VALUES ('shop_time_zone', ?)", zone)
        .run();
  }
  if (**kept == zone) return {};
  return fail(Errc::configuration,
              fmt::format("The sales in the database {} were counted on the days of {}, the "
                          "setting shop.time_zone says {}. Set it to {}, or start a new database.",
                          connection_of(transaction).path(), **kept, zone, **kept));
}

}  // namespace rushline::sqlite
