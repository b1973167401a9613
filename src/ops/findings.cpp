// Each fault that can be noticed, with the bound beyond which it is one (core/limits.hpp).
#include "ops/findings.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "core/watch_limits.hpp"

namespace rushline::ops {
namespace {

double in_seconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

void find_dependencies(const Observation& seen, bool database_answers,
                       std::vector<Finding>& found) {
  if (!database_answers || !seen.database.up) {
    found.push_back({"database_unavailable", "The database does not answer.",
                     "Orders, purchases and coupon requests are refused with 503 until it does; "
                     "lists are served as they last were.",
                     "See that the database runs and can be reached from here."});
  } else if (seen.database.writes_fail) {
    found.push_back({"database_writes_fail", "The database answers, but writing to it fails.",
                     "Orders, purchases and coupon requests are refused with 503, or time out.",
                     "Look for a full disk, a database that became read-only, or somebody who "
                     "holds locks."});
  }
  if (seen.redis.configured && !seen.redis.up) {
    found.push_back({"redis_unavailable", "Redis does not answer.",
                     "Drops go on through the database, in order; lists are served as they last "
                     "were. It is used again by itself when it has been healthy for a while.",
                     "See that Redis runs and can be reached from here. Nothing has to be "
                     "restored."});
  } else if (seen.redis.configured && seen.is_direct()) {
    found.push_back({"direct_mode",
                     fmt::format("Redis answers, but {} undecided coupon events go through the "
                                 "database.",
                                 seen.admission.line.undecided_direct),
                     "Drops are correct and in order, but slower.",
                     "Wait: each comes back by itself, within 5 seconds after Redis came back, or "
                     "5 minutes if it kept failing."});
  }
  if (std::abs(seen.follower.clock_offset.count()) >
      std::chrono::microseconds(limits::clock_offset_normal_max).count()) {
    found.push_back({"clock_off",
                     fmt::format("The database's clock is {:+.1f} s against this server's.",
                                 in_seconds(seen.follower.clock_offset)),
                     "Events open and close by the database's clock, so at another moment than "
                     "this machine shows.",
                     "Synchronize the clocks of both machines."});
  }
}

void find_coupons(const Observation& seen, std::vector<Finding>& found) {
  if (seen.admission.oldest_wait <= limits::oldest_wait_normal_max) return;
  found.push_back({"line_stuck",
                   fmt::format("A coupon request has waited {:.1f} s for its verdict.",
                               in_seconds(seen.admission.oldest_wait)),
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
    found.push_back({"list_stale", "Lists do not come from the board.",
                     "They are read from the database now and then and may lag by seconds.",
                     "See to Redis; the board is rebuilt by itself."});
  } else if (seen.list_followed_age > limits::list_follow_normal_max) {
    found.push_back({"list_behind",
                     fmt::format("For {:.1f} s the lists could not be brought up to date.",
                                 in_seconds(seen.list_followed_age)),
                     "They are served as they last were; sales are not lost.",
                     "Look in the log for why the sales cannot be followed."});
  }
  if (seen.follower.outbox_age > limits::outbox_age_normal_max) {
    found.push_back({"outbox_behind",
                     fmt::format("{} sales wait to be added up, the oldest for {:.1f} s.",
                                 seen.follower.outbox_rows, in_seconds(seen.follower.outbox_age)),
                     "Lists lag behind the sales; no sale is lost.",
                     "Look for a slow database, or a bulk of purchases that is being taken in."});
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
  find_dependencies(seen, database_answers, found);
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
