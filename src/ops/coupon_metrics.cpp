// Metrics of requests for coupons and of the lines.
#include <fmt/format.h>

#include <array>

#include "ops/metric_rows.hpp"

namespace rushline::ops {
namespace {

using coupons::AdmissionCounts;
using coupons::Outcome;

constexpr std::array<std::string_view, coupons::outcome_count> outcomes = {
    "issued", "already_issued", "sold_out", "closed", "not_open", "paused", "queued", "line_full"};

std::int64_t from_memory(const AdmissionCounts& counts, Outcome outcome) {
  if (outcome == Outcome::already_issued) return counts.holders_from_memory;
  return outcome == Outcome::sold_out ? counts.sold_out_from_memory : 0;
}

std::int64_t told(const AdmissionCounts& counts, Outcome outcome) {
  return counts.answers.of(outcome) + from_memory(counts, outcome);
}

void add_answers(const Observation& seen, Samples& samples) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto outcome = static_cast<Outcome>(i);
    samples.add(told(seen.admission, outcome), fmt::format(R"(outcome="{}")", outcomes[i]));
  }
  samples.add(seen.admission.answers.failures, R"(outcome="error")");
}

void add_stages(const Observation& seen, Samples& samples) {
  samples.add(seen.admission.answers.admit, R"(stage="admit")");
  samples.add(seen.admission.answers.settle, R"(stage="settle")");
  samples.add(seen.admission.answers.tell, R"(stage="tell")");
  samples.add(seen.admission.answers.verdict, R"(stage="verdict")");
}

void add_batch_sizes(const Observation& seen, Samples& samples) {
  samples.add(seen.admission.direct_batches, R"(batch="direct")");
  samples.add(seen.admission.line.admits, R"(batch="admit")");
  samples.add(seen.admission.line.drains, R"(batch="drain")");
}

const std::array rows{
    MetricRow{
        {"rushline_coupon_requests_waiting", "gauge", "Coupon requests not answered yet."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.waiting); }},
    MetricRow{
        {"rushline_coupon_oldest_wait_seconds", "gauge",
         "How long the first of those who wait for a verdict has waited."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.oldest_wait); }},
    MetricRow{{"rushline_line_still_seconds", "gauge",
               "The longest time for which an event has decided nobody although somebody waits."},
              [](const Observation& seen, Samples& samples) { samples.add(seen.admission.still); }},
    MetricRow{
        {"rushline_coupon_answers_total", "counter", "Coupon requests by what they were told."},
        add_answers},
    MetricRow{{"rushline_coupon_memory_answers_total", "counter",
               "Verdicts told from memory: holders and sold out."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.holders_from_memory +
                            seen.admission.sold_out_from_memory);
              }},
    MetricRow{{"rushline_coupon_stage_duration_seconds", "histogram",
               "How long coupon requests took, stage by stage, and the whole way (verdict)."},
              add_stages},
    MetricRow{{"rushline_coupon_batch_size", "histogram", "Coupon requests that went together."},
              add_batch_sizes},
    MetricRow{{"rushline_coupon_batches_total", "counter", "Batches of coupon requests settled."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.direct_batches.count() +
                            seen.admission.line.drains.count());
              }},
    MetricRow{
        {"rushline_coupon_batch_requests_total", "counter", "Coupon requests in these batches."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.direct_batches.sum + seen.admission.line.drains.sum);
        }},
    MetricRow{
        {"rushline_coupon_retries_total", "counter",
         "Batches of coupon requests tried again: the database had failed, or a round was not open "
         "yet."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.retries); }},
    MetricRow{
        {"rushline_coupons_issued_total", "counter", "Coupons issued by this server."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.issued); }},
    MetricRow{{"rushline_coupon_sold_out_total", "counter",
               "Sold-out verdicts told by this server, from memory too."},
              [](const Observation& seen, Samples& samples) {
                samples.add(told(seen.admission, Outcome::sold_out));
              }},
    MetricRow{{"rushline_coupon_events_undecided", "gauge",
               "Events neither sold out nor closed, by the way that their requests go."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.line.undecided_in_line, R"(mode="redis")");
                samples.add(seen.admission.line.undecided_direct, R"(mode="direct")");
              }},
    MetricRow{{"rushline_coupon_epoch_max", "gauge", "The highest epoch of an undecided event."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.line.epoch_max);
              }},
    MetricRow{
        {"rushline_coupon_events_in_memory", "gauge", "Coupon events with something in memory."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.events); }},
    MetricRow{
        {"rushline_coupon_holders_in_memory", "gauge", "Holders of coupons remembered."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.holders); }},

    MetricRow{{"rushline_admit_batches_total", "counter", "Calls that asked for places in a line."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.line.admits.count());
              }},
    MetricRow{{"rushline_admit_requests_total", "counter", "Coupon requests in these calls."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.line.admits.sum);
              }},
    MetricRow{{"rushline_drains_total", "counter", "Transactions that settled places of a line."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.line.drains.count());
              }},
    MetricRow{{"rushline_drained_places_total", "counter", "Places in these transactions."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.line.drains.sum);
              }},
    MetricRow{
        {"rushline_drains_moved_total", "counter", "Drains that another server had done."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.line.moved); }},
    MetricRow{{"rushline_entered_again_total", "counter",
               "Coupon requests whose place was lost, or of an older epoch."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.line.entered_again);
              }},
    MetricRow{{"rushline_lines_left_total", "counter",
               "Events that this server took out of the line, because it could not be used."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.line.lines_left);
              }},
    MetricRow{
        {"rushline_lines_opened_total", "counter", "Events that this server brought to the line."},
        [](const Observation& seen, Samples& samples) {
          samples.add(seen.admission.line.lines_opened);
        }},
    MetricRow{{"rushline_line_requests_waiting", "gauge",
               "Coupon requests that have a place and wait for its verdict here."},
              [](const Observation& seen, Samples& samples) {
                samples.add(seen.admission.line.waiting);
              }},
    MetricRow{
        {"rushline_lines", "gauge", "Events in memory that go through the line."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.line.lines); }},
    MetricRow{
        {"rushline_line_places", "gauge", "Places in all lines, as Redis last told."},
        [](const Observation& seen, Samples& samples) { samples.add(seen.admission.line.places); }},
};

}  // namespace

std::span<const MetricRow> coupon_rows() { return rows; }

}  // namespace rushline::ops
