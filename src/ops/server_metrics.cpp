// Metrics of the server itself, of HTTP, and of every limit.
#include <fmt/format.h>

#include <array>

#include "ops/metric_rows.hpp"

namespace rushline::ops {
namespace {

std::int64_t as_number(bool is) { return is ? 1 : 0; }

constexpr std::array<std::string_view, http::request_kind_count> request_kinds = {"coupon", "list",
                                                                                  "poll", "other"};

void add_durations(const Observation& seen, Samples& samples) {
  for (std::size_t i = 0; i < request_kinds.size(); ++i) {
    samples.add(seen.server.durations[i], fmt::format(R"(kind="{}")", request_kinds[i]));
  }
}

void add_answers(const Observation& seen, Samples& samples) {
  for (std::size_t i = 0; i < seen.server.answers.size(); ++i) {
    samples.add(seen.server.answers[i], fmt::format(R"(class="{}xx")", i + 1));
  }
}

// Pieces and bytes apart: a family has one unit.
void add_fills(const Observation& seen, Samples& samples, std::int64_t Fill::*which, bool bytes) {
  for (std::size_t i = 0; i < seen.fills.size(); ++i) {
    if (is_in_bytes(static_cast<Bounded>(i)) != bytes) continue;
    samples.add(seen.fills[i].*which,
                fmt::format(R"(limit="{}")", to_word(static_cast<Bounded>(i))));
  }
}

const std::array rows{
    MetricRow{{"rushline_build_info", "gauge", "1; the labels say which Rushline this is."},
              [](const Observation& seen, Samples& samples) {
                samples.add(std::int64_t{1},
                            fmt::format(R"(version="{}",commit="{}")", seen.version, seen.commit));
              }},
    MetricRow{{"rushline_uptime_seconds", "gauge", "Seconds since the server started."},
              [](const Observation& seen, Samples& samples) { samples.add(seen.uptime.count()); }},
    MetricRow{{"rushline_ready", "gauge", "1 while the server takes requests, 0 else."},
              [](const Observation& seen, Samples& samples) {
                samples.add(as_number(seen.phase == http::Phase::ready));
              }},
    MetricRow{{"rushline_direct_mode", "gauge",
               "1 while drops go straight through the database, 0 else."},
              [](const Observation& seen, Samples& samples) {
                samples.add(as_number(seen.is_direct()));
              }},
    MetricRow{
        {"process_start_time_seconds", "gauge", "When the process started, since 1970."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.process.started_at); }},
    MetricRow{{"process_cpu_seconds_total", "counter", "Processor time used, in all threads."},
              [](const Observation& seen, Samples& samples) { samples.add(seen.process.cpu); }},
    MetricRow{{"process_resident_memory_bytes", "gauge", "Memory in use that is not swapped out."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.process.resident_bytes);
              }},
    MetricRow{
        {"process_open_fds", "gauge", "Files and sockets open."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.process.open_files); }},
    MetricRow{
        {"process_max_fds", "gauge", "Files and sockets that may be open."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.process.files_max); }},
    MetricRow{{"rushline_limit", "gauge", "How much of each may be."},
              [](const Observation& seen, Samples& samples) {
                add_fills(seen, samples, &Fill::limit, false);
              }},
    MetricRow{{"rushline_limit_used", "gauge", "How much of each there is."},
              [](const Observation& seen, Samples& samples) {
                add_fills(seen, samples, &Fill::used, false);
              }},
    MetricRow{{"rushline_limit_bytes", "gauge", "How many bytes of each may be."},
              [](const Observation& seen, Samples& samples) {
                add_fills(seen, samples, &Fill::limit, true);
              }},
    MetricRow{{"rushline_limit_used_bytes", "gauge", "How many bytes of each there are."},
              [](const Observation& seen, Samples& samples) {
                add_fills(seen, samples, &Fill::used, true);
              }},

    MetricRow{
        {"rushline_http_requests_total", "counter", "Requests read, or refused while being read."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.server.requests); }},
    MetricRow{{"rushline_http_answers_total", "counter", "Answers by class of their status."},
              add_answers},
    MetricRow{{"rushline_http_denied_total", "counter",
               "Requests without a known key or token (401), or without the scope for it (403)."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.server.unauthorized, R"(status="401")");
                samples.add(seen.server.forbidden, R"(status="403")");
              }},
    MetricRow{{"rushline_http_request_duration_seconds", "histogram",
               "From the last byte of a request to its answer, without streams."},
              add_durations},
    MetricRow{{"rushline_http_connections", "gauge", "Connections open."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.server.connections_open);
              }},
    MetricRow{
        {"rushline_http_connections_total", "counter", "Connections, by what was done with them."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.server.connections_accepted, R"(outcome="accepted")");
          samples.add(seen.server.connections_refused, R"(outcome="refused")");
        }},
    MetricRow{
        {"rushline_http_streams", "gauge", "Event streams open."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.server.streams_open); }},
    MetricRow{{"rushline_http_bytes_total", "counter", "Bytes read from and written to clients."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.server.bytes_in, R"(direction="in")");
                samples.add(seen.server.bytes_out, R"(direction="out")");
              }},
    MetricRow{
        {"rushline_http_held_bytes", "gauge",
         "Bytes held for large requests that arrive and for answers that are not taken."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.server.held_bytes); }},
    MetricRow{{"rushline_rate_limited_total", "counter", "Requests refused by a rate limit."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.rates.keys, R"(limit="key")");
                samples.add(seen.rates.users, R"(limit="user")");
              }},
    MetricRow{{"rushline_shed_total", "counter",
               "Work refused at once, because it would not have been done in time."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.bounded_reads.shed, R"(kind="read")");
                samples.add(seen.bounded_writes.shed, R"(kind="write")");
                samples.add(seen.admission.shed, R"(kind="coupon_request")");
              }},
};

}  // namespace

std::span<const MetricRow> server_rows() { return rows; }

}  // namespace rushline::ops
