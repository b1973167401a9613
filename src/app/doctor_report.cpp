// Renders facts and findings; see doctor_report.hpp.
#include "app/doctor_report.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "app/output.hpp"
#include "runtime/redact.hpp"
#include "runtime/version.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

json::value to_value(const doctor::Room& room) {
  return {{"free", room.free}, {"total", room.total}};
}
json::value to_value(std::chrono::milliseconds time) { return time.count(); }
template <class Plain>
json::value to_value(const Plain& plain) {
  return json::value_from(plain);
}

template <class Value>
json::value known(const std::optional<Value>& value) {
  return value ? to_value(*value) : json::value(nullptr);
}

json::value to_json(const doctor::DatabaseFacts& database) {
  json::object object{{"name", database.name},
                      {"unreachable", known(database.unreachable)},
                      {"schema",
                       {{"applied", database.schema.applied},
                        {"pending", json::value_from(database.schema.pending)},
                        {"refusal", known(database.schema.refusal)}}},
                      {"time_zone", known(database.kept_time_zone)},
                      {"clock_ahead_ms", known(database.clock_ahead)}};
  if (const auto& sqlite = database.sqlite) {
    object["sqlite"] = {{"path", sqlite->path},
                        {"exists", sqlite->exists},
                        {"folder_is_writable", sqlite->folder_is_writable},
                        {"file_system", known(sqlite->file_system)},
                        {"journal_mode", known(sqlite->journal_mode)},
                        {"disk_bytes", known(sqlite->disk_bytes)}};
  }
  if (const auto& postgres = database.postgres) {
    object["postgres"] = {{"version", postgres->version},
                          {"fsync", known(postgres->fsync)},
                          {"full_page_writes", known(postgres->full_page_writes)},
                          {"synchronous_commit", known(postgres->synchronous_commit)},
                          {"synchronous_standby_names", known(postgres->synchronous_standby_names)},
                          {"standbys", known(postgres->standbys)},
                          {"connections", known(postgres->connections)},
                          {"is_superuser", postgres->is_superuser}};
  }
  return object;
}

json::value to_json(const doctor::RedisFacts& redis) {
  return {{"name", redis.name},
          {"node", redis.node},
          {"unreachable", known(redis.unreachable)},
          {"version", redis.version},
          {"user", redis.user},
          {"denied", json::value_from(redis.denied)},
          {"settings_are_hidden", redis.settings_are_hidden},
          {"append_only", known(redis.append_only)},
          {"last_write_was_good", known(redis.last_write_was_good)},
          {"append_fsync", known(redis.append_fsync)},
          {"snapshots", known(redis.snapshots)},
          {"eviction_policy", known(redis.eviction_policy)},
          {"memory_used", known(redis.memory_used)},
          {"memory_max", known(redis.memory_max)},
          {"replicas", known(redis.replicas)},
          {"replicas_to_write_min", known(redis.replicas_to_write_min)},
          {"has_functions", known(redis.has_functions)},
          {"clock_ahead_ms", known(redis.clock_ahead)}};
}

json::value to_json(const doctor::ServerFacts& server) {
  return {{"target", server.target},
          {"unreachable", known(server.unreachable)},
          {"version", server.version},
          {"findings", json::value_from(server.findings)}};
}

// Strings deep inside, too.
void redact_all(json::value& value) {
  if (value.is_string()) {
    value.get_string().assign(runtime::redact(std::string(value.get_string())));
  } else if (value.is_array()) {
    for (json::value& item : value.get_array()) redact_all(item);
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) redact_all(member.value());
  }
}

std::string looked_at(const doctor::Facts& facts) {
  const auto& database = facts.database;
  std::string text = fmt::format("database  {}\n", database.name);
  for (const auto& redis : facts.redis) {
    text += fmt::format("redis     {}{}{}\n", redis.name,
                        redis.node.empty() ? "" : ", primary " + redis.node,
                        redis.version.empty() ? "" : ", version " + redis.version);
  }
  if (facts.server) text += fmt::format("server    {}\n", facts.server->target);
  return text;
}

Ink ink_of(doctor::Severity severity) {
  return severity == doctor::Severity::critical  ? Ink::red
         : severity == doctor::Severity::warning ? Ink::yellow
                                                 : Ink::dim;
}

}  // namespace

json::value to_json(const doctor::Finding& finding) {
  return {{"severity", to_word(finding.severity)},
          {"code", finding.code},
          {"what", finding.what},
          {"so_what", finding.so_what},
          {"do_this", finding.do_this}};
}

json::value to_json(const doctor::Facts& facts) {
  json::array redis;
  for (const doctor::RedisFacts& primary : facts.redis) redis.push_back(to_json(primary));
  const doctor::IntendedServer& intended = facts.intended;
  return {{"version", facts.version},
          {"intended",
           {{"connections_max", intended.connections_max},
            {"database_connections", intended.database_connections},
            {"database_hosts", intended.database_hosts},
            {"redis_wait_replicas", intended.redis_wait_replicas},
            {"drain_delay_s", intended.drain_delay.count()},
            {"is_reachable_from_outside", intended.is_reachable_from_outside},
            {"time_zone", intended.time_zone}}},
          {"machine",
           {{"open_files_max", known(facts.machine.open_files_max)},
            {"clock_is_synchronised", known(facts.machine.clock_is_synchronised)}}},
          {"database", to_json(facts.database)},
          {"redis", std::move(redis)},
          {"server", facts.server ? to_json(*facts.server) : json::value(nullptr)}};
}

void print_report(Console& console, const doctor::Facts& facts, const doctor::Findings& findings) {
  Stream& out = console.out;
  out.write(runtime::redact(looked_at(facts)));
  for (const doctor::Finding& finding : findings) {
    out.line("");
    out.line(fmt::format("{}  {}",
                         out.in(ink_of(finding.severity), std::string(to_word(finding.severity))),
                         finding.code));
    out.line("  what     " + runtime::redact(finding.what));
    out.line("  so what  " + runtime::redact(finding.so_what));
    out.line("  do this  " + runtime::redact(finding.do_this));
  }
}

std::string bundle_text(const runtime::Configuration& configuration, const doctor::Facts& facts,
                        const doctor::Findings& findings, const ServerWords& server,
                        Timestamp now) {
  std::string text;
  const auto add = [&text](std::string_view kind, json::value value) {
    json::value line{{"kind", kind}, {"value", std::move(value)}};
    redact_all(line);
    text += json::serialize(line) + "\n";
  };
  add("rushline",
      {{"version", runtime::version()}, {"commit", runtime::commit()}, {"at", to_rfc3339(now)}});
  for (const runtime::ConfiguredValue& value : configuration.values) {
    add("setting", {{"key", value.setting->key},
                    {"value", runtime::shown_text(value)},
                    {"origin", value.where}});
  }
  add("facts", to_json(facts));
  for (const doctor::Finding& finding : findings) add("finding", to_json(finding));
  if (!server.status.is_null()) add("status", server.status);
  if (!server.metrics.empty()) add("metrics", json::value_from(server.metrics));
  return text;
}

}  // namespace rushline::app
