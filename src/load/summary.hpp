// What a load run was asked for and what it saw: everything that the table, the JSON and the HTML
// report say comes from here.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "http/target_url.hpp"
#include "load/histogram.hpp"
#include "load/outcome.hpp"
#include "load/schedule.hpp"

namespace rushline::load {

// What to do. Checked by check(); the defaults are those of `rushline load`.
struct Plan {
  http::TargetUrl target;
  std::vector<http::TargetUrl> beside;  // more servers of the same shop; connections take turns
  std::string bearer;                   // API key, a secret; empty = none
  CouponEventId event;
  double rate = 1000;  // requests per second
  std::chrono::milliseconds duration{10'000};
  std::uint32_t shoppers = 10'000;
  std::uint32_t connections = 64;
  std::uint64_t seed = 1;
  Spacing spacing = Spacing::constant;
  // From the intended send time; after it a request counts as timed out.
  std::chrono::milliseconds answer_time_max{10'000};
  std::string shopper_prefix = "shopper";  // shoppers are PREFIX-00000001 and so on
};

using OutcomeCounts = std::array<std::int64_t, outcome_count>;

// What happened in one second of the run, by the moment of the answer.
struct SecondSeen {
  OutcomeCounts outcomes{};
  std::int64_t sent = 0;
  std::int64_t p50_us = 0;
  std::int64_t p99_us = 0;
  std::int64_t max_us = 0;
};

// How far a run is, for a progress bar.
struct Progress {
  std::chrono::nanoseconds elapsed{};
  std::chrono::nanoseconds planned{};
  std::int64_t due = 0;        // requests whose intended send time has come
  std::int64_t in_flight = 0;  // sent, not answered
  std::int64_t backlog = 0;    // due, but no connection was free
  OutcomeCounts outcomes{};
  std::int64_t p50_us = 0;  // of the last whole second, or of what there is
  std::int64_t p99_us = 0;
};

struct Summary {
  Plan plan;
  Timestamp started_at;
  std::chrono::nanoseconds elapsed{};  // from the first intended send time to the last answer
  std::int64_t requests = 0;           // intended
  std::int64_t reconnects = 0;
  std::int64_t backlog_max = 0;
  OutcomeCounts outcomes{};
  std::map<std::string, std::int64_t, std::less<>> refusals;  // by code
  std::map<std::string, std::int64_t, std::less<>> errors;    // by what broke
  // From the intended send time to the answer; a timeout counts with the time waited, a broken
  // connection does not.
  Histogram latency;
  std::array<Histogram, outcome_count> latency_by_outcome;
  std::vector<SecondSeen> seconds;

  std::int64_t answered() const;  // everything but errors and timeouts
  double answers_per_second() const;
};

}  // namespace rushline::load
