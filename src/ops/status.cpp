// Findings are sentences for an operator: what was noticed, and what it means for the shop.
#include "ops/status.hpp"

#include <string_view>
#include <vector>

#include "http/json_output.hpp"
#include "ops/primary_findings.hpp"

namespace rushline::ops {
namespace {

std::vector<Finding> findings(const Observation& seen, const Result<ranking::RecordState>& record) {
  std::vector<Finding> found = primary_findings(seen.primary);
  if (record.has_error()) {
    found.push_back({"database_unavailable", "The database does not answer.",
                     "Orders, purchases and coupon requests are refused with 503 until it does; "
                     "lists are served as they last were."});
  }
  if (seen.redis.configured && !seen.redis.up && seen.redis.primaries_up() > 0) {
    found.push_back({"redis_partly_unavailable", "A primary of the Redis Cluster does not answer.",
                     "Drops that live on it go on through the database, in order; those on others "
                     "are not concerned. It, or its replica, is used again by itself."});
  } else if (seen.redis.configured && !seen.redis.up) {
    found.push_back({"redis_unavailable", "Redis does not answer.",
                     "Drops go on through the database, in order; lists are served as they last "
                     "were. It is used again by itself when it has been healthy for a while."});
  }
  if (seen.list.stale) {
    found.push_back({"list_stale", "Lists are not known to be up to date.",
                     "They are read from the database now and then, or are the last that could be "
                     "read; each says so, and as of when it is."});
  }
  if (!seen.list.published) {
    found.push_back({"list_missing", "No list has been published yet.",
                     "Lists are empty until the first one is."});
  }
  if (seen.phase == http::Phase::draining) {
    found.push_back({"draining", "The server is draining.",
                     "It finishes what is in hand and takes no new connections."});
  }
  return found;
}

}  // namespace

std::string render_status(const Observation& seen, const Result<ranking::RecordState>& record) {
  std::string body;
  http::JsonWriter json(body);
  const auto found = findings(seen, record);
  json.begin('{')
      .field("status", found.empty() ? "ok" : "degraded")
      .field("phase", to_word(seen.phase))
      .field("version", std::string_view(seen.version))
      .field("commit", std::string_view(seen.commit))
      .field("uptime_s", seen.uptime.count())
      .field("mode", seen.redis.primaries_up() > 0 ? "redis" : "direct");
  json.key("database").begin('{').field("ok", record.has_value());
  json.field("reads_waiting", seen.database.reads.waiting)
      .field("writes_waiting", seen.database.writes.waiting)
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
  json.field("issued", seen.admission.issued).field("sold_out", seen.admission.sold_out).end('}');
  json.key("http").begin('{').field("connections", seen.server.connections_open);
  json.field("streams", seen.server.streams_open).field("requests", seen.server.requests).end('}');
  json.key("findings").begin('[');
  for (const Finding& finding : found) {
    json.begin('{').field("code", finding.code).field("what", finding.what);
    json.field("so_what", finding.so_what).end('}');
  }
  json.end(']').end('}');
  return body;
}

}  // namespace rushline::ops
