// How keys are spelled.
#include "adapters/redis/keys.hpp"

#include <fmt/format.h>

#include <array>

namespace rushline::redis {
namespace {

constexpr std::array<KeyKind, 6> kinds = {{
    {"coupon-events:{ID}", "hash", "{ID}"},
    {"queue:coupon-events:{ID}", "zset", "{ID}"},
    {"coupon-events:marks", "channel", ""},
    {"rank:{products}:daily:YYYYMMDD", "zset", "{products}"},
    {"rank:{products}:window:3d:YYYYMMDD", "zset", "{products}"},
    {"rank:{products}:state", "hash", "{products}"},
}};

constexpr std::string_view board_prefix = "rank:{products}:";

}  // namespace

std::string event_key(CouponEventId event) {
  return fmt::format("coupon-events:{{{}}}", event.value);
}

std::string line_key(CouponEventId event) {
  return fmt::format("queue:coupon-events:{{{}}}", event.value);
}

std::string daily_key(Day day) {
  return fmt::format("{}daily:{}", board_prefix, to_compact_date(day));
}

std::string window_key(Day last) {
  return fmt::format("{}window:3d:{}", board_prefix, to_compact_date(last));
}

std::string_view board_state_key() { return "rank:{products}:state"; }

std::string_view marks_channel() { return "coupon-events:marks"; }

std::span<const KeyKind> all_key_kinds() { return kinds; }

}  // namespace rushline::redis
