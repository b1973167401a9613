// Which fail points there are, and how one ends the process.
#include "core/fail_point.hpp"

#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <string>

#include "core/assert.hpp"

namespace rushline {
namespace {

constexpr std::array<std::string_view, 14> names = {
    // Around every commit of the writer.
    "write.begun",
    "write.before_commit",
    "write.after_commit",
    // A drop.
    "settle.locked",
    "settle.decided",
    "settle.coupons_written",
    "settle.before_tell",
    // An order.
    "order.stock_taken",
    "order.coupon_taken",
    "order.completed",
    "order.given_back",
    // A sale on its way to the list.
    "outbox.written",
    "fold.totals_written",
    "fold.before_push",
};

std::string armed_name;                     // constant once armed
std::atomic<std::int64_t> visits_left = 0;  // any thread may come by

}  // namespace

namespace fail_point_detail {

bool armed = false;  // constant once the threads have started

void reached(std::string_view name) noexcept {
  RUSHLINE_ASSERT(std::find(names.begin(), names.end(), name) != names.end());
  if (name != armed_name) return;
  if (visits_left.fetch_sub(1) == 1) ::raise(SIGKILL);
}

}  // namespace fail_point_detail

std::span<const std::string_view> all_fail_points() noexcept { return names; }

bool arm_fail_point(std::string_view name_and_count) noexcept {
  const std::size_t colon = name_and_count.find(':');
  const std::string_view name = name_and_count.substr(0, colon);
  std::int64_t count = 1;
  if (colon != std::string_view::npos) {
    const std::string_view digits = name_and_count.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error != std::errc{} || end != digits.data() + digits.size() || count < 1) return false;
  }
  if (std::find(names.begin(), names.end(), name) == names.end()) return false;
  armed_name = name;
  visits_left = count;
  fail_point_detail::armed = true;
  return true;
}

}  // namespace rushline
