// Rankings on several servers, one record and one board, through a history that a seed chooses:
// sales, take-backs, redeliveries, followers that overtake each other, midnight, and whatever can
// break.
//
// Between two steps of a follower others may take any number of steps, followers of other servers
// included. At the end everything heals, every server follows, and the history is judged by the
// checker of src/verify: S8 and S9. Beside it stands what the checker cannot know:
//
//   follow   at rest every list is the record's last state, and not stale
//   day      ... of the shop's day
//   fold     ... and nothing waits to be folded
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tests/simulation/ranking_server.hpp"
#include "verify/operations.hpp"

namespace rushline::tests {

// Used by one thread, once.
class RankingSimulation {
 public:
  RankingSimulation(std::uint64_t seed, Telling telling);
  ~RankingSimulation();

  const Story& run();

 private:
  enum Fault : std::uint8_t {
    commits_fail,
    database_is_away,
    board_forgets,
    board_fails_over,
    board_is_cut_off,
    replies_are_lost,
    pushes_are_late,
    servers_die,
    fault_count,
  };
  using Server = std::unique_ptr<RankingServer>;
  struct SentPurchase {
    ranking::Purchase purchase;
    Day day;
  };

  // ranking_simulation.cpp: what happens all the time.
  void start_server(std::size_t at);
  bool goes_on(std::size_t at);
  void step();
  void sell(RankingServer& server);
  SentPurchase& purchase_to_send();
  void take_back(RankingServer& server);
  void rename();
  void follow(std::size_t at);
  void show_rows_in_another_order();
  void read(RankingServer& server);
  void read(RankingServer& server, std::int32_t days, std::int64_t limit);
  void pass_time();

  // ranking_faults.cpp: what breaks, and how it comes to rest.
  void break_something();
  void lose_commit(RankingServer& server);
  void lose_database(RankingServer& server);
  void harm_board();
  void cut_off(RankingServer& server);
  void die(std::size_t at);
  void heal();
  void rest_and_judge_lists(verify::AtRest& rest);
  void judge(verify::AtRest& rest);
  void judge_list(RankingServer& server, std::int32_t days, verify::AtRest& rest);

  Day today() const { return calendar_.day_of(world_.clock.now()); }
  std::size_t any_server() { return world_.dice.below(servers_.size()); }
  bool one_in(std::size_t count) { return world_.dice.one_in(count); }

  ShopCalendar calendar_ = *ShopCalendar::in_zone("Asia/Seoul");
  World world_;
  bool breaks_[fault_count] = {};
  int depth_ = 0;  // of steps between two steps
  bool is_at_rest_ = false;
  FakeSalesStore store_;
  FakeRankingBoard board_;
  FakeRankingBoard replica_;  // of the board, as it was when it last heard of it
  ranking::SaleRecorder recorder_{store_, calendar_, [] {}};
  std::size_t products_ = 0;
  std::size_t next_server_ = 0;
  verify::History history_;
  std::vector<SentPurchase> purchases_;
  std::vector<Server> servers_;
};

}  // namespace rushline::tests
