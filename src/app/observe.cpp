// Numbers of adapters, as operators see them.
#include "app/observe.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/watch_limits.hpp"

namespace rushline::app {
namespace {

ops::RedisObservation::Circuit circuit_of(redis::ClientState::Circuit state) {
  switch (state) {
    case redis::ClientState::Circuit::closed:
      return ops::RedisObservation::Circuit::closed;
    case redis::ClientState::Circuit::half_open:
      return ops::RedisObservation::Circuit::half_open;
    case redis::ClientState::Circuit::open:
      return ops::RedisObservation::Circuit::open;
  }
  return ops::RedisObservation::Circuit::none;
}

}  // namespace

ops::DatabaseObservation observe_database(const ops::DatabaseCounts& units, bool is_up,
                                          Monotonic now) {
  const auto& failed_at = units.writes.failed_at;
  return {.up = is_up,
          .writes_fail = failed_at && now - *failed_at <= limits::failure_told_time,
          .units = units};
}

ops::RedisObservation observe_redis(const RedisSide* redis, Monotonic now) {
  if (redis == nullptr) return {};
  const redis::ClientState state = redis->state();
  const auto up_for = now - state.healthy_since.value_or(now);
  std::vector<ops::RedisPrimaryObservation> primaries;
  for (const redis::PrimaryState& primary : redis->primaries()) {
    primaries.push_back({primary.address, primary.healthy_since.has_value()});
  }
  return {.configured = true,
          .shape = redis->shape(),
          .primaries = std::move(primaries),
          .up = state.healthy_since.has_value(),
          .up_s = std::max<std::int64_t>(
              0, std::chrono::duration_cast<std::chrono::seconds>(up_for).count()),
          .circuit = circuit_of(state.circuit),
          .in_flight = state.in_flight,
          .waiting_bytes = state.waiting_bytes,
          .commands = state.commands,
          .failures = state.failures,
          .connects = state.connects,
          .replicas = redis->replicas()};
}

void fill_limits(ops::Observation& seen, const runtime::Settings& settings,
                 std::int64_t polls_waiting, std::size_t lines_waiting) {
  using ops::Bounded;
  const auto fill = [&seen](Bounded what, std::int64_t used, auto limit) {
    seen.fill(what) = {used, static_cast<std::int64_t>(limit)};
  };
  const coupons::AdmissionCounts& admission = seen.admission;
  fill(Bounded::http_connections, seen.server.shop_connections_served,
       settings.http_connections_max);
  fill(Bounded::http_admin_connections, seen.server.admin_connections_served,
       limits::http_admin_connections_max);
  fill(Bounded::http_streams, seen.server.streams_open, limits::streams_max);
  fill(Bounded::http_held_bytes, seen.server.held_bytes, limits::http_held_bytes_max);
  fill(Bounded::long_polls, polls_waiting, limits::long_polls_max);
  fill(Bounded::coupon_requests_waiting, admission.waiting, limits::direct_waiting_max);
  fill(Bounded::line_places, admission.line.longest, settings.line_max);
  fill(Bounded::database_reads_waiting, seen.database.units.reads.waiting,
       limits::database_read_queue_max);
  fill(Bounded::database_writes_waiting, seen.database.units.writes.waiting,
       limits::database_write_queue_max);
  fill(Bounded::database_units_stuck, seen.primary.stuck, limits::postgres_stuck_units_max);
  fill(Bounded::open_files, seen.process.open_files, seen.process.files_max);
  // Before anybody waits it is not measured how many may.
  fill(Bounded::direct_requests_waiting, admission.direct_waiting,
       admission.direct_room == 0 ? limits::waiting_first : admission.direct_room);
  fill(Bounded::log_lines_waiting, static_cast<std::int64_t>(lines_waiting),
       limits::request_lines_waiting_max);
  fill(Bounded::coupon_events_looked_at, admission.line.looked_at, limits::lines_looked_at_max);
  fill(Bounded::redis_commands_in_flight, seen.redis.in_flight, limits::redis_in_flight_max);
  fill(Bounded::redis_bytes_waiting, seen.redis.waiting_bytes, limits::redis_waiting_bytes_max);
  fill(Bounded::coupon_events_in_memory, admission.events, limits::event_desks_max);
  fill(Bounded::coupon_holders_in_memory, admission.holders, limits::holders_in_memory_max);
}

}  // namespace rushline::app
