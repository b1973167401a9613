// Bounds.
#pragma once

#include "core/limits.hpp"

namespace rushline::limits {

// Watching oneself. What is beyond these is told in /v1/status; deploy/alerts.yml has the same
// numbers.
inline constexpr auto database_probe_interval = 1s;  // how often it is asked for nothing
inline constexpr auto database_probe_time_max = 1s;  // then it is called down
inline constexpr auto process_look_interval = 1s;    // at what the process uses
inline constexpr auto replica_remembered_time = 1h;  // after which one that is gone is not missed
inline constexpr auto failure_told_time = 5s;        // a failed write is told for so long
inline constexpr auto line_still_normal_max = 3s;    // while requests wait; L1 is 2 s
inline constexpr auto list_follow_normal_max = 3s;   // since the lists were last found up to date
inline constexpr auto outbox_age_normal_max = 10s;
inline constexpr auto clock_offset_normal_max = 1s;           // against the database
inline constexpr std::int64_t limit_normal_percent_max = 80;  // of what something may hold
static_assert(line_still_normal_max > verdict_wait_default);
static_assert(list_follow_normal_max > list_poll_interval);

}  // namespace rushline::limits
