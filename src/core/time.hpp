// Points in time, their text, and the clock as a port.
//
// A Timestamp is UTC with microseconds. Order among shoppers never comes from a clock
// (protocol.md); clocks serve windows, expiry and display. Only runtime reads the real ones.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace rushline {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
using Monotonic = std::chrono::steady_clock::time_point;

// RFC 3339 in UTC with as many digits of a second as needed: 2026-01-02T03:04:05Z,
// 2026-01-02T03:04:05.25Z.
std::string to_rfc3339(Timestamp time);

// Takes any RFC 3339 offset. Nothing when it is none, or outside the years 1970 to 9999.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// The clocks of this machine (port; runtime/system_clock.hpp, tests bring their own).
// Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual Timestamp now() const = 0;
  // Never goes back; measures deadlines and ages.
  virtual Monotonic monotonic() const = 0;
};

}  // namespace rushline
