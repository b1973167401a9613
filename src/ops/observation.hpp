// What can be seen of a running server at one moment, as plain numbers: what metrics and status are
// made from.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "coupons/admission.hpp"
#include "http/lifecycle.hpp"
#include "http/rate_limits.hpp"
#include "http/server.hpp"
#include "ops/bounded_database.hpp"
#include "ops/counted_database.hpp"
#include "ranking/follower.hpp"
#include "ranking/popular_list.hpp"

namespace rushline::ops {

// A server that holds data.
struct RedisPrimaryObservation {
  std::string address;
  bool up = false;  // answers in time
};

// The way to Redis, where there is one.
struct RedisObservation {
  bool configured = false;
  std::string_view shape = {};  // as in its address: redis, sentinel, cluster
  // Those that are known: one, or all that share the slots of a Cluster. Drops whose primary does
  // not answer go through the database.
  std::vector<RedisPrimaryObservation> primaries = {};
  bool up = false;             // every primary answers in time
  std::int64_t up_s = 0;       // for how long
  std::int64_t in_flight = 0;  // commands sent and not answered
  std::int64_t commands = 0;   // answered since the start
  std::int64_t failures = 0;   // not answered, since the start
  std::int64_t connects = 0;   // connections made since the start

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
  DatabaseCounts database;
  BoundedCounts bounded_reads;
  BoundedCounts bounded_writes;
  PrimaryObservation primary;
  RedisObservation redis;
  ranking::ListFreshness list;
  ranking::FollowerCounts follower;
};

// Takes an observation. Any thread; must not block.
using Observe = std::function<Observation()>;

}  // namespace rushline::ops
