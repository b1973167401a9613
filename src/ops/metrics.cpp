// The table of metrics: name, type, help, and how each is read from an observation.
#include "ops/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace rushline::ops {
namespace {

// Writes the samples of one family.
class Samples {
 public:
  Samples(std::string& out, std::string_view name) : out_(out), name_(name) {}

  void add(std::int64_t value, std::string_view labels = {}) {
    out_ += name_;
    if (!labels.empty()) out_.append("{").append(labels).append("}");
    out_ += fmt::format(" {}\n", value);
  }

 private:
  std::string& out_;       // constant
  std::string_view name_;  // constant
};

struct Row {
  MetricFamily family;
  void (*read)(const Observation& seen, Samples& samples);
};

std::int64_t list_age_s(const Observation& seen) {
  if (!seen.list.published) return 0;
  const auto age = seen.now - seen.list.record.folded_at;
  return std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
}

void add_units(const UnitCounts& units, std::string_view kind, Samples& samples) {
  samples.add(units.done, fmt::format(R"(kind="{}",outcome="done")", kind));
  samples.add(units.refused, fmt::format(R"(kind="{}",outcome="refused")", kind));
  samples.add(units.failed, fmt::format(R"(kind="{}",outcome="failed")", kind));
}

const std::array rows{
    Row{{"rushline_build_info", "gauge", "1; the labels say which Rushline this is."},
        [](const Observation& seen, Samples& samples) {
          samples.add(1, fmt::format(R"(version="{}",commit="{}")", seen.version, seen.commit));
        }},
    Row{{"rushline_uptime_seconds", "gauge", "Seconds since the server started."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.uptime.count()); }},
    Row{{"rushline_ready", "gauge", "1 while the server takes requests, 0 else."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.phase == http::Phase::ready ? 1 : 0);
        }},
    Row{{"rushline_direct_mode", "gauge", "1 while drops go straight through the database."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.redis.primaries_up() > 0 ? 0 : 1);
        }},

    Row{{"rushline_http_requests_total", "counter", "Requests read, or refused while being read."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.server.requests); }},
    Row{{"rushline_http_answers_total", "counter", "Answers by class of their status."},
        [](const Observation& seen, Samples& samples) {
          for (std::size_t i = 0; i < seen.server.answers.size(); ++i) {
            samples.add(seen.server.answers[i], fmt::format(R"(class="{}xx")", i + 1));
          }
        }},
    Row{{"rushline_http_connections", "gauge", "Connections open."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.server.connections_open);
        }},
    Row{{"rushline_http_connections_total", "counter", "Connections, by what was done with them."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.server.connections_accepted, R"(outcome="accepted")");
          samples.add(seen.server.connections_refused, R"(outcome="refused")");
        }},
    Row{{"rushline_http_streams", "gauge", "Event streams open."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.server.streams_open); }},
    Row{{"rushline_http_bytes_total", "counter", "Bytes read from and written to clients."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.server.bytes_in, R"(direction="in")");
          samples.add(seen.server.bytes_out, R"(direction="out")");
        }},

    Row{{"rushline_http_held_bytes", "gauge",
         "Bytes held for large requests that arrive and for answers that are not taken."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.server.held_bytes); }},
    Row{{"rushline_rate_limited_total", "counter", "Requests refused by a rate limit."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.rates.keys, R"(limit="key")");
          samples.add(seen.rates.users, R"(limit="user")");
        }},

    Row{{"rushline_coupon_requests_waiting", "gauge", "Coupon requests not answered yet."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.waiting); }},
    Row{{"rushline_coupon_batches_total", "counter", "Batches of coupon requests settled."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.batches); }},
    Row{{"rushline_coupon_batch_requests_total", "counter", "Coupon requests in these batches."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.batch_requests);
        }},
    Row{{"rushline_coupon_retries_total", "counter",
         "Batches of coupon requests tried again because the database had failed."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.retries); }},
    Row{{"rushline_coupons_issued_total", "counter", "Coupons issued by this server."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.issued); }},
    Row{{"rushline_coupon_sold_out_total", "counter", "Sold-out verdicts told by this server."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.sold_out); }},
    Row{{"rushline_coupon_memory_answers_total", "counter",
         "Verdicts told from memory: holders and sold out."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.told_from_memory);
        }},
    Row{{"rushline_coupon_events_in_memory", "gauge", "Coupon events with something in memory."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.events); }},
    Row{{"rushline_coupon_holders_in_memory", "gauge", "Holders of coupons remembered."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.holders); }},

    Row{{"rushline_admit_batches_total", "counter", "Calls that asked for places in a line."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.line.admit_batches);
        }},
    Row{{"rushline_admit_requests_total", "counter", "Coupon requests in these calls."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.line.admit_requests);
        }},
    Row{{"rushline_drains_total", "counter", "Transactions that settled places of a line."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.line.drains); }},
    Row{{"rushline_drained_places_total", "counter", "Places in these transactions."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.line.drained_places);
        }},
    Row{{"rushline_drains_moved_total", "counter", "Drains that another server had done."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.line.moved); }},
    Row{{"rushline_entered_again_total", "counter",
         "Coupon requests whose place was lost, or of an older epoch."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.line.entered_again);
        }},
    Row{{"rushline_lines_left_total", "counter",
         "Events that this server took out of the line, because it could not be used."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.line.lines_left);
        }},
    Row{{"rushline_lines_opened_total", "counter", "Events that this server brought to the line."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.line.lines_opened);
        }},
    Row{{"rushline_line_requests_waiting", "gauge",
         "Coupon requests that have a place and wait for its verdict here."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.line.waiting);
        }},
    Row{{"rushline_lines", "gauge", "Events in memory that go through the line."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.line.lines); }},

    Row{{"rushline_redis_configured", "gauge", "1 where the server was given a Redis."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.redis.configured ? 1 : 0);
        }},
    Row{{"rushline_redis_up", "gauge", "1 while every primary of Redis answers in time."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.redis.up ? 1 : 0); }},
    Row{{"rushline_redis_primaries", "gauge", "Primaries of Redis that are known."},
        [](const Observation& seen, Samples& samples) {
          const std::int64_t up = seen.redis.primaries_up();
          samples.add(up, R"(state="up")");
          samples.add(std::ssize(seen.redis.primaries) - up, R"(state="down")");
        }},
    Row{{"rushline_redis_commands_total", "counter", "Commands to Redis by outcome."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.redis.commands, R"(outcome="answered")");
          samples.add(seen.redis.failures, R"(outcome="failed")");
        }},
    Row{{"rushline_redis_commands_in_flight", "gauge", "Commands sent and not answered."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.redis.in_flight); }},
    Row{{"rushline_redis_connects_total", "counter", "Connections made to Redis."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.redis.connects); }},

    Row{{"rushline_database_units_total", "counter", "Units of work by kind and outcome."},
        [](const Observation& seen, Samples& samples) {
          add_units(seen.database.reads, "read", samples);
          add_units(seen.database.writes, "write", samples);
        }},
    Row{{"rushline_database_units_waiting", "gauge", "Units of work not told yet."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.database.reads.waiting, R"(kind="read")");
          samples.add(seen.database.writes.waiting, R"(kind="write")");
        }},

    Row{{"rushline_shed_total", "counter",
         "Work refused at once, because it would not have been done in time."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.bounded_reads.shed, R"(kind="read")");
          samples.add(seen.bounded_writes.shed, R"(kind="write")");
          samples.add(seen.admission.shed, R"(kind="coupon_request")");
        }},
    Row{{"rushline_database_room", "gauge",
         "Units of work of clients that may wait, going by how fast it goes."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.bounded_reads.room, R"(kind="read")");
          samples.add(seen.bounded_writes.room, R"(kind="write")");
        }},
    Row{{"rushline_database_units_stuck", "gauge",
         "Units of work that wait for a row which somebody else holds."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.primary.stuck); }},
    Row{{"rushline_database_hosts", "gauge", "Hosts in the address of PostgreSQL; 0 with SQLite."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.primary.hosts); }},
    Row{{"rushline_database_connects_total", "counter", "Connections made to PostgreSQL."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.primary.connects); }},
    Row{{"rushline_database_unconfirmed_commits_total", "counter",
         "Commits of which it was not known at once whether they are kept."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.primary.unconfirmed); }},
    Row{{"rushline_database_in_doubt", "gauge",
         "1 while what PostgreSQL holds may be lost in a failover and is not told, 0 else."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.primary.in_doubt ? 1 : 0);
        }},
    Row{{"rushline_database_commits_hang", "gauge",
         "1 while commits wait for a standby that does not confirm, 0 else."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.primary.hangs ? 1 : 0); }},
    Row{{"rushline_database_unsafe", "gauge",
         "1 where a setting of PostgreSQL lets verdicts be lost that were told, 0 else."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.primary.nobody_waits ? 1 : 0, R"(reason="no_standby_waited_for")");
          samples.add(seen.primary.commits_local ? 1 : 0, R"(reason="synchronous_commit_local")");
          samples.add(seen.primary.fsync_off ? 1 : 0, R"(reason="fsync_off")");
        }},

    Row{{"rushline_list_revision", "gauge", "Revision of the record that the lists show."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.list.record.revision.value);
        }},
    Row{{"rushline_list_age_seconds", "gauge", "Seconds since the sales in the lists changed."},
        [](const Observation& seen, Samples& samples) { samples.add(list_age_s(seen)); }},
    Row{{"rushline_list_stale", "gauge",
         "1 while lists are not from the board, or not known to be up to date, 0 else."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.list.stale ? 1 : 0); }},
    Row{{"rushline_board_rebuilds_total", "counter", "Times that this server rebuilt the board."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.follower.rebuilds); }},
    Row{{"rushline_board_rebuilding", "gauge", "1 while this server rebuilds the board, 0 else."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.follower.is_rebuilding ? 1 : 0);
        }},
};

}  // namespace

std::span<const MetricFamily> all_metric_families() {
  static const auto families = [] {
    std::vector<MetricFamily> all;
    for (const Row& row : rows) all.push_back(row.family);
    return all;
  }();
  return families;
}

std::string render_metrics(const Observation& observation) {
  std::string out;
  for (const Row& row : rows) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", row.family.name, row.family.help,
                       row.family.name, row.family.type);
    Samples samples(out, row.family.name);
    row.read(observation, samples);
  }
  return out;
}

}  // namespace rushline::ops
