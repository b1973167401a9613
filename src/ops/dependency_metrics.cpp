// Metrics of Redis, of the database, and of the way of sales to the lists.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "ops/metric_rows.hpp"

namespace rushline::ops {
namespace {

using Circuit = RedisObservation::Circuit;

std::int64_t as_number(bool is) { return is ? 1 : 0; }

void add_circuit(const Observation& seen, Samples& samples) {
  samples.add(as_number(seen.redis.circuit == Circuit::closed), R"(state="closed")");
  samples.add(as_number(seen.redis.circuit == Circuit::half_open), R"(state="half_open")");
  samples.add(as_number(seen.redis.circuit == Circuit::open), R"(state="open")");
}

std::int64_t list_age_s(const Observation& seen) {
  if (!seen.list.published) return 0;
  const auto age = seen.now - seen.list.record.folded_at;
  return std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
}

void add_units(const UnitCounts& units, std::string_view kind, Samples& samples) {
  samples.add(units.done, fmt::format(R"(kind="{}",outcome="done")", kind));
  samples.add(units.refused, fmt::format(R"(kind="{}",outcome="refused")", kind));
  samples.add(units.failed, fmt::format(R"(kind="{}",outcome="failed")", kind));
  samples.add(units.turned_away, fmt::format(R"(kind="{}",outcome="turned_away")", kind));
}

// The same of reads and of writes.
template <class Member>
void add_both(const Observation& seen, Samples& samples, Member UnitCounts::*member) {
  samples.add(seen.database.units.reads.*member, R"(kind="read")");
  samples.add(seen.database.units.writes.*member, R"(kind="write")");
}

void add_unsafe(const Observation& seen, Samples& samples) {
  samples.add(as_number(seen.primary.nobody_waits), R"(reason="no_standby_waited_for")");
  samples.add(as_number(seen.primary.commits_local), R"(reason="synchronous_commit_local")");
  samples.add(as_number(seen.primary.fsync_off), R"(reason="fsync_off")");
}

const std::array rows{
    MetricRow{{"rushline_redis_configured", "gauge", "1 where the server was given a Redis."},
              [](const Observation& seen, Samples& samples) {
                samples.add(as_number(seen.redis.configured));
              }},
    MetricRow{
        {"rushline_redis_up", "gauge", "1 while every primary of Redis answers in time."},
        [](const Observation& seen, Samples& samples) { samples.add(as_number(seen.redis.up)); }},
    MetricRow{{"rushline_redis_primaries", "gauge", "Primaries of Redis that are known."},
              [](const Observation& seen, Samples& samples) {
                const std::int64_t up = seen.redis.primaries_up();
                samples.add(up, R"(state="up")");
                samples.add(std::ssize(seen.redis.primaries) - up, R"(state="down")");
              }},
    MetricRow{{"rushline_redis_circuit", "gauge",
               "1 for the state of the circuit: closed while a primary answers."},
              add_circuit},
    MetricRow{{"rushline_redis_commands_total", "counter", "Commands to Redis by outcome."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.redis.commands, R"(outcome="answered")");
                samples.add(seen.redis.failures, R"(outcome="failed")");
              }},
    MetricRow{{"rushline_redis_commands_in_flight", "gauge", "Commands sent and not answered."},
              [](const Observation& seen, Samples& samples) { samples.add(seen.redis.in_flight); }},
    MetricRow{{"rushline_redis_connects_total", "counter", "Connections made to Redis."},
              [](const Observation& seen, Samples& samples) { samples.add(seen.redis.connects); }},
    MetricRow{
        {"rushline_redis_replicas", "gauge", "Replicas of Redis that follow."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.redis.replicas.online); }},
    MetricRow{{"rushline_redis_replicas_waited_for", "gauge",
               "Replicas that must have a place before it is told."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.redis.replicas.waited_for);
              }},
    MetricRow{{"rushline_redis_replica_lag_seconds", "gauge",
               "Seconds since the slowest replica was last heard of."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.redis.replicas.lag.count());
              }},

    MetricRow{{"rushline_database_up", "gauge", "1 while the database answers in time, 0 else."},
              [](const Observation& seen, Samples& samples) {
                samples.add(as_number(seen.database.up));
              }},
    MetricRow{{"rushline_database_units_total", "counter", "Units of work by kind and outcome."},
              [](const Observation& seen, Samples& samples) {
                add_units(seen.database.units.reads, "read", samples);
                add_units(seen.database.units.writes, "write", samples);
              }},
    MetricRow{{"rushline_database_units_waiting", "gauge", "Units of work not told yet."},
              [](const Observation& seen, Samples& samples) {
                add_both(seen, samples, &UnitCounts::waiting);
              }},
    MetricRow{{"rushline_database_wait_duration_seconds", "histogram",
               "From the submitting of a unit of work until a database thread began it."},
              [](const Observation& seen, Samples& samples) {
                add_both(seen, samples, &UnitCounts::wait);
              }},
    MetricRow{{"rushline_database_unit_duration_seconds", "histogram",
               "From the beginning of a unit of work until it was told, its commit included."},
              [](const Observation& seen, Samples& samples) {
                add_both(seen, samples, &UnitCounts::work);
              }},
    MetricRow{{"rushline_database_room", "gauge",
               "Units of work of clients that may wait, going by how fast it goes."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.bounded_reads.room, R"(kind="read")");
                samples.add(seen.bounded_writes.room, R"(kind="write")");
              }},
    MetricRow{{"rushline_database_units_stuck", "gauge",
               "Units of work that wait for a row which somebody else holds."},
              [](const Observation& seen, Samples& samples) { samples.add(seen.primary.stuck); }},
    MetricRow{
        {"rushline_database_hosts", "gauge", "Hosts in the address of PostgreSQL; 0 with SQLite."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.primary.hosts); }},
    MetricRow{
        {"rushline_database_connects_total", "counter", "Connections made to PostgreSQL."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.primary.connects); }},
    MetricRow{
        {"rushline_database_unconfirmed_commits_total", "counter",
         "Commits of which it was not known at once whether they are kept."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.primary.unconfirmed); }},
    MetricRow{{"rushline_database_in_doubt", "gauge",
               "1 while what PostgreSQL holds may be lost in a failover and is not told, 0 else."},
              [](const Observation& seen, Samples& samples) {
                samples.add(as_number(seen.primary.in_doubt));
              }},
    MetricRow{{"rushline_database_commits_hang", "gauge",
               "1 while commits wait for a standby that does not confirm, 0 else."},
              [](const Observation& seen, Samples& samples) {
                samples.add(as_number(seen.primary.hangs));
              }},
    MetricRow{{"rushline_database_standbys", "gauge", "Standbys of PostgreSQL by how they do."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.primary.standbys.streaming, R"(state="streaming")");
                samples.add(seen.primary.standbys.behind, R"(state="behind")");
                samples.add(seen.primary.standbys.hidden, R"(state="hidden")");
              }},
    MetricRow{{"rushline_database_standby_lag_seconds", "gauge",
               "How far the slowest standby is behind, by what it has done."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.primary.standbys.write_lag, R"(until="written")");
                samples.add(seen.primary.standbys.flush_lag, R"(until="flushed")");
                samples.add(seen.primary.standbys.replay_lag, R"(until="replayed")");
              }},
    MetricRow{{"rushline_database_unsafe", "gauge",
               "1 where a setting of PostgreSQL lets verdicts be lost that were told, 0 else."},
              add_unsafe},
    MetricRow{
        {"rushline_clock_offset_seconds", "gauge", "The database's clock minus this server's."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.follower.clock_offset); }},

    MetricRow{{"rushline_list_revision", "gauge", "Revision of the record that the lists show."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.list.record.revision.value);
              }},
    MetricRow{
        {"rushline_list_age_seconds", "gauge", "Seconds since the sales in the lists changed."},
        [](const Observation& seen, Samples& samples) { samples.add(list_age_s(seen)); }},
    MetricRow{
        {"rushline_list_stale", "gauge",
         "1 while lists are not from the board, or not known to be up to date, 0 else."},
        [](const Observation& seen, Samples& samples) { samples.add(as_number(seen.list.stale)); }},
    MetricRow{
        {"rushline_list_followed_age_seconds", "gauge",
         "Seconds since the lists were last found to show all sales."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.list_followed_age); }},
    MetricRow{
        {"rushline_outbox_rows", "gauge", "Sales that the last fold found waiting."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.follower.outbox_rows); }},
    MetricRow{
        {"rushline_outbox_oldest_age_seconds", "gauge", "The age of the oldest of them."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.follower.outbox_age); }},
    MetricRow{{"rushline_sale_stage_duration_seconds", "histogram",
               "From a sale until it was folded, on the board, in the list; the oldest of a fold."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.follower.to_fold, R"(stage="fold")");
                samples.add(seen.follower.to_board, R"(stage="board")");
                samples.add(seen.follower.to_list, R"(stage="list")");
              }},
    MetricRow{
        {"rushline_board_rebuilds_total", "counter", "Times that this server rebuilt the board."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.follower.rebuilds); }},
    MetricRow{
        {"rushline_board_rebuilding", "gauge", "1 while this server rebuilds the board, 0 else."},
        [](const Observation& seen, Samples& samples) {
          samples.add(as_number(seen.follower.is_rebuilding));
        }},
    MetricRow{{"rushline_fold_size", "histogram", "Sales that were folded together."},
              [](const Observation& seen, Samples& samples) { samples.add(seen.follower.folds); }},
};

}  // namespace

std::span<const MetricRow> dependency_rows() { return rows; }

}  // namespace rushline::ops
