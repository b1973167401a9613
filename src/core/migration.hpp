// Steps of a database schema: what a program carries, what a database remembers, and how the two
// may differ.
//
// A step is a file NNNN_name.sql inside the program. A step that was applied once must never
// change: a database that remembers another checksum is refused. The database adapters apply them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/embedded_file.hpp"
#include "core/result.hpp"

namespace rushline {

// One step as the program carries it.
struct Migration {
  std::int64_t version = 0;  // 1, 2, 3 ...
  std::string_view name;     // "coupons" of 0003_coupons.sql
  std::string_view script;
};

enum class MigrationState : std::uint8_t { applied, pending };

struct MigrationStatus {
  std::int64_t version = 0;
  std::string name;
  MigrationState state = MigrationState::pending;

  bool operator==(const MigrationStatus&) const = default;
};

// One step as a database remembers it.
struct AppliedMigration {
  std::int64_t version = 0;
  std::string name;
  std::string checksum;
};

// The steps of `files` in the order of their names, which number them from 0001 without a gap.
std::vector<Migration> migrations_of(std::span<const generated::File> files);

// What a database remembers of a script: its SHA-256 in hex.
std::string checksum_of(const Migration& migration);

// The state of each known step of the database that people know as `database`, where `applied` is
// in the order of the versions. Errc::schema_too_new when a newer program wrote it, Errc::corrupt
// when an applied step is not the one that is known.
Result<std::vector<MigrationStatus>> migration_states(std::span<const AppliedMigration> applied,
                                                      std::span<const Migration> known,
                                                      std::string_view database);

}  // namespace rushline
