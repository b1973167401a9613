// The PostgreSQL that the settings name.
#pragma once

#include "adapters/postgres/address.hpp"
#include "runtime/settings.hpp"

namespace rushline::app {

// Otherwise the database is a SQLite file.
inline bool is_postgres(const runtime::Settings& settings) {
  return settings.database_url.starts_with("postgres");
}

// Errc::configuration when the URL cannot be read.
inline Result<postgres::Address> postgres_address_of(const runtime::Settings& settings) {
  return postgres::Address::parse(settings.database_url, settings.database_pooled
                                                             ? postgres::Pooler::transaction
                                                             : postgres::Pooler::none);
}

}  // namespace rushline::app
