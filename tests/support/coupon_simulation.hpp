// One coupon event on several servers, one database and one waiting room, through a history that a
// seed chooses: presses, commits that fail, a Redis that forgets, servers that freeze and die.
//
// Everything runs on the calling thread, so the same seed is the same history. At the end
// everything heals, and the history is judged (tests/support/coupon_history.hpp).
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "coupons/epochs.hpp"
#include "coupons/event_service.hpp"
#include "tests/support/coupon_history.hpp"
#include "tests/support/fake_database.hpp"
#include "tests/support/fake_waiting_room.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/slow_waiting_room.hpp"

namespace rushline::tests {

class CouponSimulation {
 public:
  explicit CouponSimulation(std::uint64_t seed) : random_(seed) {
    for (bool& happens : faults_) happens = below(2) == 0;
    bounds_.drain_batch_max = below(2) == 0 ? 1 + below(3) : limits::drain_batch_max;
    bounds_.holders_page_max = 1 + below(8);
    if (below(8) == 0) bounds_.line_cap = 3;
    coupons::CouponEvent event = sample_event(1 + static_cast<std::int64_t>(below(users_)));
    if (below(8) == 0) event.ack = coupons::Ack::queued;
    event_ = add_event(store_, event);
    const std::size_t count = 2 + below(2);
    for (std::size_t i = 0; i < count; ++i) start_server(i);
  }

  // The promises that were broken, in the order in which that was noticed.
  const std::vector<BrokenPromise>& run() {
    // Most histories begin with a line that is in use.
    for (int turn = one_in(4) ? 3 : 0; turn < 3; ++turn) pass(limits::line_look_interval);
    const std::size_t steps = 60 + below(200);
    for (std::size_t i = 0; i < steps; ++i) {
      step();
      history_.observe();
    }
    heal();
    come_to_rest();
    if (below(2) == 0) await_line();
    ask_all_again();
    history_.check_order();
    return history_.broken();
  }

 private:
  struct Server {
    std::unique_ptr<FakeDatabase> database;
    SlowWaitingRoom* room = nullptr;
    std::unique_ptr<coupons::Admission> admission;
    std::unique_ptr<coupons::EventService> service;
    std::vector<std::function<void()>> late_reads;  // read, not told yet
    std::size_t id = 0;                             // no two have the same, also after death
    bool is_frozen = false;
  };
  enum Fault : std::uint8_t {
    commits_fail,
    redis_forgets,
    redis_fails_over,
    redis_is_cut_off,
    replies_are_lost,
    servers_freeze,
    servers_die,
    raises,
    pauses,
    long_waits,
    fault_count,
  };

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  bool one_in(std::size_t count) { return below(count) == 0; }
  Server& any_server() { return servers_[below(servers_.size())]; }

  void start_server(std::size_t at) {
    if (at == servers_.size()) servers_.emplace_back();
    Server& server = servers_[at];
    server = Server();
    server.id = next_server_++;
    server.database = std::make_unique<FakeDatabase>(clock_, FakeDatabase::Mode::on_demand);
    server.database->undoes(store_.record);
    rooms_.push_back(std::make_unique<SlowWaitingRoom>(room_));
    server.room = rooms_.back().get();
    server.admission = std::make_unique<coupons::Admission>(*server.database, store_, calendar_,
                                                            clock_, server.room, bounds_);
    server.service = std::make_unique<coupons::EventService>(
        store_,
        [admission = server.admission.get()](CouponEventId id) { admission->event_changed(id); });
  }

  void step() {
    const std::size_t what = below(100);
    if (what < 18) return press(1 + static_cast<int>(below(users_)), any_server());
    if (what < 88) return work(any_server());
    if (what < 93) return clock_.advance(std::chrono::milliseconds{1 + below(40)});
    if (what < 95) return clock_.advance(std::chrono::milliseconds{100 + below(600)});
    fault();
  }

  void press(int number, Server& server) {
    if (server.is_frozen) return;
    press_for(number, server, one_in(10) ? coupons::Until::place : coupons::Until::verdict);
  }
  std::uint64_t press_for(int number, Server& server, coupons::Until until) {
    const std::uint64_t token = history_.pressed(number, server.id);
    const auto answer = server.admission->request(event_, user(number), history_, token, until);
    if (answer) history_.told_one(token, *answer);
    return token;
  }

  void work(Server& server) {
    if (server.is_frozen) return;
    switch (below(12)) {
      case 0:
        return server.admission->tick();
      case 1:
      case 2:
      case 3:
        server.room->carry_out();
        return;
      case 4:
      case 5:
      case 6:
        server.room->deliver();
        return;
      case 7:
      case 8:
        server.database->run_writes(1 + below(3));
        return;
      case 9:
      case 10:
        server.database->run_reads(1 + below(3));
        return;
      default:
        if (!server.late_reads.empty() && one_in(2)) return tell_late(server);
        if (server.database->reads_waiting() == 0) return;
        server.late_reads.push_back(server.database->run_read_and_tell_later());
    }
  }
  static void tell_late(Server& server) {
    const auto tell = std::move(server.late_reads.front());
    server.late_reads.erase(server.late_reads.begin());
    tell();
  }

  void fault() {
    const auto which = static_cast<Fault>(below(fault_count));
    if (!faults_[which]) return;
    Server& server = any_server();
    switch (which) {
      case commits_fail:
        one_in(3) ? server.database->lose_next_commit()
                  : server.database->fail_next_commit(Errc::unavailable);
        return;
      case redis_forgets:
        return forget_something();
      case redis_fails_over:
        return fail_over();
      case redis_is_cut_off:
        return cut_off(server);
      case replies_are_lost:
        if (one_in(3)) return room_.set_telling(one_in(2));
        if (one_in(2)) return room_.lose_replies(1 + static_cast<int>(below(2)));
        return server.room->give_up_calls();
      case servers_freeze:
        server.is_frozen = !server.is_frozen;
        return;
      case servers_die:
        return one_in(3) ? die(server) : void();
      case raises:
        return raise(server);
      case pauses:
        return set_paused(server, one_in(2));
      case long_waits:
        return clock_.advance(std::chrono::milliseconds{1'000 + below(6'000)});
      default:
        return;
    }
  }

  void forget_something() {
    switch (below(4)) {
      case 0:
        return room_.forget_everything();
      case 1:
        return room_.lose_event(event_);
      case 2:
        return room_.lose_line(event_);
      default:
        return room_.lose_last_place(event_);
    }
  }
  void fail_over() {
    switch (below(4)) {
      case 0:
        return room_.change_primary(fmt::format("{:040}", ++primaries_));
      case 1:
        return room_.fail_over(fmt::format("{:040}", ++primaries_));
      default:
        return room_.replicate();
    }
  }
  void cut_off(Server& server) {
    if (one_in(2)) return room_.set_reachable(one_in(2));
    server.room->set_reachable(one_in(2));
    for (auto& room : rooms_) {
      if (one_in(3)) room->carry_out_late();
    }
  }
  void die(Server& server) {
    server.admission.reset();
    server.room->abandon();
    history_.died(server.id);
    start_server(static_cast<std::size_t>(&server - servers_.data()));
  }
  void raise(Server& server) {
    const std::int64_t more = 1 + static_cast<std::int64_t>(below(3));
    server.database->write(
        [this, more, service = server.service.get()](Transaction& transaction) {
          const auto& row = store_.record.events.at(event_);
          return service->patch(transaction, event_, {row.quantity + more, std::nullopt});
        },
        [](const Result<coupons::EventView>&) {});
  }
  void set_paused(Server& server, bool paused) {
    server.database->write(
        [this, paused, service = server.service.get()](Transaction& transaction) {
          return paused ? service->pause(transaction, event_, "")
                        : service->resume(transaction, event_, "");
        },
        [](const Result<coupons::EventView>&) {});
  }

  void heal() {
    room_.set_reachable(true);
    room_.lose_replies(0);
    room_.set_telling(true);
    for (Server& server : servers_) {
      server.is_frozen = false;
      server.room->set_reachable(true);
    }
    for (auto& room : rooms_) {
      while (room->carry_out_late()) {
      }
    }
    for (int attempt = 0; attempt < 3; ++attempt) {
      set_paused(servers_[0], false);
      run_everything();
    }
  }

  // Whatever can happen now happens.
  void run_everything() {
    for (int turn = 0; turn < 50; ++turn) {
      bool happened = false;
      for (Server& server : servers_) {
        while (!server.late_reads.empty()) tell_late(server);
        while (server.room->carry_out() || server.room->deliver()) happened = true;
        happened |= server.database->run_writes(4) + server.database->run_reads(4) > 0;
      }
      history_.observe();
      if (!happened) return;
    }
  }
  void pass(std::chrono::microseconds time) {
    clock_.advance(time);
    for (Server& server : servers_) server.admission->tick();
    run_everything();
  }
  void come_to_rest() {
    for (int turn = 0; turn < 150 && history_.waiting() > 0; ++turn) {
      pass(std::chrono::milliseconds{20});
    }
    if (history_.waiting() > 0) history_.broken("L1", "somebody waits for ever", 0);
  }

  void await_line() {
    press_for(static_cast<int>(users_), servers_[0], coupons::Until::verdict);
    const auto& row = store_.record.events.at(event_);
    for (int turn = 0; turn < 70; ++turn) {
      pass(std::chrono::seconds{10});
      const bool may_have_line =
          coupons::may_have_line(coupons::with_effective_raise(row, clock_.now()), clock_.now());
      if (row.mode == coupons::Mode::redis || !may_have_line) return;
    }
    history_.broken("L3", "the line does not come back", 0);
  }

  // A line that is full lets everybody in after a few times; an error is pressed again.
  void ask_all_again() {
    pass(limits::raise_delay);  // until then the old round counts
    std::vector<int> asking;
    for (int number = 1; number <= static_cast<int>(users_); ++number) asking.push_back(number);
    for (int attempt = 0; attempt < 8 && !asking.empty(); ++attempt) {
      std::vector<std::pair<int, std::uint64_t>> pressed;
      for (const int number : asking) {
        pressed.emplace_back(number, press_for(number, any_server(), coupons::Until::verdict));
      }
      come_to_rest();
      asking.clear();
      for (const auto& [number, token] : pressed) {
        const auto outcome = history_.outcome(token);
        if (!outcome || *outcome == coupons::Outcome::line_full) asking.push_back(number);
      }
      pass(std::chrono::milliseconds{600});
      pass(std::chrono::milliseconds{600});
    }
    const auto& row = store_.record.events.at(event_);
    const auto wanted =
        std::min(coupons::effective_quantity(row, clock_.now()), static_cast<std::int64_t>(users_));
    if (row.issued != wanted) {
      history_.broken("L2", fmt::format("{} coupons of {}", row.issued, wanted), 0);
    }
  }

  std::mt19937_64 random_;
  bool faults_[fault_count] = {};
  coupons::AdmissionBounds bounds_;
  ManualClock clock_;
  FakeCouponStore store_;
  FakeWaitingRoom room_{clock_};
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  CouponEventId event_{1};
  CouponHistory history_{store_, event_, clock_};
  std::size_t users_ = 3 + below(8);
  std::size_t next_server_ = 0;
  int primaries_ = 1;
  std::vector<std::unique_ptr<SlowWaitingRoom>> rooms_;  // those of the dead, too
  std::vector<Server> servers_;
};

}  // namespace rushline::tests
