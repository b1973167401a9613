// Sentences for what an observation says of PostgreSQL.
#include "ops/primary_findings.hpp"

#include <iterator>

namespace rushline::ops {

std::vector<Finding> unsafe_settings(const PrimaryObservation& primary) {
  std::vector<Finding> found;
  if (primary.nobody_waits) {
    found.push_back({"database_no_standby_waited_for",
                     "The address of PostgreSQL names several hosts, but no commit waits for a "
                     "standby: synchronous_standby_names is empty.",
                     "A failover loses verdicts and orders that were told.",
                     "Set synchronous_standby_names on every host."});
  }
  if (primary.commits_local) {
    found.push_back({"database_commits_local",
                     "PostgreSQL's setting synchronous_commit is local: commits are not waited for "
                     "on standbys.",
                     "A failover loses verdicts and orders that were told.", "Set it to on."});
  }
  if (primary.fsync_off) {
    found.push_back({"database_fsync_off", "PostgreSQL's setting fsync is off.",
                     "A power failure loses verdicts and orders that were told, or the whole "
                     "database.",
                     "Set it to on."});
  }
  return found;
}

std::vector<Finding> primary_findings(const PrimaryObservation& primary) {
  std::vector<Finding> found;
  if (primary.hangs) {
    found.push_back({"database_commits_hang",
                     "PostgreSQL's commits wait for a standby that does not confirm.",
                     "Orders and purchases are refused with 503 and coupon requests wait, until a "
                     "standby confirms.",
                     "Bring the standby back or change synchronous_standby_names. Do not cancel "
                     "the waits: what was not replicated would count as committed."});
  }
  if (primary.in_doubt) {
    found.push_back({"database_in_doubt",
                     "PostgreSQL holds commits of which it is not known whether a standby has "
                     "them.",
                     "Nothing of it is told before a later commit was confirmed; reads may be "
                     "answered 503 until then.",
                     "Wait; if it stays, look at the standbys in pg_stat_replication."});
  }
  if (primary.stuck > 0) {
    found.push_back({"database_rows_held",
                     "Somebody else holds rows of the database for longer than Rushline does.",
                     "What needs these rows waits for at most 5 s and is then refused or tried "
                     "again.",
                     "Look in pg_stat_activity for who is idle in transaction."});
  }
  auto unsafe = unsafe_settings(primary);
  found.insert(found.end(), std::make_move_iterator(unsafe.begin()),
               std::make_move_iterator(unsafe.end()));
  return found;
}

}  // namespace rushline::ops
