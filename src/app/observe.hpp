// What a running server's adapters and settings add to what can be seen of it.
#pragma once

#include "app/redis_side.hpp"
#include "ops/observation.hpp"
#include "runtime/settings.hpp"

namespace rushline::app {

ops::DatabaseObservation observe_database(const ops::DatabaseCounts& units, bool is_up,
                                          Monotonic now);
// `redis`: null where there is none.
ops::RedisObservation observe_redis(const RedisSide* redis, Monotonic now);
// How full everything is that has a limit, from what is seen already and what is given.
void fill_limits(ops::Observation& seen, const runtime::Settings& settings,
                 std::int64_t polls_waiting, std::size_t lines_waiting);

}  // namespace rushline::app
