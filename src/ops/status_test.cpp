// The status says what is wrong and what follows from it.
#include "ops/status.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "core/watch_limits.hpp"

namespace rushline::ops {
namespace {

Observation healthy() {
  Observation seen;
  seen.version = "1.2.3";
  seen.phase = http::Phase::ready;
  seen.now = Timestamp{std::chrono::seconds{1'000}};
  seen.database.up = true;
  seen.list = {.published = true,
               .stale = false,
               .record = {.revision = {7}, .folded_at = Timestamp{std::chrono::seconds{990}}}};
  return seen;
}

boost::json::object status_of(const Observation& seen, const Result<ranking::RecordState>& record) {
  return boost::json::parse(render_status(seen, record)).as_object();
}

std::set<std::string> findings_of(const boost::json::object& status) {
  std::set<std::string> codes;
  for (const auto& finding : status.at("findings").as_array()) {
    codes.emplace(finding.as_object().at("code").as_string());
    for (const char* part : {"what", "so_what", "do_this"}) {
      EXPECT_FALSE(finding.as_object().at(part).as_string().empty()) << part;
    }
  }
  return codes;
}

TEST(Status, IsOkWhenNothingIsWrong) {
  const auto status = status_of(healthy(), ranking::RecordState{.revision = {8}, .folded_at = {}});
  EXPECT_EQ(status.at("status").as_string(), "ok");
  EXPECT_EQ(status.at("mode").as_string(), "direct");
  EXPECT_EQ(status.at("version").as_string(), "1.2.3");
  EXPECT_EQ(status.at("list").at("revision").as_int64(), 7);
  EXPECT_EQ(status.at("list").at("record_revision").as_int64(), 8);
  EXPECT_EQ(status.at("list").at("age_s").as_int64(), 10);
  EXPECT_EQ(findings_of(status), std::set<std::string>{});
}

TEST(Status, SaysWhichWayDropsGo) {
  Observation seen = healthy();
  seen.redis = {.configured = true,
                .shape = "sentinel",
                .primaries = {{"10.0.0.1:6379", true}},
                .up = true,
                .up_s = 61};
  const auto up = status_of(seen, ranking::RecordState{});
  EXPECT_EQ(up.at("mode").as_string(), "redis");
  EXPECT_EQ(up.at("redis").at("up_s").as_int64(), 61);
  EXPECT_EQ(up.at("redis").at("shape").as_string(), "sentinel");
  EXPECT_EQ(up.at("redis").at("primaries").at(0).at("address").as_string(), "10.0.0.1:6379");
  EXPECT_EQ(findings_of(up), std::set<std::string>{});
  seen.redis = {.configured = true};
  const auto down = status_of(seen, ranking::RecordState{});
  EXPECT_EQ(down.at("mode").as_string(), "direct");
  EXPECT_EQ(findings_of(down), std::set<std::string>{"redis_unavailable"});
}

TEST(Status, SaysWhichPrimaryOfAClusterIsAway) {
  Observation seen = healthy();
  seen.redis = {.configured = true,
                .shape = "cluster",
                .primaries = {{"10.0.0.1:6379", true}, {"10.0.0.2:6379", false}}};
  seen.admission.line.undecided_direct = 1;
  const auto status = status_of(seen, ranking::RecordState{});
  EXPECT_EQ(status.at("mode").as_string(), "redis");
  EXPECT_EQ(findings_of(status), std::set<std::string>{"redis_partly_unavailable"});
  EXPECT_FALSE(status.at("redis").at("primaries").at(1).at("up").as_bool());
}

TEST(Status, MissesAReplicaThatWasThere) {
  Observation seen = healthy();
  seen.redis = {.configured = true, .primaries = {{"10.0.0.1:6379", true}}, .up = true, .up_s = 1};
  EXPECT_EQ(findings_of(status_of(seen, ranking::RecordState{})), std::set<std::string>{});
  seen.redis.replicas.is_missed = true;
  EXPECT_EQ(findings_of(status_of(seen, ranking::RecordState{})),
            std::set<std::string>{"redis_replica_lost"});
}

TEST(Status, IsDirectWhileAnUndecidedEventHasNotComeBackToItsLine) {
  Observation seen = healthy();
  seen.redis = {.configured = true, .primaries = {{"10.0.0.1:6379", true}}, .up = true, .up_s = 1};
  seen.admission.line.undecided_direct = 2;
  const auto status = status_of(seen, ranking::RecordState{});
  EXPECT_EQ(status.at("mode").as_string(), "direct");
  EXPECT_EQ(findings_of(status), std::set<std::string>{"direct_mode"});
}

// Each fault alone, at its bound and just beyond it.
TEST(Status, NamesWhatIsBeyondItsBound) {
  using std::chrono::microseconds;
  const auto found = [](auto change) {
    Observation seen = healthy();
    change(seen);
    return findings_of(status_of(seen, ranking::RecordState{}));
  };
  const std::set<std::string> nothing;
  for (const int beyond : {0, 1}) {
    const auto expected = [&](const char* code) {
      return beyond == 1 ? std::set<std::string>{code} : nothing;
    };
    const microseconds more{beyond};
    EXPECT_EQ(found([&](Observation& seen) {
                seen.admission.still = limits::line_still_normal_max + more;
              }),
              expected("line_stuck"));
    EXPECT_EQ(found([&](Observation& seen) {
                seen.list_followed_age = limits::list_follow_normal_max + more;
              }),
              expected("list_behind"));
    EXPECT_EQ(found([&](Observation& seen) {
                seen.follower.outbox_age = limits::outbox_age_normal_max + more;
              }),
              expected("outbox_behind"));
    EXPECT_EQ(found([&](Observation& seen) {
                seen.follower.clock_offset = -limits::clock_offset_normal_max - more;
              }),
              expected("clock_off"));
    EXPECT_EQ(found([&](Observation& seen) {
                seen.fill(Bounded::line_places) = {80 + beyond, 100};
              }),
              expected("near_limit"));
  }
}

TEST(Status, TakesAFullMemoryForNormal) {
  Observation seen = healthy();
  seen.fill(Bounded::coupon_holders_in_memory) = {100, 100};
  EXPECT_EQ(findings_of(status_of(seen, ranking::RecordState{})), std::set<std::string>{});
}

TEST(Status, NamesEveryFault) {
  Observation seen = healthy();
  EXPECT_EQ(findings_of(status_of(seen, fail(Errc::unavailable, "Gone."))),
            std::set<std::string>{"database_unavailable"});
  seen.database.up = false;
  EXPECT_EQ(findings_of(status_of(seen, ranking::RecordState{})),
            std::set<std::string>{"database_unavailable"});
  seen.database = {.up = true, .writes_fail = true, .units = {}};
  EXPECT_EQ(findings_of(status_of(seen, ranking::RecordState{})),
            std::set<std::string>{"database_writes_fail"});
  seen.database.writes_fail = false;
  seen.list.stale = true;
  seen.phase = http::Phase::draining;
  EXPECT_EQ(findings_of(status_of(seen, ranking::RecordState{})),
            (std::set<std::string>{"list_stale", "draining"}));
  seen.list = {};
  const auto status = status_of(seen, ranking::RecordState{});
  EXPECT_EQ(findings_of(status), (std::set<std::string>{"list_missing", "draining"}));
  EXPECT_EQ(status.at("status").as_string(), "degraded");
  EXPECT_TRUE(status.at("list").at("as_of").is_null());
}

}  // namespace
}  // namespace rushline::ops
