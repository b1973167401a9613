// What breaks in a simulated drop: commits, the database, Redis, the network, servers.
#include "core/limits.hpp"
#include "tests/simulation/drop_simulation.hpp"

namespace rushline::tests {

void DropSimulation::break_something() {
  const auto which = static_cast<Fault>(world_.dice.below(fault_count));
  if (!breaks_[which]) return;
  DropServer& server = any_server();
  switch (which) {
    case commits_fail:
      return lose_commit(server);
    case database_is_away:
      return lose_database(server);
    case redis_forgets:
      return forget_something();
    case redis_fails_over:
      return fail_over();
    case redis_splits:
      return split(server);
    case redis_is_cut_off:
      return cut_off(server);
    case replies_are_lost:
      return lose_replies(server);
    case servers_freeze:
      server.is_frozen = !server.is_frozen;
      world_.story.injected(server.is_frozen ? "server frozen" : "server thawed");
      return;
    case servers_die:
      return one_in(3) ? die(server) : void();
    case long_waits:
      world_.story.injected("nothing happens for seconds");
      return world_.clock.advance(any_ms(1'000, 7'000));
    default:
      return;
  }
}

void DropSimulation::lose_commit(DropServer& server) {
  if (one_in(3)) {
    world_.story.injected("commit done but not heard of");
    server.database.lose_next_commit();
  } else {
    world_.story.injected("commit failed");
    server.database.fail_next_commit(Errc::unavailable);
  }
}

// For one server or for all, until it is back.
void DropSimulation::lose_database(DropServer& server) {
  const bool comes_back = one_in(2);
  const bool is_for_all = one_in(2);
  world_.story.injected(comes_back ? "database back" : "database away");
  for (auto& each : servers_) {
    if (!is_for_all && each.get() != &server) continue;
    if (comes_back) {
      each->database.refuse(std::nullopt);
    } else {
      each->database.refuse(Errc::unavailable);
      each->database.give_up_waiting(Errc::unavailable);
    }
  }
}

void DropSimulation::forget_something() {
  FakeWaitingRoom& room = redis_.primary();
  const CouponEventId event = any_drop()->event();
  switch (world_.dice.below(4)) {
    case 0:
      world_.story.injected("Redis emptied");
      return room.forget_everything();
    case 1:
      world_.story.injected("event lost in Redis");
      return room.lose_event(event);
    case 2:
      world_.story.injected("line lost in Redis");
      return room.lose_line(event);
    default:
      world_.story.injected("last place lost in Redis");
      return room.lose_last_place(event);
  }
}

void DropSimulation::fail_over() {
  switch (world_.dice.below(4)) {
    case 0:
      world_.story.injected("Redis demoted and promoted");
      return redis_.change_replication_id();
    case 1:
      world_.story.injected("failover loses a suffix");
      return redis_.fail_over();
    default:
      return redis_.primary().replicate();
  }
}

// Two primaries at once: one server still reaches the old one, until it is told of the new.
void DropSimulation::split(DropServer& server) {
  if (one_in(2)) {
    world_.story.injected("old primary gone");
    for (auto& each : servers_) each->room.reach(redis_.primary());
    return;
  }
  world_.story.injected("two primaries");
  redis_.split();
  for (auto& each : servers_) {
    if (each.get() != &server) each->room.reach(redis_.primary());
  }
}

void DropSimulation::cut_off(DropServer& server) {
  const bool is_reachable = one_in(2);
  world_.story.injected(is_reachable ? "Redis reached again" : "Redis cut off");
  if (one_in(2)) return redis_.primary().set_reachable(is_reachable);
  server.room.set_reachable(is_reachable);
  for (auto& room : rooms_) {
    if (one_in(3)) room->carry_out_late();
  }
}

void DropSimulation::lose_replies(DropServer& server) {
  if (one_in(3)) {
    const bool is_telling = one_in(2);
    world_.story.injected(is_telling ? "marks heard again" : "marks not heard");
    return redis_.primary().set_telling(is_telling);
  }
  if (one_in(2)) {
    world_.story.injected("replies of Redis lost");
    return redis_.primary().lose_replies(static_cast<int>(world_.dice.from_to(1, 2)));
  }
  world_.story.injected("connection to Redis given up");
  server.room.give_up_calls();
}

void DropSimulation::die(DropServer& server) {
  world_.story.injected("server killed");
  for (Drop& drop : drops_) drop->died(server.id);
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (servers_[i].get() == &server) return start_server(i);
  }
}

}  // namespace rushline::tests
