// The list of codes, and the order of findings.
#include "doctor/examination.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "doctor/rules.hpp"

namespace rushline::doctor {

Findings examine(const Facts& facts) {
  Findings found;
  examine_database(facts, found);
  examine_redis(facts, found);
  examine_machine(facts, found);
  if (facts.server) examine_server(facts, found);
  std::ranges::stable_sort(found, std::ranges::greater(), &Finding::severity);
  return found;
}

bool is_degraded(const Findings& findings) {
  return std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.severity != Severity::note; });
}

bool is_unreachable(const Facts& facts) {
  const auto is_away = [](const RedisFacts& redis) { return redis.unreachable.has_value(); };
  return facts.database.unreachable || std::ranges::any_of(facts.redis, is_away) ||
         (facts.server && facts.server->unreachable);
}

std::span<const std::string_view> all_finding_codes() {
  static constexpr std::array<std::string_view, 40> codes = {
      "database_unreachable",
      "schema_pending",
      "schema_refused",
      "time_zone_differs",
      "database_clock_differs",
      "sqlite_on_a_network",
      "sqlite_in_memory",
      "sqlite_not_wal",
      "sqlite_not_writable",
      "disk_nearly_full",
      "database_fsync_off",
      "postgres_full_page_writes_off",
      "database_commits_local",
      "database_no_standby_waited_for",
      "postgres_connections_short",
      "postgres_superuser",
      "redis_unreachable",
      "redis_too_old",
      "redis_forbids",
      "redis_everybody",
      "redis_settings_hidden",
      "redis_not_persistent",
      "redis_fsync_off",
      "redis_snapshots",
      "redis_write_failed",
      "redis_evicts",
      "redis_memory_unbounded",
      "redis_memory_nearly_full",
      "redis_no_replica",
      "redis_writes_alone",
      "redis_no_spare_replica",
      "redis_too_few_replicas",
      "redis_functions_missing",
      "redis_clock_differs",
      "open_files_short",
      "clock_not_synchronised",
      "no_drain_delay",
      "server_unreachable",
      "server_degraded",
      "server_version_differs",
  };
  return codes;
}

}  // namespace rushline::doctor
