// Sound facts give no findings; each rule names its code, and every code is explained.
#include "doctor/examination.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/limits.hpp"

namespace rushline::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t gibibyte = 1024 * 1024 * 1024;

Facts sound(bool is_sqlite) {
  Facts facts{.version = "1.0",
              .intended = {.connections_max = 20'000,
                           .database_connections = 6,
                           .drain_delay = 5s,
                           .is_reachable_from_outside = true,
                           .time_zone = "Asia/Seoul"},
              .machine = {.open_files_max = 65'536, .clock_is_synchronised = true},
              .database = {.name = "shop",
                           .schema = {.applied = 5},
                           .kept_time_zone = "Asia/Seoul",
                           .clock_ahead = -3ms}};
  if (is_sqlite) {
    facts.database.sqlite = SqliteFacts{.path = "/data/rushline.db",
                                        .exists = true,
                                        .folder_is_writable = true,
                                        .file_system = "ext4",
                                        .journal_mode = "wal",
                                        .disk_bytes = Room{50 * gibibyte, 100 * gibibyte}};
    return facts;
  }
  facts.database.postgres = PostgresFacts{.version = "15.4",
                                          .fsync = true,
                                          .full_page_writes = true,
                                          .synchronous_commit = "on",
                                          .synchronous_standby_names = "ANY 1 (a, b)",
                                          .standbys = 2,
                                          .connections = Room{90, 97}};
  facts.redis = {RedisFacts{.name = "redis://cache:6379/0",
                            .version = "7.0.15",
                            .user = "rushline",
                            .append_only = true,
                            .last_write_was_good = true,
                            .append_fsync = "everysec",
                            .snapshots = "",
                            .eviction_policy = "noeviction",
                            .memory_used = gibibyte,
                            .memory_max = 2 * gibibyte,
                            .replicas = 2,
                            .replicas_to_write_min = 1,
                            .has_functions = true,
                            .clock_ahead = 3ms}};
  facts.server = ServerFacts{.target = "http://127.0.0.1:8080", .version = "1.0"};
  return facts;
}

Facts on_sqlite() { return sound(true); }
Facts distributed() { return sound(false); }

std::vector<std::string> codes_of(const Facts& facts) {
  std::vector<std::string> codes;
  for (const Finding& finding : examine(facts)) codes.emplace_back(finding.code);
  return codes;
}

struct Ailment {
  std::string code;
  Severity severity;
  Facts (*base)();
  std::function<void(Facts&)> befall;
};

const std::vector<Ailment> ailments = {
    {"database_unreachable", Severity::critical, distributed,
     [](Facts& f) { f.database.unreachable = "no route"; }},
    {"schema_pending", Severity::note, distributed,
     [](Facts& f) { f.database.schema.pending = {"0005_lines"}; }},
    {"schema_refused", Severity::critical, on_sqlite,
     [](Facts& f) { f.database.schema.refusal = "A newer program wrote it."; }},
    {"time_zone_differs", Severity::critical, distributed,
     [](Facts& f) { f.database.kept_time_zone = "Europe/Berlin"; }},
    {"database_clock_differs", Severity::warning, distributed,
     [](Facts& f) {
       f.database.clock_ahead = -1'001ms;
       f.redis[0].clock_ahead = -10ms;
     }},
    {"sqlite_on_a_network", Severity::critical, on_sqlite,
     [](Facts& f) { f.database.sqlite->file_system = "nfs"; }},
    {"sqlite_in_memory", Severity::critical, on_sqlite,
     [](Facts& f) { f.database.sqlite->file_system = "tmpfs"; }},
    {"sqlite_not_wal", Severity::warning, on_sqlite,
     [](Facts& f) { f.database.sqlite->journal_mode = "delete"; }},
    {"sqlite_not_writable", Severity::critical, on_sqlite,
     [](Facts& f) { f.database.sqlite->folder_is_writable = false; }},
    {"disk_nearly_full", Severity::warning, on_sqlite,
     [](Facts& f) {
       f.database.sqlite->disk_bytes = Room{9 * gibibyte, 100 * gibibyte};
     }},
    {"database_fsync_off", Severity::critical, distributed,
     [](Facts& f) { f.database.postgres->fsync = false; }},
    {"postgres_full_page_writes_off", Severity::critical, distributed,
     [](Facts& f) { f.database.postgres->full_page_writes = false; }},
    {"database_commits_local", Severity::critical, distributed,
     [](Facts& f) { f.database.postgres->synchronous_commit = "local"; }},
    {"database_no_standby_waited_for", Severity::warning, distributed,
     [](Facts& f) { f.database.postgres->synchronous_standby_names = ""; }},
    {"postgres_connections_short", Severity::warning, distributed,
     [](Facts& f) {
       f.database.postgres->connections = Room{5, 97};
     }},
    {"postgres_superuser", Severity::warning, distributed,
     [](Facts& f) { f.database.postgres->is_superuser = true; }},
    {"redis_unreachable", Severity::critical, distributed,
     [](Facts& f) { f.redis[0].unreachable = "no route"; }},
    {"redis_too_old", Severity::critical, distributed,
     [](Facts& f) { f.redis[0].version = "6.2.14"; }},
    {"redis_forbids", Severity::critical, distributed,
     [](Facts& f) { f.redis[0].denied = {"FCALL"}; }},
    {"redis_everybody", Severity::warning, distributed,
     [](Facts& f) { f.redis[0].user = "default"; }},
    {"redis_settings_hidden", Severity::note, distributed,
     [](Facts& f) { f.redis[0].settings_are_hidden = true; }},
    {"redis_not_persistent", Severity::warning, distributed,
     [](Facts& f) { f.redis[0].append_only = false; }},
    {"redis_fsync_off", Severity::warning, distributed,
     [](Facts& f) { f.redis[0].append_fsync = "no"; }},
    {"redis_snapshots", Severity::note, distributed,
     [](Facts& f) { f.redis[0].snapshots = "3600 1"; }},
    {"redis_write_failed", Severity::critical, distributed,
     [](Facts& f) { f.redis[0].last_write_was_good = false; }},
    {"redis_evicts", Severity::critical, distributed,
     [](Facts& f) { f.redis[0].eviction_policy = "allkeys-lru"; }},
    {"redis_memory_unbounded", Severity::warning, distributed,
     [](Facts& f) { f.redis[0].memory_max = 0; }},
    {"redis_memory_nearly_full", Severity::warning, distributed,
     [](Facts& f) { f.redis[0].memory_used = 2 * gibibyte - 1; }},
    {"redis_no_replica", Severity::warning, distributed,
     [](Facts& f) {
       f.redis[0].replicas = 0;
       f.redis[0].replicas_to_write_min = 0;
     }},
    {"redis_writes_alone", Severity::warning, distributed,
     [](Facts& f) { f.redis[0].replicas_to_write_min = 0; }},
    {"redis_no_spare_replica", Severity::warning, distributed,
     [](Facts& f) { f.redis[0].replicas = 1; }},
    {"redis_no_spare_replica", Severity::critical, distributed,
     [](Facts& f) { f.redis[0].replicas_to_write_min = 3; }},
    {"redis_too_few_replicas", Severity::critical, distributed,
     [](Facts& f) { f.intended.redis_wait_replicas = 3; }},
    {"redis_functions_missing", Severity::note, distributed,
     [](Facts& f) { f.redis[0].has_functions = false; }},
    {"redis_clock_differs", Severity::warning, distributed,
     [](Facts& f) { f.redis[0].clock_ahead = 5s; }},
    {"open_files_short", Severity::warning, on_sqlite,
     [](Facts& f) { f.machine.open_files_max = 20'000; }},
    {"clock_not_synchronised", Severity::warning, on_sqlite,
     [](Facts& f) { f.machine.clock_is_synchronised = false; }},
    {"no_drain_delay", Severity::note, distributed, [](Facts& f) { f.intended.drain_delay = 0s; }},
    {"server_unreachable", Severity::critical, distributed,
     [](Facts& f) { f.server->unreachable = "no route"; }},
    {"server_degraded", Severity::warning, distributed,
     [](Facts& f) { f.server->findings = {"list_stale"}; }},
    {"server_version_differs", Severity::note, distributed,
     [](Facts& f) { f.server->version = "0.9"; }},
};

TEST(Examination, FindsNothingWhereAllIsSound) {
  EXPECT_EQ(codes_of(on_sqlite()), std::vector<std::string>());
  EXPECT_EQ(codes_of(distributed()), std::vector<std::string>());
}

TEST(Examination, FindsEachAilmentAndNothingElse) {
  for (const Ailment& ailment : ailments) {
    Facts facts = ailment.base();
    ailment.befall(facts);
    const Findings found = examine(facts);
    ASSERT_EQ(codes_of(facts), std::vector{ailment.code});
    EXPECT_EQ(found[0].severity, ailment.severity) << ailment.code;
    EXPECT_EQ(is_degraded(found), ailment.severity != Severity::note) << ailment.code;
    for (const std::string& text : {found[0].what, found[0].so_what, found[0].do_this}) {
      EXPECT_TRUE(text.ends_with('.') || ailment.code.ends_with("unreachable")) << text;
    }
  }
}

TEST(Examination, NamesExactlyTheCodesThatItCanGive) {
  std::set<std::string> given;
  for (const Ailment& ailment : ailments) given.insert(ailment.code);
  const auto listed = all_finding_codes();
  EXPECT_EQ(given, std::set<std::string>(listed.begin(), listed.end()));
}

TEST(Examination, JudgesNothingThatIsNotKnown) {
  Facts facts;
  facts.database.postgres = PostgresFacts{.version = "16.0"};
  facts.redis = {RedisFacts{}};
  facts.server = ServerFacts{};
  EXPECT_EQ(codes_of(facts), std::vector<std::string>());
}

TEST(Examination, PutsTheWorstFirst) {
  Facts facts = distributed();
  facts.redis[0].snapshots = "3600 1";
  facts.machine.clock_is_synchronised = false;
  facts.redis[0].eviction_policy = "allkeys-lru";
  EXPECT_EQ(codes_of(facts), (std::vector<std::string>{"redis_evicts", "clock_not_synchronised",
                                                       "redis_snapshots"}));
}

TEST(Examination, AsksForSynchronousStandbysWhereSeveralHostsAreNamed) {
  Facts facts = distributed();
  facts.intended.database_hosts = 2;
  facts.database.postgres->standbys = 0;
  facts.database.postgres->synchronous_standby_names = "";
  const Findings found = examine(facts);
  ASSERT_EQ(codes_of(facts), std::vector<std::string>{"database_no_standby_waited_for"});
  EXPECT_EQ(found[0].severity, Severity::critical);
}

// Less than a second from the machine's each, and more than one from each other.
TEST(Examination, ComparesTheClocksOfRedisAndTheDatabase) {
  Facts facts = distributed();
  facts.database.clock_ahead = 700ms;
  facts.redis[0].clock_ahead = -700ms;
  const Findings found = examine(facts);
  ASSERT_EQ(codes_of(facts), std::vector<std::string>{"redis_clock_differs"});
  EXPECT_EQ(found[0].what, "The clock of Redis is 1400 ms behind the database's.");
}

TEST(Examination, SaysOnWhichPrimariesOfAClusterSomethingIs) {
  Facts facts = distributed();
  facts.redis.resize(3, facts.redis[0]);
  for (std::size_t i = 0; i < 3; ++i) facts.redis[i].node = "10.0.0." + std::to_string(i + 1);
  EXPECT_EQ(codes_of(facts), std::vector<std::string>());
  facts.redis[1].append_only = false;
  facts.redis[2].append_only = false;
  facts.redis[2].unreachable = "no route";
  facts.redis[0].eviction_policy = "allkeys-lru";
  facts.redis[1].eviction_policy = "allkeys-lru";
  const Findings found = examine(facts);
  ASSERT_EQ(codes_of(facts), (std::vector<std::string>{"redis_evicts", "redis_unreachable",
                                                       "redis_not_persistent"}));
  EXPECT_EQ(found[0].what, "10.0.0.1, 10.0.0.2: maxmemory-policy is allkeys-lru.");
  EXPECT_TRUE(found[1].what.starts_with("10.0.0.3: ")) << found[1].what;
  EXPECT_TRUE(found[2].what.starts_with("10.0.0.2: ")) << found[2].what;
  EXPECT_TRUE(is_unreachable(facts));
}

TEST(Examination, KnowsWhenSomethingCouldNotBeReached) {
  for (const Ailment& ailment : ailments) {
    Facts facts = ailment.base();
    ailment.befall(facts);
    EXPECT_EQ(is_unreachable(facts), ailment.code.ends_with("_unreachable")) << ailment.code;
  }
}

TEST(Examination, IsExplainedInTheDocuments) {
  std::ifstream file(RUSHLINE_SOURCE_DIR "/docs/errors.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string title = "## What the doctor finds\n";
  const std::size_t begin = page.find(title);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t end = std::min(page.find("\n## ", begin + title.size()), page.size());
  std::set<std::string> explained;
  std::istringstream section(page.substr(begin, end - begin));
  for (std::string line; std::getline(section, line);) {
    if (!line.starts_with("| `")) continue;
    explained.insert(line.substr(3, line.find('`', 3) - 3));
  }
  const auto listed = all_finding_codes();
  EXPECT_EQ(explained, std::set<std::string>(listed.begin(), listed.end()));
}

}  // namespace
}  // namespace rushline::doctor
