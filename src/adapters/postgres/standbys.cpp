// pg_stat_replication; a base backup under way stands there, too, and is no standby.
#include "adapters/postgres/standbys.hpp"

#include <algorithm>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/postgres_transaction.hpp"

namespace rushline::postgres {

#define RUSHLINE_POSITION(lsn) "pg_wal_lsn_diff(" lsn ", '0/0')::bigint"
#define RUSHLINE_STAGE(stage)                                                              \
  ", " RUSHLINE_POSITION("min(" stage "_lsn)") ", (coalesce(max(extract(epoch FROM " stage \
                                               "_lag)), 0) * 1000000)::bigint"

Result<StandbyRow> look_at_standbys(Transaction& transaction) {
  const auto row =
      connection_of(transaction)
          .use("SELECT count(*) FILTER (WHERE state = 'streaming'), "
               "count(*) FILTER (WHERE state IN ('startup', 'catchup', 'stopping')), "
               "count(*) FILTER (WHERE state IS NULL), " RUSHLINE_POSITION("pg_current_wal_lsn()")
                   RUSHLINE_STAGE("write") RUSHLINE_STAGE("flush") RUSHLINE_STAGE("replay")
               " FROM pg_catalog.pg_stat_replication WHERE state IS DISTINCT FROM 'backup'")
          .first([](Rows& found) {
            StandbyRow seen{.streaming = found.integer(0),
                            .behind = found.integer(1),
                            .hidden = found.integer(2),
                            .primary_at = found.integer(3)};
            for (std::size_t i = 0; i < stage_count; ++i) {
              const int column = 4 + 2 * static_cast<int>(i);
              if (!found.is_null(column)) seen.stages[i].slowest_at = found.integer(column);
              seen.stages[i].lag = std::chrono::microseconds{found.integer(column + 1)};
            }
            return seen;
          });
  if (row.has_error()) return row.error();
  return row->value_or(StandbyRow{});
}

#undef RUSHLINE_STAGE
#undef RUSHLINE_POSITION

void StandbyWatch::saw(const StandbyRow& row, Monotonic now) {
  const std::lock_guard lock(mutex_);
  last_ = {.streaming = row.streaming, .behind = row.behind, .hidden = row.hidden};
  for (std::size_t i = 0; i < stage_count; ++i) {
    const StandbyRow::OfStage& stage = row.stages[i];
    std::optional<Mark>& mark = marks_[i];
    last_.lags[i] = stage.lag;
    if (!stage.slowest_at) {
      mark.reset();
    } else if (!mark || *stage.slowest_at >= mark->at) {
      mark = {row.primary_at, now};
    } else {
      const auto unreached =
          std::chrono::duration_cast<std::chrono::microseconds>(now - mark->seen);
      last_.lags[i] = std::max(stage.lag, unreached);
    }
  }
}

Standbys StandbyWatch::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace rushline::postgres
