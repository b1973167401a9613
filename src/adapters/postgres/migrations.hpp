// Numbered, checksummed steps from an empty database to the schema that this program needs.
//
// The steps are the files migrations/NNNN_name.sql, carried inside the program; core/migration.hpp
// says which databases are refused. Everything is in a schema of its own, `rushline`, so that a
// shop's own tables may stand beside it.
#pragma once

#include <span>
#include <vector>

#include "adapters/postgres/connection.hpp"
#include "core/migration.hpp"

namespace rushline::postgres {

// In the order of their versions.
std::vector<Migration> known_migrations();

// Of the database at `address`; an empty one has every step pending and stays empty.
// Errc::schema_too_new, Errc::corrupt as core/migration.hpp says; Errc::unavailable.
Result<std::vector<MigrationStatus>> migration_status(const Address& address, const Clock& clock);

// Applies what is pending, all of it or nothing, and gives the steps that were pending. A dry run
// changes nothing. May be repeated, also by several programs at once: they take turns.
Result<std::vector<MigrationStatus>> apply_migrations(const Address& address, const Clock& clock,
                                                      bool dry_run);

// The same on an open connection and with given steps.
Result<std::vector<MigrationStatus>> migration_status(Connection& connection,
                                                      std::span<const Migration> known);
Result<std::vector<MigrationStatus>> apply_migrations(Connection& connection,
                                                      std::span<const Migration> known);

}  // namespace rushline::postgres
