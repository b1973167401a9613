// What there is, and then what is wrong with it.
#include "ops/status.hpp"

#include <string_view>

#include "http/json_output.hpp"
#include "ops/findings.hpp"

namespace rushline::ops {

std::string render_status(const Observation& seen, const Result<ranking::RecordState>& record) {
  std::string body;
  http::JsonWriter json(body);
  const auto found = findings(seen, record.has_value());
  json.begin('{')
      .field("status", found.empty() ? "ok" : "degraded")
      .field("phase", to_word(seen.phase))
      .field("version", std::string_view(seen.version))
      .field("commit", std::string_view(seen.commit))
      .field("uptime_s", seen.uptime.count())
      .field("mode", seen.is_direct() ? "direct" : "redis");
  json.key("database").begin('{').field("ok", record.has_value() && seen.database.up);
  json.field("reads_waiting", seen.database.units.reads.waiting)
      .field("writes_waiting", seen.database.units.writes.waiting)
      .end('}');
  json.key("redis").begin('{').field("configured", seen.redis.configured);
  std::optional<std::string_view> shape;
  if (seen.redis.configured) shape = seen.redis.shape;
  json.field("shape", shape)
      .field("up", seen.redis.up)
      .field("up_s", seen.redis.up_s)
      .field("lines", seen.admission.line.lines);
  json.key("primaries").begin('[');
  for (const RedisPrimaryObservation& primary : seen.redis.primaries) {
    json.begin('{').field("address", std::string_view(primary.address));
    json.field("up", primary.up).end('}');
  }
  json.end(']').end('}');
  std::optional<Timestamp> as_of;
  std::optional<std::int64_t> age_s;
  if (seen.list.published) {
    as_of = seen.list.record.folded_at;
    age_s = std::chrono::duration_cast<std::chrono::seconds>(seen.now - *as_of).count();
  }
  std::optional<std::int64_t> record_revision;
  if (record.has_value()) record_revision = record->revision.value;
  json.key("list").begin('{').field("revision", seen.list.record.revision.value);
  json.field("record_revision", record_revision)
      .field("as_of", as_of)
      .field("age_s", age_s)
      .field("stale", seen.list.stale)
      .end('}');
  json.key("coupons").begin('{').field("waiting", seen.admission.waiting);
  json.field("issued", seen.admission.issued)
      .field("sold_out", seen.admission.answers.of(coupons::Outcome::sold_out) +
                             seen.admission.sold_out_from_memory)
      .end('}');
  json.key("http").begin('{').field("connections", seen.server.connections_open);
  json.field("streams", seen.server.streams_open).field("requests", seen.server.requests).end('}');
  json.key("findings").begin('[');
  for (const Finding& finding : found) {
    json.begin('{').field("code", finding.code).field("what", std::string_view(finding.what));
    json.field("so_what", finding.so_what).field("do_this", finding.do_this).end('}');
  }
  json.end(']').end('}');
  return body;
}

}  // namespace rushline::ops
