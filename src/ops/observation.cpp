// The words of what may fill up, as they stand in metrics and status.
#include "ops/observation.hpp"

namespace rushline::ops {

std::string_view to_word(Bounded what) noexcept {
  switch (what) {
    case Bounded::http_connections:
      return "http_connections";
    case Bounded::http_admin_connections:
      return "http_admin_connections";
    case Bounded::http_streams:
      return "http_streams";
    case Bounded::http_held_bytes:
      return "http_held_bytes";
    case Bounded::long_polls:
      return "long_polls";
    case Bounded::coupon_requests_waiting:
      return "coupon_requests_waiting";
    case Bounded::line_places:
      return "line_places";
    case Bounded::database_reads_waiting:
      return "database_reads_waiting";
    case Bounded::database_writes_waiting:
      return "database_writes_waiting";
    case Bounded::redis_commands_in_flight:
      return "redis_commands_in_flight";
    case Bounded::redis_bytes_waiting:
      return "redis_bytes_waiting";
    case Bounded::database_units_stuck:
      return "database_units_stuck";
    case Bounded::open_files:
      return "open_files";
    case Bounded::direct_requests_waiting:
      return "direct_requests_waiting";
    case Bounded::log_lines_waiting:
      return "log_lines_waiting";
    case Bounded::coupon_events_looked_at:
      return "coupon_events_looked_at";
    case Bounded::coupon_events_in_memory:
      return "coupon_events_in_memory";
    case Bounded::coupon_holders_in_memory:
      return "coupon_holders_in_memory";
  }
  return "";
}

bool is_in_bytes(Bounded what) noexcept {
  return what == Bounded::http_held_bytes || what == Bounded::redis_bytes_waiting;
}

}  // namespace rushline::ops
