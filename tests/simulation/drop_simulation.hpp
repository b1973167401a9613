// Drops on several servers, one database and one Redis with a replica, through a history that a
// seed chooses: presses, looks, operators, and whatever can break.
//
// At the end everything heals, everybody asks again, and the history is judged: by the checker of
// src/verify, and by what only the world can see (drop_history.hpp). One seed in four is calm:
// nothing breaks, and the checker holds waiting times and places against it at full strength.
#pragma once

#include <memory>
#include <vector>

#include "tests/simulation/drop_history.hpp"
#include "tests/simulation/drop_server.hpp"
#include "tests/simulation/redis_pair.hpp"

namespace rushline::tests {

// Used by one thread, once.
class DropSimulation {
 public:
  DropSimulation(std::uint64_t seed, Telling telling);
  ~DropSimulation();

  const Story& run();

 private:
  enum Fault : std::uint8_t {
    commits_fail,
    database_is_away,
    redis_forgets,
    redis_fails_over,
    redis_splits,
    redis_is_cut_off,
    replies_are_lost,
    servers_freeze,
    servers_die,
    long_waits,
    fault_count,
  };
  enum Act : std::uint8_t { raises, pauses, closings, closing_times, act_count };
  using Drop = std::unique_ptr<DropHistory>;

  // drop_simulation.cpp: the beginning, and what happens all the time.
  void add_event();
  void start_server(std::size_t at);
  void chaos();
  void step();
  std::uint64_t press(Drop& drop, int number, DropServer& server, coupons::Until until);
  void look(Drop& drop, int number, DropServer& server);
  void work(DropServer& server);
  void work_in_database(DropServer& server);
  void operate();
  void change(Drop& drop, DropServer& server, std::optional<verify::Change> kind,
              std::int64_t quantity, const coupons::EventPatch& patch);
  void observe();

  // drop_faults.cpp: what breaks.
  void break_something();
  void lose_commit(DropServer& server);
  void lose_database(DropServer& server);
  void forget_something();
  void fail_over();
  void split(DropServer& server);
  void cut_off(DropServer& server);
  void lose_replies(DropServer& server);
  void die(DropServer& server);

  // drop_rest.cpp: how everything comes to rest, and what must be so then.
  void heal();
  void run_everything();
  void pass(std::chrono::microseconds time);
  void come_to_rest();
  void open_all();
  void await_lines();
  void wear_out_patience();
  void ask_all_again();
  void ask_until_decided(Drop& drop);
  std::int64_t lines_opened() const;
  void judge();

  DropServer& any_server() { return *servers_[world_.dice.below(servers_.size())]; }
  Drop& any_drop() { return drops_[world_.dice.below(drops_.size())]; }
  int any_user() { return 1 + static_cast<int>(world_.dice.below(users_)); }
  std::chrono::milliseconds any_ms(std::int64_t least, std::int64_t most) {
    return std::chrono::milliseconds{world_.dice.from_to(least, most)};
  }
  bool one_in(std::size_t count) { return world_.dice.one_in(count); }

  World world_;
  bool is_calm_ = false;
  bool breaks_[fault_count] = {};
  bool acts_[act_count] = {};
  coupons::AdmissionBounds bounds_;
  FakeCouponStore store_;
  RedisPair redis_{world_.clock};
  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  std::size_t users_ = 0;
  std::size_t next_server_ = 0;
  verify::History history_;
  std::vector<Drop> drops_;                              // one per event
  std::vector<std::unique_ptr<SlowWaitingRoom>> rooms_;  // those of the dead, too
  std::vector<std::unique_ptr<DropServer>> servers_;
};

}  // namespace rushline::tests
