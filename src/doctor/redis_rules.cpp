// What Redis may lose, refuse, or let others do.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "doctor/rules.hpp"

namespace rushline::doctor {
namespace {

constexpr int version_min = 7;
constexpr std::int64_t full_percent = 80;

int major_of(std::string_view version) {
  int number = 0;
  std::from_chars(version.data(), version.data() + version.size(), number);
  return number;
}

void examine_access(const RedisFacts& redis, Findings& found) {
  if (!redis.denied.empty()) {
    found.push_back({Severity::critical, "redis_forbids",
                     fmt::format("The user {} may not run: {}.",
                                 redis.user.empty() ? "of the server" : redis.user,
                                 fmt::join(redis.denied, ", ")),
                     "Lines and the board do not work; drops go through the database.",
                     "Give the user what deploy/redis/users.acl gives to `rushline`."});
  }
  if (redis.user == "default") {
    found.push_back({Severity::warning, "redis_everybody",
                     "The server comes in as the user default, who may do everything.",
                     "Whoever reaches Redis with the same password, or none, can empty it.",
                     "Use deploy/redis/users.acl, and let the server come in as `rushline`."});
  }
  if (redis.settings_are_hidden) {
    found.push_back({Severity::note, "redis_settings_hidden",
                     "The user may not run CONFIG GET, which is as it should be for a server.",
                     "appendfsync and snapshots were not looked at.",
                     "Look once with the user `doctor` of deploy/redis/users.acl in the address."});
  }
}

void examine_keeping(const RedisFacts& redis, Findings& found) {
  if (redis.append_only == false) {
    found.push_back({Severity::warning, "redis_not_persistent",
                     "Redis keeps no append-only file (appendonly = no).",
                     "A restart empties it: everybody in line enters again, and who was told "
                     "`queued` must press again.",
                     "Set appendonly yes, as deploy/redis/redis.conf does."});
  }
  if (redis.append_only == true && redis.append_fsync == "no") {
    found.push_back({Severity::warning, "redis_fsync_off", "appendfsync is no.",
                     "A power failure loses the places of up to half a minute.",
                     "Set appendfsync everysec, or always where a 202 must survive."});
  }
  if (redis.snapshots && !redis.snapshots->empty()) {
    found.push_back({Severity::note, "redis_snapshots",
                     fmt::format("Redis also writes snapshots (save {}).", *redis.snapshots),
                     "An old snapshot brings lines back that are settled; that is noticed and "
                     "costs only time and memory.",
                     "Set save \"\" where nothing else lives in this Redis."});
  }
  if (redis.last_write_was_good == false) {
    found.push_back(
        {Severity::critical, "redis_write_failed", "The last write of the append-only file failed.",
         "Redis refuses writes; drops go through the database.", "Look at its log and its disk."});
  }
}

void examine_memory(const RedisFacts& redis, Findings& found) {
  if (redis.eviction_policy && *redis.eviction_policy != "noeviction") {
    found.push_back({Severity::critical, "redis_evicts",
                     fmt::format("maxmemory-policy is {}.", *redis.eviction_policy),
                     "A full Redis throws whole lines away in the middle of a drop.",
                     "Set maxmemory-policy noeviction."});
  }
  if (redis.memory_max == 0) {
    found.push_back({Severity::warning, "redis_memory_unbounded", "maxmemory is not set.",
                     "Redis grows until the system ends it, or another program.",
                     "Set maxmemory; docs/redis.md has the sum."});
  }
  if (redis.memory_max && redis.memory_used && *redis.memory_max > 0 &&
      *redis.memory_used > *redis.memory_max / 100 * full_percent) {
    constexpr std::int64_t mebibyte = 1024 * 1024;
    found.push_back({Severity::warning, "redis_memory_nearly_full",
                     fmt::format("Redis uses {} MiB of {} MiB.", *redis.memory_used / mebibyte,
                                 *redis.memory_max / mebibyte),
                     "When it is full it refuses places; drops then go through the database.",
                     "Raise maxmemory; docs/redis.md has the sum."});
  }
}

// With min-replicas-to-write N and N replicas, the one that is promoted has one too few left.
void examine_spare_replica(std::int64_t needed, std::int64_t replicas, Findings& found) {
  if (replicas < needed) {
    found.push_back({Severity::critical, "redis_no_spare_replica",
                     fmt::format("min-replicas-to-write is {}, and {} follow.", needed, replicas),
                     "Redis refuses writes; drops go through the database.",
                     "Start replicas, at least one more than min-replicas-to-write."});
  } else if (needed > 0 && replicas == needed) {
    found.push_back({Severity::warning, "redis_no_spare_replica",
                     fmt::format("min-replicas-to-write is {}, and only {} {}.", needed, replicas,
                                 replicas == 1 ? "follows" : "follow"),
                     "When a replica is lost or promoted, one too few is left: Redis then refuses "
                     "writes, and drops go through the database.",
                     "Start one replica more, or lower min-replicas-to-write there and here."});
  }
}

void examine_replicas(const Facts& facts, const RedisFacts& redis, Findings& found) {
  if (!redis.replicas) return;
  const std::int64_t replicas = *redis.replicas;
  const std::int64_t wanted = facts.intended.redis_wait_replicas;
  if (redis.replicas_to_write_min) {
    examine_spare_replica(*redis.replicas_to_write_min, replicas, found);
  }
  if (replicas < wanted) {
    found.push_back({Severity::critical, "redis_too_few_replicas",
                     fmt::format("redis.wait_replicas is {}, and {} follow.", wanted, replicas),
                     "No place can be told: requests enter again and again, and are decided late.",
                     "Start replicas, or lower redis.wait_replicas."});
  } else if (replicas == 0) {
    found.push_back({Severity::warning, "redis_no_replica", "No replica follows this Redis.",
                     "While it is away drops go through the database, more slowly.",
                     "Start replicas and Sentinels (deploy/redis), or live with it knowingly."});
  } else if (redis.replicas_to_write_min == 0) {
    found.push_back({Severity::warning, "redis_writes_alone",
                     "Replicas follow, and min-replicas-to-write is 0.",
                     "A primary that is cut off goes on giving out places that are lost when it "
                     "comes back.",
                     "Set min-replicas-to-write 1 and min-replicas-max-lag 2 where at least two "
                     "replicas follow."});
  }
}

// By how much a clock is ahead of another, when it is too much.
std::optional<std::string> difference(std::optional<std::chrono::milliseconds> ahead,
                                      std::string_view whose) {
  if (!ahead || std::chrono::abs(*ahead) <= limits::clock_difference_max) return std::nullopt;
  return fmt::format("{} ms {} {}", std::chrono::abs(*ahead).count(),
                     ahead->count() > 0 ? "ahead of" : "behind", whose);
}

void examine_clock(const Facts& facts, const RedisFacts& redis, Findings& found) {
  auto of_database = redis.clock_ahead;
  if (of_database && facts.database.clock_ahead) {
    *of_database -= *facts.database.clock_ahead;
  } else {
    of_database.reset();
  }
  std::vector<std::string> differences;
  for (auto&& text : {difference(redis.clock_ahead, "this machine's"),
                      difference(of_database, "the database's")}) {
    if (text) differences.push_back(*text);
  }
  if (differences.empty()) return;
  found.push_back({Severity::warning, "redis_clock_differs",
                   fmt::format("The clock of Redis is {}.", fmt::join(differences, " and ")),
                   "Lines open and close by the clock of Redis, and by the database's while Redis "
                   "is away: too early or too late by as much.",
                   "Let all machines take their time from the same source (chrony, NTP)."});
}

void examine_primary(const Facts& facts, const RedisFacts& redis, Findings& found) {
  if (redis.unreachable) {
    found.push_back({Severity::critical, "redis_unreachable",
                     fmt::format("{} cannot be looked at: {}", redis.name, *redis.unreachable),
                     "Drops go through the database, in order and more slowly.",
                     "Check the address, the user and that it runs; see `rushline config show "
                     "--origin`."});
    return;
  }
  if (!redis.version.empty() && major_of(redis.version) < version_min) {
    found.push_back({Severity::critical, "redis_too_old",
                     fmt::format("Redis is version {}, and has no functions.", redis.version),
                     "Lines and the board do not work; drops go through the database.",
                     "Upgrade Redis to 7.0 or later, or Valkey to 7.2 or later."});
  }
  examine_access(redis, found);
  examine_keeping(redis, found);
  examine_memory(redis, found);
  examine_replicas(facts, redis, found);
  if (redis.has_functions == false) {
    found.push_back({Severity::note, "redis_functions_missing",
                     "Rushline's functions are not loaded.",
                     "The first server that needs them loads them.", "Nothing."});
  }
  examine_clock(facts, redis, found);
}

// A finding, and the primaries of a Cluster where it was found.
struct Shared {
  Finding finding;
  std::vector<std::string> nodes;

  bool is_same(const Finding& other) const {
    return finding.severity == other.severity && finding.code == other.code &&
           finding.what == other.what;
  }
};

}  // namespace

void examine_redis(const Facts& facts, Findings& found) {
  std::vector<Shared> shared;
  for (const RedisFacts& redis : facts.redis) {
    Findings of_primary;
    examine_primary(facts, redis, of_primary);
    for (Finding& finding : of_primary) {
      auto at = std::ranges::find_if(
          shared, [&](const Shared& earlier) { return earlier.is_same(finding); });
      if (at == shared.end()) at = shared.insert(at, {std::move(finding), {}});
      if (!redis.node.empty()) at->nodes.push_back(redis.node);
    }
  }
  for (auto& [finding, nodes] : shared) {
    if (!nodes.empty()) finding.what = fmt::format("{}: {}", fmt::join(nodes, ", "), finding.what);
    found.push_back(std::move(finding));
  }
}

}  // namespace rushline::doctor
