// Which fail points there are, and how one ends the process.
#include "core/fail_point.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <optional>
#include <string>

#include "core/assert.hpp"

namespace rushline {
namespace {

constexpr std::array<std::string_view, 22> names = {
    // Around every commit of the writer.
    "write.begun",
    "write.before_commit",
    "write.after_commit",
    // A drop.
    "settle.locked",
    "settle.decided",
    "settle.coupons_written",
    "settle.before_tell",
    // The line, and leaving it or coming back to it.
    "line.admitted",
    "line.taken",
    "line.before_tell",
    "line.before_trim",
    "epoch.before_leave",
    "epoch.before_install",
    "epoch.before_open",
    // An order.
    "order.stock_taken",
    "order.coupon_taken",
    "order.completed",
    "order.given_back",
    // A sale on its way to the list.
    "outbox.written",
    "fold.totals_written",
    "fold.before_push",
    "rebuild.filled",
};

std::string armed_name;                     // constant once armed
int stall_ms = 0;                           // constant once armed
std::atomic<std::int64_t> visits_left = 0;  // any thread may come by

// Takes the number up to the next ':' off `text`. Nothing when it is none from `min` to 60,000.
std::optional<int> take_number(std::string_view& text, int min) noexcept {
  const std::size_t colon = std::min(text.find(':'), text.size());
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + colon, number);
  if (error != std::errc{} || end != text.data() + colon) return std::nullopt;
  if (number < min || number > 60'000) return std::nullopt;
  text.remove_prefix(colon);
  return number;
}

}  // namespace

namespace fail_point_detail {

bool armed = false;  // constant once the threads have started

void reached(std::string_view name) noexcept {
  RUSHLINE_ASSERT(std::find(names.begin(), names.end(), name) != names.end());
  if (name != armed_name) return;
  if (visits_left.fetch_sub(1) != 1) return;
  if (stall_ms > 0) ::poll(nullptr, 0, stall_ms);
  ::raise(SIGKILL);
}

}  // namespace fail_point_detail

std::span<const std::string_view> all_fail_points() noexcept { return names; }

bool arm_fail_point(std::string_view description) noexcept {
  const std::string_view name = description.substr(0, description.find(':'));
  if (std::find(names.begin(), names.end(), name) == names.end()) return false;
  std::string_view rest = description.substr(name.size());
  int numbers[] = {1, 0};  // visits, stall
  for (int i = 0; i < 2 && !rest.empty(); ++i) {
    rest.remove_prefix(1);  // the colon
    const auto number = take_number(rest, 1 - i);
    if (!number) return false;
    numbers[i] = *number;
  }
  if (!rest.empty()) return false;
  armed_name = name;
  visits_left = numbers[0];
  stall_ms = numbers[1];
  fail_point_detail::armed = true;
  return true;
}

}  // namespace rushline
