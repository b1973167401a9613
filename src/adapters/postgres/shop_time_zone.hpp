// The time zone whose days the stored sales were counted on.
//
// It is written down when a database is first used; with another zone the days of old and new sales
// would not fit together, so it can be refused later.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/database.hpp"

namespace rushline::postgres {

// Called inside a unit of work of a PostgresDatabase. Nothing when none was kept yet.
Result<std::optional<std::string>> shop_time_zone(Transaction& transaction);

// Keeps `zone` when none was kept yet. Errc::configuration when it is another one. May be repeated.
Result<void> keep_shop_time_zone(Transaction& transaction, std::string_view zone);

}  // namespace rushline::postgres
