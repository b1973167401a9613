// Comparing what a database remembers with what the program carries.
#include "core/migration.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>

#include "core/assert.hpp"

namespace rushline {

std::vector<Migration> migrations_of(std::span<const generated::File> files) {
  std::vector<Migration> known;
  for (const generated::File& file : files) {
    // 0001_name.sql
    const std::size_t underscore = file.name.find('_');
    const std::size_t dot = file.name.rfind(".sql");
    RUSHLINE_ASSERT(underscore == 4 && dot != std::string_view::npos);
    Migration step{0, file.name.substr(underscore + 1, dot - underscore - 1), file.bytes};
    std::from_chars(file.name.data(), file.name.data() + underscore, step.version);
    known.push_back(step);
    RUSHLINE_ASSERT(step.version == static_cast<std::int64_t>(known.size()));
  }
  return known;
}

std::string checksum_of(const Migration& migration) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const int done = EVP_Digest(migration.script.data(), migration.script.size(), digest.data(),
                              &size, EVP_sha256(), nullptr);
  RUSHLINE_ASSERT(done == 1 && size == 32);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

Result<std::vector<MigrationStatus>> migration_states(std::span<const AppliedMigration> applied,
                                                      std::span<const Migration> known,
                                                      std::string_view database) {
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const AppliedMigration& step = applied[i];
    if (i >= known.size()) {
      return fail(Errc::schema_too_new,
                  fmt::format("The database {} was written by a newer Rushline (schema {}, this "
                              "program knows up to {}). Install that version or a later one.",
                              database, applied.back().version, known.size()));
    }
    if (step.version != known[i].version || step.checksum != checksum_of(known[i])) {
      return fail(Errc::corrupt,
                  fmt::format("Schema step {} ({}) of the database {} is not the one that this "
                              "program knows ({} {}). Use the Rushline that wrote it, or restore a "
                              "backup.",
                              step.version, step.name, database, known[i].version, known[i].name));
    }
  }
  std::vector<MigrationStatus> states;
  for (const Migration& step : known) {
    const bool done = states.size() < applied.size();
    states.push_back({step.version, std::string(step.name),
                      done ? MigrationState::applied : MigrationState::pending});
  }
  return states;
}

}  // namespace rushline
