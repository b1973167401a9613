// Will what was committed still be there, and can a server work on it?
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/limits.hpp"
#include "doctor/rules.hpp"

namespace rushline::doctor {
namespace {

void examine_schema(const SchemaFacts& schema, Findings& found) {
  if (schema.refusal) {
    found.push_back({Severity::critical, "schema_refused", *schema.refusal,
                     "A server of this version does not start on it.",
                     "Start the version that wrote it, or name another database."});
  } else if (!schema.pending.empty()) {
    found.push_back({Severity::note, "schema_pending",
                     fmt::format("{} steps of the schema are not applied yet: {}.",
                                 schema.pending.size(), fmt::join(schema.pending, ", ")),
                     "The next server that starts applies them, which may take its time.",
                     "Run `rushline migrate up` at a quiet hour, before the servers."});
  }
}

void examine_zone(const Facts& facts, Findings& found) {
  const auto& kept = facts.database.kept_time_zone;
  if (!kept || *kept == facts.intended.time_zone) return;
  found.push_back({Severity::critical, "time_zone_differs",
                   fmt::format("The database was made with the time zone {}, and shop.time_zone "
                               "is {}.",
                               *kept, facts.intended.time_zone),
                   "A server refuses to start: stored sales would stand on the wrong days.",
                   fmt::format("Set shop.time_zone to {}.", *kept)});
}

void examine_clock(const DatabaseFacts& database, Findings& found) {
  if (!database.clock_ahead ||
      std::chrono::abs(*database.clock_ahead) <= limits::clock_difference_max) {
    return;
  }
  found.push_back({Severity::warning, "database_clock_differs",
                   fmt::format("The clock of the database is {} ms {} this machine's.",
                               std::chrono::abs(*database.clock_ahead).count(),
                               database.clock_ahead->count() > 0 ? "ahead of" : "behind"),
                   "Events open and close, orders expire and days begin by the database's clock; "
                   "what people see here differs from it.",
                   "Let both machines take their time from the same source (chrony, NTP)."});
}

void examine_disk(const SqliteFacts& sqlite, Findings& found) {
  if (!sqlite.disk_bytes || sqlite.disk_bytes->total <= 0) return;
  const auto& disk = *sqlite.disk_bytes;
  const bool is_short = disk.free < limits::disk_free_bytes_min ||
                        disk.free < disk.total / 100 * limits::disk_free_percent_min;
  if (!is_short) return;
  constexpr std::int64_t mebibyte = 1024 * 1024;
  found.push_back(
      {disk.free < limits::disk_free_bytes_min / 10 ? Severity::critical : Severity::warning,
       "disk_nearly_full",
       fmt::format("{} MiB of {} MiB are free where {} is.", disk.free / mebibyte,
                   disk.total / mebibyte, sqlite.path),
       "On a full disk every write is refused with 503.",
       "Make room, or move the database to a larger disk."});
}

void examine_sqlite(const SqliteFacts& sqlite, Findings& found) {
  constexpr std::array<std::string_view, 8> networks = {"nfs",  "cifs", "smb2", "9p",
                                                        "ceph", "afs",  "fuse", "virtiofs"};
  const std::string system = sqlite.file_system.value_or("");
  if (std::ranges::find(networks, system) != networks.end()) {
    found.push_back(
        {Severity::critical, "sqlite_on_a_network",
         fmt::format("{} is on a file system of another machine ({}).", sqlite.path, system),
         "Its locks and fsyncs may not be true: commits can be lost, the file broken.",
         "Put it on a disk of this machine, or use PostgreSQL."});
  }
  if (system == "tmpfs" || system == "ramfs") {
    found.push_back({Severity::critical, "sqlite_in_memory",
                     fmt::format("{} is on a {}: in memory.", sqlite.path, system),
                     "Everything is lost when the machine restarts.",
                     "Put it on a disk: --database sqlite:PATH."});
  }
  if (!sqlite.folder_is_writable) {
    found.push_back({Severity::critical, "sqlite_not_writable",
                     fmt::format("The folder of {} cannot be written to.", sqlite.path),
                     "A server cannot make the file, nor its log beside it.",
                     "Let the user of the server write there, or name another path."});
  }
  if (sqlite.exists && sqlite.journal_mode && *sqlite.journal_mode != "wal") {
    found.push_back(
        {Severity::warning, "sqlite_not_wal",
         fmt::format("The journal mode of {} is {}.", sqlite.path, *sqlite.journal_mode),
         "Somebody else has changed it, or its file system cannot do better; readers "
         "and the writer then wait for each other.",
         "Start a server, which sets it to wal; if it does not stay, move the file."});
  }
  examine_disk(sqlite, found);
}

void examine_durability(const PostgresFacts& postgres, std::int64_t hosts, Findings& found) {
  if (postgres.fsync == false) {
    found.push_back({Severity::critical, "database_fsync_off", "PostgreSQL runs with fsync = off.",
                     "A power failure can break the database and take back coupons that were "
                     "told.",
                     "Set fsync = on and restart PostgreSQL."});
  }
  if (postgres.full_page_writes == false) {
    found.push_back({Severity::critical, "postgres_full_page_writes_off",
                     "PostgreSQL runs with full_page_writes = off.",
                     "A power failure in the middle of a page breaks the database, unless its disk "
                     "writes pages whole.",
                     "Set full_page_writes = on, if you do not know that the file system writes "
                     "pages whole (ZFS does)."});
  }
  const std::string commit = postgres.synchronous_commit.value_or("on");
  const bool has_standbys = postgres.standbys.value_or(0) > 0 || hosts > 1;
  if (commit == "off" || (commit == "local" && has_standbys)) {
    found.push_back({Severity::critical, "database_commits_local",
                     fmt::format("synchronous_commit is {}.", commit),
                     "PostgreSQL says that a commit is done before it is safe: a coupon that was "
                     "told can be gone after a crash or a failover.",
                     "Set synchronous_commit = on, for this user or for the server."});
  }
  if (has_standbys && postgres.synchronous_standby_names == "") {
    found.push_back({hosts > 1 ? Severity::critical : Severity::warning,
                     "database_no_standby_waited_for",
                     "Standbys follow, and synchronous_standby_names is empty.",
                     "A failover to one of them loses the last commits, which were told.",
                     "Set synchronous_standby_names, such as 'ANY 1 (a, b)'."});
  }
}

void examine_postgres(const Facts& facts, const PostgresFacts& postgres, Findings& found) {
  examine_durability(postgres, facts.intended.database_hosts, found);
  const std::int64_t needed = facts.intended.database_connections;
  if (postgres.connections && postgres.connections->free < needed) {
    found.push_back({postgres.connections->total < needed ? Severity::critical : Severity::warning,
                     "postgres_connections_short",
                     fmt::format("PostgreSQL has {} connections left of {}; one server takes {}.",
                                 postgres.connections->free, postgres.connections->total, needed),
                     "One more server does not get its connections; what needs them waits or is "
                     "refused with 503. Those of servers that already run count as taken.",
                     "Raise max_connections, lower database.readers and database.writers, or put "
                     "a pooler in between (database.pooler)."});
  }
  if (postgres.is_superuser) {
    found.push_back({Severity::warning, "postgres_superuser",
                     "The server's user is a superuser of PostgreSQL.",
                     "Whoever takes over the server has the whole database server.",
                     "Make a user that owns the schema `rushline` and nothing else."});
  }
}

}  // namespace

void examine_database(const Facts& facts, Findings& found) {
  const DatabaseFacts& database = facts.database;
  if (database.unreachable) {
    found.push_back({Severity::critical, "database_unreachable",
                     fmt::format("The database {} cannot be looked at: {}", database.name,
                                 *database.unreachable),
                     "A server does not start; one that runs answers 503.",
                     "Check the address, the user and that it runs; see `rushline config show "
                     "--origin`."});
  } else {
    examine_schema(database.schema, found);
    examine_zone(facts, found);
    examine_clock(database, found);
    if (database.postgres) examine_postgres(facts, *database.postgres, found);
  }
  if (database.sqlite) examine_sqlite(*database.sqlite, found);
}

}  // namespace rushline::doctor
