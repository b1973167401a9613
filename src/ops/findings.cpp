// Each fault that can be noticed, with the bound beyond which it is one (core/watch_limits.hpp).
#include "ops/findings.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "core/watch_limits.hpp"
#include "ops/primary_findings.hpp"

namespace rushline::ops {
namespace {

double in_seconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

void find_database(const Observation& seen, bool database_answers, std::vector<Finding>& found) {
  if (!database_answers || !seen.database.up) {
    found.push_back({"database_unavailable", "The database does not answer.",
                     "Orders, purchases and coupon requests are refused with 503 until it does; "
                     "lists are served as they last were.",
                     "See that the database runs and can be reached from here."});
  } else if (seen.database.writes_fail) {
    found.push_back({"database_writes_fail", "The database answers, but writing to it fails.",
                     "Orders and purchases are refused with 503; coupon requests wait before "
                     "they are, too.",
                     "Look for a full disk, a database that became read-only, or somebody who "
                     "holds locks."});
  }
  auto of_primary = primary_findings(seen.primary);
  found.insert(found.end(), std::make_move_iterator(of_primary.begin()),
               std::make_move_iterator(of_primary.end()));
}

void find_redis(const Observation& seen, std::vector<Finding>& found) {
  if (!seen.redis.configured) return;
  if (!seen.redis.up && seen.redis.primaries_up() > 0) {
    found.push_back({"redis_partly_unavailable", "A primary of the Redis Cluster does not answer.",
                     "Drops that live on it go on through the database, in order; those on others "
                     "are not concerned. It, or its replica, is used again by itself.",
                     "See that every primary of the Cluster runs and can be reached from here."});
  } else if (!seen.redis.up) {
    found.push_back({"redis_unavailable", "Redis does not answer.",
                     "Drops go on through the database, in order; lists are served as they last "
                     "were. It is used again by itself when it has been healthy for a while.",
                     "See that Redis runs and can be reached from here. Nothing has to be "
                     "restored."});
  } else if (seen.is_direct()) {
    found.push_back({"direct_mode",
                     fmt::format("Redis answers, but {} undecided coupon events go through the "
                                 "database.",
                                 seen.admission.line.undecided_direct),
                     "Drops are correct and in order, but slower.",
                     "Wait: each comes back by itself, within 5 seconds after Redis came back, or "
                     "5 minutes if it kept failing."});
  }
}

void find_replicas(const Observation& seen, std::vector<Finding>& found) {
  if (!seen.redis.replicas.is_missed) return;
  found.push_back({"redis_replica_lost", "No replica of Redis follows.",
                   "Should Redis be lost now, nothing takes its place. Where redis.wait_replicas "
                   "asks for one, drops go through the database meanwhile.",
                   "See that the replicas run and can reach Redis."});
}

void find_clock(const Observation& seen, std::vector<Finding>& found) {
  const std::chrono::microseconds offset_max = limits::clock_offset_normal_max;
  if (std::chrono::abs(seen.follower.clock_offset) <= offset_max) return;
  found.push_back({"clock_off",
                   fmt::format("The database's clock is {:+.1f} s against this server's.",
                               in_seconds(seen.follower.clock_offset)),
                   "Events open and close by the database's clock, so at another moment than "
                   "this machine shows.",
                   "Synchronize the clocks of both machines."});
}

void find_coupons(const Observation& seen, std::vector<Finding>& found) {
  if (seen.admission.still <= limits::line_still_normal_max) return;
  found.push_back(
      {"line_stuck",
       fmt::format("Coupon requests of an event wait, and for {:.1f} s none was decided.",
                   in_seconds(seen.admission.still)),
       "Shoppers are told 202 and ask again; nobody loses a place.",
       "Look at the database first: verdicts come from its commits. Pause the event if "
       "it does not recover."});
}

void find_lists(const Observation& seen, std::vector<Finding>& found) {
  if (!seen.list.published) {
    found.push_back({"list_missing", "No list has been published yet.",
                     "Lists are empty until the first one is.",
                     "Wait; if it stays, look in the log for why the sales cannot be followed."});
  }
  if (seen.list.stale) {
    found.push_back({"list_stale", "Lists are not known to be up to date.",
                     "They are read from the database now and then, or are the last that could be "
                     "read; each says so, and as of when it is.",
                     "See to Redis and the database; the board is rebuilt by itself."});
  } else if (seen.list_followed_age > limits::list_follow_normal_max) {
    found.push_back({"list_behind",
                     fmt::format("For {:.1f} s the lists could not be brought up to date.",
                                 in_seconds(seen.list_followed_age)),
                     "They are served as they last were; sales are not lost.",
                     "Look in the log for why the sales cannot be followed."});
  }
  if (seen.follower.outbox_age > limits::outbox_age_normal_max) {
    found.push_back(
        {"outbox_behind",
         fmt::format("Sales of the last {:.1f} s are not added up.",
                     in_seconds(seen.follower.outbox_age)),
         "Lists lag behind the sales; no sale is lost.",
         "Look for a database that fails or is slow, somebody who holds locks, or a bulk of "
         "purchases that is being taken in."});
  }
}

void find_limits(const Observation& seen, std::vector<Finding>& found) {
  for (std::size_t i = 0; i < turning_away_count; ++i) {
    const Fill& fill = seen.fills[i];
    if (fill.used * 100 <= fill.limit * limits::limit_normal_percent_max) continue;
    found.push_back({"near_limit",
                     fmt::format("There are {} {}, of at most {}.", fill.used,
                                 to_word(static_cast<Bounded>(i)), fill.limit),
                     "At the limit, further requests are turned away with 503.",
                     "Add a server, or raise the setting if there is one."});
  }
}

}  // namespace

std::vector<Finding> findings(const Observation& seen, bool database_answers) {
  std::vector<Finding> found;
  find_database(seen, database_answers, found);
  find_redis(seen, found);
  find_replicas(seen, found);
  find_clock(seen, found);
  find_coupons(seen, found);
  find_lists(seen, found);
  find_limits(seen, found);
  if (seen.phase == http::Phase::draining) {
    found.push_back({"draining", "The server is draining.",
                     "It finishes what is in hand and takes no new connections.",
                     "Send requests to another server."});
  }
  return found;
}

}  // namespace rushline::ops
