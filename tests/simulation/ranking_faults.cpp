// What breaks in a simulated ranking; how it comes to rest, and what must be so then.
#include <fmt/format.h>

#include "core/limits.hpp"
#include "tests/simulation/judge.hpp"
#include "tests/simulation/list_reading.hpp"
#include "tests/simulation/ranking_simulation.hpp"

namespace rushline::tests {

using namespace std::chrono_literals;

void RankingSimulation::break_something() {
  const auto which = static_cast<Fault>(world_.dice.below(fault_count));
  const std::size_t at = any_server();
  if (!breaks_[which] || servers_[at]->is_dead) return;
  RankingServer& server = *servers_[at];
  switch (which) {
    case commits_fail:
      return lose_commit(server);
    case database_is_away:
      return lose_database(server);
    case board_forgets:
      world_.story.injected("board lost");
      return board_.where.reset();
    case board_fails_over:
      return harm_board();
    case board_is_cut_off:
      return cut_off(server);
    case replies_are_lost:
      world_.story.injected("reply of the board lost");
      return server.connection.lose_reply();
    case pushes_are_late:
      if (server.connection.push_late()) {
        world_.story.injected("late push arrives");
      } else {
        server.connection.delay_push();
      }
      return;
    case servers_die:
      return one_in(3) ? die(at) : void();
    default:
      return;
  }
}

void RankingSimulation::lose_commit(RankingServer& server) {
  if (one_in(2)) {
    world_.story.injected("commit done but not heard of");
    server.own_database.lose_next_commit();
  } else {
    world_.story.injected("commit failed");
    server.own_database.fail_next_commit(Errc::unavailable);
  }
}

// For one server or for all, until it is back.
void RankingSimulation::lose_database(RankingServer& server) {
  const bool comes_back = one_in(2);
  const bool is_for_all = one_in(3);
  world_.story.injected(comes_back ? "database back" : "database away");
  for (Server& each : servers_) {
    if (!is_for_all && each.get() != &server) continue;
    each->own_database.refuse(comes_back ? std::nullopt : std::optional(Errc::unavailable));
  }
}

// The replica takes the board's place: what it had not heard of is lost.
void RankingSimulation::harm_board() {
  if (one_in(2)) {
    replica_ = board_;
    return;
  }
  world_.story.injected("board loses a suffix");
  board_ = replica_;
}

void RankingSimulation::cut_off(RankingServer& server) {
  const bool is_reachable = one_in(2);
  world_.story.injected(is_reachable ? "board reached again" : "board cut off");
  if (one_in(2)) {
    board_.down = !is_reachable;
  } else {
    server.connection.set_reachable(is_reachable);
  }
}

// One that is between two steps takes no other.
void RankingSimulation::die(std::size_t at) {
  world_.story.injected("server killed");
  servers_[at]->is_dead = true;
  if (!servers_[at]->is_following) start_server(at);
}

void RankingSimulation::heal() {
  world_.story.add("everything heals");
  is_at_rest_ = true;
  board_.down = false;
  for (Server& server : servers_) {
    server->own_database.refuse(std::nullopt);
    server->connection.set_reachable(true);
    server->connection.push_late();
    // A commit or a reply that was to be lost may still be.
    (void)server->own_database.write_and_wait([](Transaction&) -> Result<void> { return {}; });
  }
}

void RankingSimulation::rest_and_judge_lists(verify::AtRest& rest) {
  for (int turn = 0; turn < 20; ++turn) {
    world_.clock.advance(1s);
    for (std::size_t at = 0; at < servers_.size(); ++at) follow(at);
  }
  if (!store_.state.outbox.empty()) {
    world_.story.broken("fold", fmt::format("{} rows wait for ever", store_.state.outbox.size()));
  }
  for (Server& server : servers_) {
    for (const std::int32_t days : {1, limits::ranking_window_days}) {
      judge_list(*server, days, rest);
    }
  }
}

void RankingSimulation::judge(verify::AtRest& rest) {
  rest.at_us = world_.now_us();
  std::optional<Day> day;
  for (const auto& [key, stored] : store_.state.totals) {
    if (day != key.first) rest.scores.push_back({key.first, key.first, true, {}});
    day = key.first;
    rest.scores.back().entries.push_back({key.second, stored.total});
  }
  judge_by_checker(history_, rest, world_.story);
}

void RankingSimulation::judge_list(RankingServer& server, std::int32_t days, verify::AtRest& rest) {
  server.list.watch(world_.clock.monotonic());
  read(server, days, limits::popular_limit_max);
  const ReadList list = read_list(*server.list.get(days, limits::popular_limit_max));
  const std::string which = fmt::format("the list of {} days of server {}", days, server.id);
  if (list.is_stale || list.revision != store_.state.record.revision.value) {
    world_.story.broken(
        "follow", fmt::format("{} is of revision {}{}, the record's is {}", which, list.revision,
                              list.is_stale ? ", stale" : "", store_.state.record.revision.value));
  }
  if (list.day != today()) {
    world_.story.broken("day", fmt::format("{} ends with day {}, today is {}", which,
                                           list.day.number, today().number));
  }
  rest.scores.push_back(
      {.first = list.day - (days - 1), .last = list.day, .entries = list.entries});
}

}  // namespace rushline::tests
