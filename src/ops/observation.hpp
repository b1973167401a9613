// What can be seen of a running server at one moment, as plain numbers: what metrics and status are
// made from.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "coupons/admission.hpp"
#include "http/lifecycle.hpp"
#include "http/rate_limits.hpp"
#include "http/server.hpp"
#include "ops/bounded_database.hpp"
#include "ops/counted_database.hpp"
#include "ranking/popular_list.hpp"

namespace rushline::ops {

// The way to Redis, where there is one.
struct RedisObservation {
  bool configured = false;
  bool up = false;             // answers in time; else drops go through the database
  std::int64_t up_s = 0;       // for how long
  std::int64_t in_flight = 0;  // commands sent and not answered
  std::int64_t commands = 0;   // answered since the start
  std::int64_t failures = 0;   // not answered, since the start
  std::int64_t connects = 0;   // connections made since the start
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
  RedisObservation redis;
  ranking::ListFreshness list;
};

// Takes an observation. Any thread; must not block.
using Observe = std::function<Observation()>;

}  // namespace rushline::ops
