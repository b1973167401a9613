// What is known of the machine, the database and Redis at one moment, as plain values.
//
// Adapters and app collect them, rules judge them (examination.hpp). What could not be found out is
// nothing, and is not judged.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rushline::doctor {

// How much of a size that has an end is left.
struct Room {
  std::int64_t free = 0;
  std::int64_t total = 0;
};

// What a server would be started with, as far as it matters here.
struct IntendedServer {
  std::int64_t connections_max = 0;
  std::int64_t database_connections = 0;  // readers and writers
  std::int64_t database_hosts = 1;
  std::int64_t redis_wait_replicas = 0;
  std::chrono::seconds drain_delay{0};
  bool is_reachable_from_outside = false;
  std::string time_zone = {};
};

struct MachineFacts {
  std::optional<std::int64_t> open_files_max = std::nullopt;
  std::optional<bool> clock_is_synchronised = std::nullopt;
};

struct SchemaFacts {
  std::int64_t applied = 0;
  std::vector<std::string> pending = {};
  std::optional<std::string> refusal = std::nullopt;  // of another program or version
};

struct SqliteFacts {
  std::string path = {};
  bool exists = false;
  bool folder_is_writable = false;
  std::optional<std::string> file_system = std::nullopt;  // "ext4", "nfs"
  std::optional<std::string> journal_mode = std::nullopt;
  std::optional<Room> disk_bytes = std::nullopt;
};

struct PostgresFacts {
  std::string version = {};  // "15.4"
  std::optional<bool> fsync = std::nullopt;
  std::optional<bool> full_page_writes = std::nullopt;
  std::optional<std::string> synchronous_commit = std::nullopt;
  std::optional<std::string> synchronous_standby_names = std::nullopt;
  std::optional<std::int64_t> standbys = std::nullopt;  // that follow now
  std::optional<Room> connections = std::nullopt;       // that ordinary users can have
  bool is_superuser = false;
};

struct DatabaseFacts {
  std::string name = {};
  std::optional<std::string> unreachable = std::nullopt;  // why; then nothing else is known
  SchemaFacts schema = {};
  std::optional<std::string> kept_time_zone = std::nullopt;
  std::optional<std::chrono::milliseconds> clock_ahead = std::nullopt;  // of ours
  std::optional<SqliteFacts> sqlite = std::nullopt;                     // one of the two
  std::optional<PostgresFacts> postgres = std::nullopt;
};

// Of one primary: in a Cluster each has settings, users, replicas and a clock of its own.
struct RedisFacts {
  std::string name = {};                                  // of the address that is configured
  std::string node = {};                                  // HOST:PORT; empty outside of a Cluster
  std::optional<std::string> unreachable = std::nullopt;  // why; then nothing else is known
  std::string version = {};                               // "7.0.15"
  std::string user = {};                                  // empty = it may not ask who it is
  std::vector<std::string> denied = {};                   // commands that a server needs
  bool settings_are_hidden = false;                       // CONFIG GET is denied
  std::optional<bool> append_only = std::nullopt;
  std::optional<bool> last_write_was_good = std::nullopt;  // of the append-only file
  std::optional<std::string> append_fsync = std::nullopt;
  std::optional<std::string> snapshots = std::nullopt;  // "" = none
  std::optional<std::string> eviction_policy = std::nullopt;
  std::optional<std::int64_t> memory_used = std::nullopt;
  std::optional<std::int64_t> memory_max = std::nullopt;  // 0 = as much as there is
  std::optional<std::int64_t> replicas = std::nullopt;
  std::optional<std::int64_t> replicas_to_write_min = std::nullopt;
  std::optional<bool> has_functions = std::nullopt;
  std::optional<std::chrono::milliseconds> clock_ahead = std::nullopt;
};

// Of a running server, when one was asked.
struct ServerFacts {
  std::string target = {};
  std::optional<std::string> unreachable = std::nullopt;
  std::string version = {};
  std::vector<std::string> findings = {};  // codes of its /v1/status
};

struct Facts {
  std::string version = {};  // of this program
  IntendedServer intended = {};
  MachineFacts machine = {};
  DatabaseFacts database = {};
  std::vector<RedisFacts> redis = {};                // each primary; none = none is configured
  std::optional<ServerFacts> server = std::nullopt;  // nothing = none was asked
};

}  // namespace rushline::doctor
