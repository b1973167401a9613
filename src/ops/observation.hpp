// What can be seen of a running server at one moment, as plain numbers: what metrics and status are
// made from.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "coupons/admission_counts.hpp"
#include "http/lifecycle.hpp"
#include "http/rate_limits.hpp"
#include "http/server.hpp"
#include "ops/bounded_database.hpp"
#include "ops/counted_database.hpp"
#include "ranking/follower_progress.hpp"
#include "ranking/popular_list.hpp"
#include "runtime/process_watch.hpp"

namespace rushline::ops {

// A server that holds data.
struct RedisPrimaryObservation {
  std::string address;
  bool up = false;  // answers in time
};

// Copies of a database or a Redis, as the primary told when it was last asked.
struct RedisReplicas {
  std::int64_t online = 0;
  std::int64_t waited_for = 0;  // by the setting redis.wait_replicas
  std::chrono::seconds lag{0};  // since the slowest was last heard of
  bool is_missed = false;       // none is online, and one is waited for or was there lately
};

struct Standbys {
  std::int64_t streaming = 0;
  std::int64_t behind = 0;  // catching up
  std::int64_t hidden = 0;  // connected, but the user may not see how they do
  // Of the slowest: from the flush here until there it was written, flushed, shown to readers.
  std::chrono::microseconds write_lag{0};
  std::chrono::microseconds flush_lag{0};
  std::chrono::microseconds replay_lag{0};
};

// The way to Redis, where there is one.
struct RedisObservation {
  enum class Circuit : std::uint8_t { none, closed, half_open, open };

  bool configured = false;
  std::string_view shape = {};  // as in its address: redis, sentinel, cluster
  // Those that are known: one, or all that share the slots of a Cluster. Drops whose primary does
  // not answer go through the database.
  std::vector<RedisPrimaryObservation> primaries = {};
  bool up = false;        // every primary answers in time
  std::int64_t up_s = 0;  // for how long
  Circuit circuit = Circuit::none;
  std::int64_t in_flight = 0;      // commands sent and not answered
  std::int64_t waiting_bytes = 0;  // of these
  std::int64_t commands = 0;       // answered since the start
  std::int64_t failures = 0;       // not answered, since the start
  std::int64_t connects = 0;       // connections made since the start
  RedisReplicas replicas = {};

  std::int64_t primaries_up() const {
    return std::ranges::count(primaries, true, &RedisPrimaryObservation::up);
  }
};

// The PostgreSQL that several servers share, where there is one.
struct PrimaryObservation {
  std::int64_t hosts = 0;        // in its address; 0: the database is a file of this machine
  std::int64_t connects = 0;     // connections made since the start
  std::int64_t unconfirmed = 0;  // commits since the start of which it was not known at once
  std::int64_t stuck = 0;        // units of work that wait for a row which somebody else holds
  bool in_doubt = false;         // what it holds may be lost in a failover; nothing of it is told
  bool hangs = false;            // commits wait for a standby that does not confirm
  // Settings by which verdicts that were told can be lost.
  bool nobody_waits = false;   // several hosts, and no commit waits for a standby
  bool commits_local = false;  // synchronous_commit is local
  bool fsync_off = false;
  Standbys standbys = {};
};

struct DatabaseObservation {
  bool up = false;           // answers in time
  bool writes_fail = false;  // one did within limits::failure_told_time
  DatabaseCounts units;
};

// What may fill up: first what turns requests away when it is full, then what is kept in memory so
// that answers are fast, and makes room by forgetting.
enum class Bounded : std::uint8_t {
  http_connections,
  http_admin_connections,
  http_streams,
  http_held_bytes,
  long_polls,
  coupon_requests_waiting,
  line_places,  // of the longest line
  database_reads_waiting,
  database_writes_waiting,
  database_units_stuck,
  redis_commands_in_flight,
  redis_bytes_waiting,
  open_files,
  direct_requests_waiting,  // of the event with the least room; as full as it may be in a rush
  log_lines_waiting,
  coupon_events_looked_at,
  coupon_events_in_memory,
  coupon_holders_in_memory,
};
inline constexpr std::size_t bounded_count = 18;
inline constexpr std::size_t turning_away_count = 13;
std::string_view to_word(Bounded what) noexcept;
// Else it is counted in pieces.
bool is_in_bytes(Bounded what) noexcept;

struct Fill {
  std::int64_t used = 0;
  std::int64_t limit = 0;
};

struct Observation {
  std::string version;
  std::string commit;
  http::Phase phase = http::Phase::starting;
  std::chrono::seconds uptime{0};
  Timestamp now;
  http::ServerCounts server;
  http::RateCounts rates;
  coupons::AdmissionCounts admission;
  DatabaseObservation database;
  BoundedCounts bounded_reads;
  BoundedCounts bounded_writes;
  PrimaryObservation primary;
  RedisObservation redis;
  runtime::ProcessUse process;
  ranking::ListFreshness list;
  ranking::FollowerCounts follower;
  std::chrono::microseconds list_followed_age{0};  // since the lists were last as new as the record
  std::array<Fill, bounded_count> fills = {};      // by Bounded

  Fill& fill(Bounded what) { return fills[static_cast<std::size_t>(what)]; }
  const Fill& fill(Bounded what) const { return fills[static_cast<std::size_t>(what)]; }
  // Drops go straight through the database: there is no Redis, none of its primaries answers, or,
  // while all do, an event that is not decided has not come back to its line.
  bool is_direct() const {
    return redis.primaries_up() == 0 || (redis.up && admission.line.undecided_direct > 0);
  }
};

// Takes an observation. Any thread; must not block.
using Observe = std::function<Observation()>;

}  // namespace rushline::ops
