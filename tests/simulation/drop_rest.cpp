// How a simulated drop comes to rest: everything heals, time passes, everybody asks again; and what
// must be so then.
#include <algorithm>

#include "core/limits.hpp"
#include "coupons/epochs.hpp"
#include "tests/simulation/drop_simulation.hpp"
#include "tests/simulation/judge.hpp"

namespace rushline::tests {

using namespace std::chrono_literals;

void DropSimulation::heal() {
  world_.story.add("everything heals");
  for (coupons::WaitingRoom* node : redis_.nodes()) {
    auto& room = static_cast<FakeWaitingRoom&>(*node);
    room.set_reachable(true);
    room.lose_replies(0);
    room.set_telling(true);
  }
  for (auto& server : servers_) {
    server->is_frozen = false;
    server->database.refuse(std::nullopt);
    server->room.set_reachable(true);
    server->room.reach(redis_.primary());
  }
  for (auto& room : rooms_) {
    while (room->carry_out_late()) world_.tick();
  }
  // A commit that was told to fail may still fail.
  for (int attempt = 0; attempt < 3; ++attempt) {
    for (Drop& drop : drops_) change(drop, *servers_[0], verify::Change::resume, 0, {});
    run_everything();
  }
}

// Whatever can happen now happens.
void DropSimulation::run_everything() {
  for (int turn = 0; turn < 50; ++turn) {
    bool happened = false;
    const auto took_place = [&](bool something) {
      if (!something) return false;
      world_.tick();
      observe();
      return happened = true;
    };
    for (auto& server : servers_) {
      while (!server->late.empty()) {
        server->tell_late();
        took_place(true);
      }
      while (took_place(server->room.carry_out())) {
      }
      while (took_place(server->room.deliver())) {
      }
      took_place(server->database.run_writes(4) > 0);
      took_place(server->database.run_reads(4) > 0);
    }
    if (!happened) return;
  }
}

void DropSimulation::pass(std::chrono::microseconds time) {
  world_.clock.advance(time);
  observe();
  for (auto& server : servers_) server->admission->tick();
  run_everything();
}

void DropSimulation::come_to_rest() {
  const auto somebody_waits = [&] {
    return std::ranges::any_of(drops_, [](const Drop& drop) { return drop->waiting() > 0; });
  };
  for (int turn = 0; turn < 150 && somebody_waits(); ++turn) pass(20ms);
  for (Drop& drop : drops_) {
    if (drop->waiting() > 0) drop->broken("L1", "somebody waits for ever", 0);
  }
}

// Those that open later are open from here on.
void DropSimulation::open_all() {
  for (Drop& drop : drops_) {
    while (!coupons::is_open_yet(drop->row(), world_.clock.now())) pass(20ms);
  }
}

// Whoever reaches a healthy Redis brings the event back to the line, however long it was away.
void DropSimulation::await_lines() {
  for (Drop& drop : drops_) press(drop, any_user(), *servers_[0], coupons::Until::verdict);
  come_to_rest();
  const auto has_settled = [&](const Drop& drop) {
    const Timestamp now = world_.clock.now();
    const auto row = coupons::with_effective_raise(drop->row(), now);
    return row.mode == coupons::Mode::redis || !coupons::may_have_line(row, now);
  };
  for (int turn = 0; turn < 70 && !std::ranges::all_of(drops_, has_settled); ++turn) pass(10s);
  for (Drop& drop : drops_) {
    if (!has_settled(drop)) drop->broken("return", "the line does not come back", 0);
  }
}

// One server goes on reaching another primary than the others for ten minutes: each brings the line
// to its own, and it never holds. They must try ever more rarely. The pause keeps the event going.
void DropSimulation::wear_out_patience() {
  Drop& drop = drops_[0];
  if (!coupons::may_have_line(drop->row(), world_.clock.now())) return;
  change(drop, *servers_[0], verify::Change::pause, 0, {});
  run_everything();
  world_.story.injected("two primaries for minutes");
  redis_.split();
  for (std::size_t i = 1; i < servers_.size(); ++i) servers_[i]->room.reach(redis_.primary());
  const std::int64_t opened_before = lines_opened();
  for (int second = 0; second < 600; ++second) {
    for (auto& server : servers_) press(drop, any_user(), *server, coupons::Until::verdict);
    pass(1s);
  }
  const std::int64_t opened = lines_opened() - opened_before;
  // 5 s doubled to 5 min fit into ten minutes so often, for each server.
  constexpr std::int64_t tries_max = 10;
  if (opened > tries_max * std::ssize(servers_)) {
    drop->broken("patience", fmt::format("a line that does not hold was opened {} times", opened),
                 0);
  }
  heal();
}

std::int64_t DropSimulation::lines_opened() const {
  std::int64_t opened = 0;
  for (const auto& server : servers_) opened += server->admission->counts().line.lines_opened;
  return opened;
}

void DropSimulation::ask_all_again() {
  pass(limits::raise_delay);  // until then the old round counts
  for (Drop& drop : drops_) ask_until_decided(drop);
}

// A line that is full lets everybody in after a few times; an error is pressed again.
void DropSimulation::ask_until_decided(Drop& drop) {
  std::vector<int> asking;
  for (int number = 1; number <= static_cast<int>(users_); ++number) asking.push_back(number);
  for (int attempt = 0; attempt < 8 && !asking.empty(); ++attempt) {
    std::vector<std::pair<int, std::uint64_t>> pressed;
    for (const int number : asking) {
      pressed.emplace_back(number, press(drop, number, any_server(), coupons::Until::verdict));
    }
    come_to_rest();
    asking.clear();
    for (const auto& [number, token] : pressed) {
      const auto outcome = drop->outcome(token);
      if (!outcome || *outcome == coupons::Outcome::line_full) asking.push_back(number);
    }
    pass(600ms);
    pass(600ms);
  }
  const coupons::CouponEvent& row = drop->row();
  const auto wanted = std::min(coupons::effective_quantity(row, world_.clock.now()),
                               static_cast<std::int64_t>(users_));
  if (row.issued != wanted && !coupons::is_closed(row, world_.clock.now())) {
    drop->broken("S6", fmt::format("{} coupons of {} at rest", row.issued, wanted), 0);
  }
}

void DropSimulation::judge() {
  verify::AtRest rest;
  rest.at_us = world_.now_us();
  for (const auto& [id, event] : store_.record.events) {
    verify::EventRecord& record = rest.events.emplace_back();
    record.event = event;
    for (auto at = store_.record.by_number.lower_bound({id, 0});
         at != store_.record.by_number.end() && at->first.first == id; ++at) {
      record.coupons.push_back(store_.record.coupons.at(at->second));
    }
  }
  judge_by_checker(history_, rest, world_.story);
}

}  // namespace rushline::tests
