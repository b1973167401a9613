// What can be seen of a running server at one moment, as plain numbers: what metrics and status are
// made from.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "coupons/admission.hpp"
#include "http/lifecycle.hpp"
#include "http/server.hpp"
#include "ops/counted_database.hpp"
#include "ranking/popular_list.hpp"

namespace rushline::ops {

struct Observation {
  std::string version;
  std::string commit;
  http::Phase phase = http::Phase::starting;
  std::chrono::seconds uptime{0};
  Timestamp now;
  http::ServerCounts server;
  coupons::AdmissionCounts admission;
  DatabaseCounts database;
  ranking::ListFreshness list;
};

// Takes an observation. Any thread; must not block.
using Observe = std::function<Observation()>;

}  // namespace rushline::ops
