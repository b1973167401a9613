// Every key and channel of Rushline in Redis, built here and nowhere else.
//
// docs/redis-keys.md lists them; a test compares the two. The part in braces is the hash tag of a
// Cluster: all keys of one function have the same. Safe to call from any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/shop_calendar.hpp"

namespace rushline::redis {

std::string event_key(CouponEventId event);  // hash: what is known of the line
std::string line_key(CouponEventId event);   // zset: user → sequence

std::string daily_key(Day day);      // zset: product → quantity of the day
std::string window_key(Day last);    // zset: product → sum over the days of the widest window
std::string_view board_state_key();  // hash: revision, day, size of each set

// The channel on which trimmed marks are told.
std::string_view marks_channel();

// A row of docs/redis-keys.md. In `name`, what varies is written ID or YYYYMMDD.
struct KeyKind {
  std::string_view name;
  std::string_view type;
  std::string_view slot;  // the hash tag
};
std::span<const KeyKind> all_key_kinds();

}  // namespace rushline::redis
