// Numbered, checksummed steps from an empty file to the schema that this program needs.
//
// The steps are the files migrations/NNNN_name.sql, carried inside the program; core/migration.hpp
// says which databases are refused.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "adapters/sqlite/connection.hpp"
#include "core/migration.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace rushline::sqlite {

// In the order of their versions.
std::vector<Migration> known_migrations();

// Of the file at `path`; a file that does not exist has every step pending and is not made.
// Errc::schema_too_new when a newer program wrote it, Errc::corrupt when an applied step is not
// what this program knows, Errc::configuration when another program's database is at `path`; and
// the errors of Connection::open.
Result<std::vector<MigrationStatus>> migration_status(const std::string& path);

// Applies what is pending, all of it or nothing, and gives the steps that were pending. A dry run
// changes nothing. May be repeated, also by several programs at once. Errors as above.
Result<std::vector<MigrationStatus>> apply_migrations(const std::string& path, const Clock& clock,
                                                      bool dry_run);

// The same on an open connection and with given steps.
Result<std::vector<MigrationStatus>> migration_status(Connection& connection,
                                                      std::span<const Migration> known);
Result<std::vector<MigrationStatus>> apply_migrations(Connection& connection,
                                                      std::span<const Migration> known,
                                                      Timestamp now);

}  // namespace rushline::sqlite
