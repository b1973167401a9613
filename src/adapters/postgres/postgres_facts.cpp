// Settings as the session that asks has them: a user or a database may have its own.
#include "adapters/postgres/postgres_facts.hpp"

#include <fmt/format.h>

#include <map>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/migrations.hpp"

namespace rushline::postgres {
namespace {

using std::chrono::milliseconds;

doctor::SchemaFacts schema_of(Connection& connection) {
  const auto steps = migration_status(connection, known_migrations());
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

// The database's clock against ours in the middle of the question.
std::optional<milliseconds> clock_ahead(Connection& connection, const Clock& clock) {
  const Timestamp before = clock.now();
  const auto there = connection.use("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
                         .first([](Rows& row) { return milliseconds(row.integer(0)); });
  if (there.has_error() || !*there) return std::nullopt;
  const Timestamp here = before + (clock.now() - before) / 2;
  return **there - std::chrono::floor<milliseconds>(here.time_since_epoch());
}

std::optional<bool> is_on(const std::map<std::string, std::string>& settings, const char* name) {
  const auto found = settings.find(name);
  if (found == settings.end()) return std::nullopt;
  return found->second == "on";
}

void look_at_settings(Connection& connection, doctor::PostgresFacts& facts) {
  std::map<std::string, std::string> settings;
  Rows rows = connection.use(
      "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', "
      "'synchronous_commit', 'synchronous_standby_names', 'server_version')");
  while (rows.step()) settings[rows.string(0)] = rows.string(1);
  if (rows.error()) return;
  facts.version = settings["server_version"];
  facts.fsync = is_on(settings, "fsync");
  facts.full_page_writes = is_on(settings, "full_page_writes");
  facts.synchronous_commit = settings["synchronous_commit"];
  // Hidden from those who may not see it.
  if (settings.contains("synchronous_standby_names")) {
    facts.synchronous_standby_names = settings["synchronous_standby_names"];
  }
}

// Behind a pooler the server's own limit is not the one that counts.
void look_at_load(Connection& connection, doctor::PostgresFacts& facts) {
  const auto standbys =
      connection.use("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
          .first([](Rows& row) { return row.integer(0); });
  if (standbys.has_value()) facts.standbys = *standbys;
  const auto superuser =
      connection.use("SELECT current_setting('is_superuser') = 'on'").first([](Rows& row) {
        return row.integer(0) != 0;
      });
  facts.is_superuser = superuser.has_value() && superuser->value_or(false);
  if (connection.pooler() != Pooler::none) return;
  const auto room =
      connection
          .use(
              "SELECT total - used, total FROM (SELECT current_setting('max_connections')::bigint "
              "- current_setting('superuser_reserved_connections')::bigint AS total, "
              "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND "
              "pid <> pg_backend_pid()) AS used) AS connections")
          .first([](Rows& row) {
            return doctor::Room{row.integer(0), row.integer(1)};
          });
  if (room.has_value()) facts.connections = *room;
}

std::optional<std::string> kept_zone(Connection& connection) {
  const auto zone = connection.use("SELECT value FROM rushline.meta WHERE key = 'shop_time_zone'")
                        .first([](Rows& row) { return row.string(0); });
  return zone.has_value() ? *zone : std::nullopt;
}

}  // namespace

doctor::DatabaseFacts look_at(const Address& address, const Clock& clock) {
  doctor::DatabaseFacts facts{.name = address.name()};
  auto opened = Connection::open(address, clock);
  if (opened.has_error()) {
    facts.unreachable = opened.error().detail;
    return facts;
  }
  Connection& connection = **opened;
  facts.postgres.emplace();
  look_at_settings(connection, *facts.postgres);
  look_at_load(connection, *facts.postgres);
  facts.clock_ahead = clock_ahead(connection, clock);
  facts.schema = schema_of(connection);
  if (facts.schema.applied > 0) facts.kept_time_zone = kept_zone(connection);
  if (connection.is_lost()) facts.unreachable = connection.last_error()->detail;
  return facts;
}

}  // namespace rushline::postgres
