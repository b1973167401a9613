// Reads the file's own words: its schema, its journal, its time zone.
#include "adapters/sqlite/sqlite_facts.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "adapters/sqlite/connection.hpp"
#include "adapters/sqlite/migrations.hpp"

namespace rushline::sqlite {
namespace {

doctor::SchemaFacts schema_of(const std::string& path) {
  const auto steps = migration_status(path);
  if (steps.has_error()) return {.refusal = steps.error().detail};
  doctor::SchemaFacts schema;
  for (const MigrationStatus& step : *steps) {
    if (step.state == MigrationState::applied) {
      ++schema.applied;
    } else {
      schema.pending.push_back(fmt::format("{:04}_{}", step.version, step.name));
    }
  }
  return schema;
}

std::optional<std::string> text_of(Connection& connection, Sql sql) {
  const auto text = connection.use(sql).first([](Statement& row) { return row.string(0); });
  return text.has_value() ? *text : std::nullopt;
}

}  // namespace

doctor::DatabaseFacts look_at(const std::string& path) {
  doctor::DatabaseFacts facts{.name = path, .sqlite = doctor::SqliteFacts{.path = path}};
  std::error_code ignored;
  facts.sqlite->exists = std::filesystem::is_regular_file(path, ignored);
  if (!facts.sqlite->exists) return facts;
  auto opened = Connection::open(path, Access::read_only);
  if (opened.has_error()) {
    facts.unreachable = opened.error().detail;
    return facts;
  }
  Connection& connection = **opened;
  facts.schema = schema_of(path);
  facts.sqlite->journal_mode = text_of(connection, "PRAGMA journal_mode");
  facts.kept_time_zone = text_of(connection, "SELECT value FROM meta WHERE key = 'shop_time_zone'");
  return facts;
}

}  // namespace rushline::sqlite
