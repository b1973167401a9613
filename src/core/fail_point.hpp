// Named points at which a test may kill the process, to show that a crash there breaks no promise.
//
// RUSHLINE_FAIL_POINT=name[:n[:ms]] in the environment makes the process end with SIGKILL when it
// comes to `name` for the n-th time (default 1). The thread that came by first stalls for `ms`
// milliseconds (default 0), in which all others go on: what they say too early is heard then.
// Without it a point costs the load of one bool. The names in use are listed by all_fail_points(),
// so that a test can walk through every one.
#pragma once

#include <span>
#include <string_view>

namespace rushline {

namespace fail_point_detail {
extern bool armed;
void reached(std::string_view name) noexcept;
}  // namespace fail_point_detail

// Every name that the code passes to fail_point(). An unlisted name is a broken invariant.
std::span<const std::string_view> all_fail_points() noexcept;

// Called by main with the value of RUSHLINE_FAIL_POINT before any thread starts. False when the
// name is unknown, n is not 1 to 60,000, or ms is not 0 to 60,000.
[[nodiscard]] bool arm_fail_point(std::string_view description) noexcept;

inline void fail_point(std::string_view name) noexcept {
  if (fail_point_detail::armed) [[unlikely]]
    fail_point_detail::reached(name);
}

}  // namespace rushline
