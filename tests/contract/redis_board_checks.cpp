// What a board in Redis must keep up besides its contract: TTLs, and noticing what was lost.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "core/limits.hpp"
#include "tests/contract/redis_board_under_test.hpp"

namespace rushline::tests {
namespace {

using ranking::BoardState;
using ranking::Revision;

// Trap 8.
void revives_nothing_by_a_late_push(RedisBoardUnderTest& redis) {
  redis.start();
  EXPECT_TRUE(redis.push(1, 2, redis.today, {{product("A"), redis.today, 0}}));
  EXPECT_FALSE(redis.push(1, 2, redis.today, {{product("A"), redis.today, 3}}));
  EXPECT_EQ(redis.top(1), "B:1");
}

void applies_no_push_of_a_day_that_is_over(RedisBoardUnderTest& redis) {
  redis.start();
  EXPECT_TRUE(redis.push(1, 1, redis.today + 1, {}));
  EXPECT_FALSE(redis.push(1, 2, redis.today, {}));
  EXPECT_EQ(redis.top(1), "C:9");
}

// Trap 9.
void is_not_replaced_by_an_old_snapshot(RedisBoardUnderTest& redis) {
  redis.start();
  const BoardState before{{1}, redis.today};
  EXPECT_TRUE(redis.push(1, 2, redis.today, {{product("D"), redis.today, 7}}));
  EXPECT_FALSE(redis.rebuild(before, 1, redis.today, {}));
  EXPECT_EQ(redis.top(1), "D:7 A:3 B:1");
}

void is_not_replaced_by_a_snapshot_of_another_day(RedisBoardUnderTest& redis) {
  redis.start();
  const BoardState before{{1}, redis.today};
  EXPECT_TRUE(redis.push(1, 1, redis.today + 1, {}));
  EXPECT_FALSE(redis.rebuild(before, 1, redis.today, {}));
  EXPECT_EQ(redis.top(1), "C:9");
}

void is_not_replaced_as_lost_when_it_stands(RedisBoardUnderTest& redis) {
  redis.start();
  EXPECT_FALSE(redis.rebuild(std::nullopt, 1, redis.today, {}));
  EXPECT_EQ(redis.top(1), "A:3 B:1");
}

void notices_a_set_that_was_lost(RedisBoardUnderTest& redis) {
  redis.start();
  const auto keys = redis.keys();
  EXPECT_EQ(keys.size(), 9U);
  for (const std::string& key : keys) {
    redis.client.must({"FLUSHALL"});
    redis.start();
    redis.client.must({"DEL", key});
    EXPECT_FALSE(redis.is_whole()) << key;
    EXPECT_FALSE(redis.push(1, 2, redis.today, {{product("D"), redis.today, 1}})) << key;
    EXPECT_FALSE(redis.is_whole()) << "a push must not count " << key << " anew";
    EXPECT_TRUE(redis.rebuild(std::nullopt, 3, redis.today, {{product("D"), redis.today, 1}}));
    EXPECT_TRUE(redis.is_whole());
    EXPECT_EQ(redis.top(3), "D:1");
  }
}

void notices_a_member_that_was_lost(RedisBoardUnderTest& redis) {
  redis.start();
  redis.client.must({"ZPOPMIN", redis::daily_key(redis.today)});
  EXPECT_FALSE(redis.is_whole());
  EXPECT_FALSE(redis.push(1, 2, redis.today, {}));
}

void shows_no_list_that_is_gone(RedisBoardUnderTest& redis) {
  redis.start();
  redis.client.must({"DEL", redis::board_state_key()});
  EXPECT_EQ(redis.top(3), "unavailable");
  EXPECT_TRUE(redis.board.standing(3, product("A")).has_error());
}

void shows_no_list_that_lost_something(RedisBoardUnderTest& redis) {
  redis.start();
  redis.client.must({"DEL", redis::window_key(redis.today)});
  EXPECT_EQ(redis.top(3), "unavailable");
  EXPECT_TRUE(redis.board.standing(3, product("A")).has_error());
  EXPECT_EQ(redis.top(1), "A:3 B:1");
}

void notices_a_state_that_does_not_know_all_sets(RedisBoardUnderTest& redis) {
  for (const std::string& field :
       {std::string("revision"), std::string("day"),
        redis::daily_key(redis.today).substr(std::string("rank:{products}:").size())}) {
    redis.client.must({"FLUSHALL"});
    redis.start();
    redis.client.must({"HDEL", redis::board_state_key(), field});
    EXPECT_FALSE(redis.is_whole()) << field;
  }
}

void takes_no_rebuild_of_which_a_part_was_lost(RedisBoardUnderTest& redis) {
  redis.start();
  redis.hooked.at("board_finish", [&](int) {
    redis.client.must({"ZPOPMAX", redis::daily_key(redis.today)});
    return std::nullopt;
  });
  EXPECT_FALSE(redis.rebuild(BoardState{{1}, redis.today}, 2, redis.today,
                             {{product("D"), redis.today, 1}}));
  EXPECT_FALSE(redis.is_whole());
  EXPECT_EQ(redis.top(1), "unavailable");
}

void takes_no_rebuild_of_which_a_step_was_lost(RedisBoardUnderTest& redis) {
  redis.hooked.at("board_fill", [](int call) -> std::optional<Result<redis::Reply>> {
    if (call != 2) return std::nullopt;
    redis::Reply done;
    done.kind = redis::Reply::Kind::integer;
    done.integer = 1;
    return Result<redis::Reply>(done);
  });
  EXPECT_FALSE(redis.rebuild(std::nullopt, 2, redis.today, redis.many(1'200, 1)));
  EXPECT_FALSE(redis.is_whole());
}

void shows_nothing_of_a_rebuild_before_its_end(RedisBoardUnderTest& redis) {
  redis.start();
  redis.hooked.at("board_finish", [&](int) {
    EXPECT_FALSE(redis.is_whole());
    EXPECT_EQ(redis.top(3), "unavailable");
    EXPECT_TRUE(redis.board.standing(3, product("D")).has_error());
    return std::nullopt;
  });
  EXPECT_TRUE(redis.rebuild(BoardState{{1}, redis.today}, 2, redis.today,
                            {{product("D"), redis.today, 1}}));
  EXPECT_EQ(redis.top(3), "D:1");
}

void takes_nothing_of_a_rebuild_after_another_one_began(RedisBoardUnderTest& redis) {
  auto first = *redis.board.begin_rebuild(std::nullopt, redis.today);
  redis.forget_mover();
  auto second = *redis.board.begin_rebuild(std::nullopt, redis.today);
  EXPECT_TRUE(second != nullptr);
  if (second == nullptr) return;
  static_cast<void>(first->fill(RedisBoardUnderTest::Totals{{product("B"), redis.today, 1}}));
  EXPECT_FALSE(*first->finish({5}));
  EXPECT_TRUE(*second->fill(RedisBoardUnderTest::Totals{{product("C"), redis.today, 2}}));
  EXPECT_TRUE(*second->finish({6}));
  EXPECT_EQ(redis.top(1), "C:2");
  EXPECT_FALSE(*first->finish({7}));
  EXPECT_EQ((*redis.board.state())->revision, Revision{6});
}

void corrects_a_rebuild_by_what_changed_meanwhile(RedisBoardUnderTest& redis) {
  auto rebuild = *redis.board.begin_rebuild(std::nullopt, redis.today);
  EXPECT_TRUE(*rebuild->fill(RedisBoardUnderTest::Totals{{product("A"), redis.today, 5},
                                                         {product("A"), redis.today - 1, 2},
                                                         {product("B"), redis.today, 1}}));
  EXPECT_TRUE(*rebuild->correct(RedisBoardUnderTest::Totals{{product("A"), redis.today, 4},
                                                            {product("B"), redis.today, 0},
                                                            {product("C"), redis.today - 2, 9}}));
  EXPECT_TRUE(*rebuild->finish({2}));
  EXPECT_EQ(redis.top(3), "C:9 A:6");
  EXPECT_EQ(redis.top(1), "A:4");
}

void lets_one_server_rebuild_at_a_time(RedisBoardUnderTest& redis) {
  auto first = *redis.board.begin_rebuild(std::nullopt, redis.today);
  EXPECT_EQ(*redis.board.begin_rebuild(std::nullopt, redis.today), nullptr);
  EXPECT_TRUE(*first->fill(RedisBoardUnderTest::Totals{{product("A"), redis.today, 1}}));
  EXPECT_EQ(*redis.board.begin_rebuild(std::nullopt, redis.today), nullptr);
  redis.forget_mover();
  // It is heard of again.
  EXPECT_TRUE(*first->correct(RedisBoardUnderTest::Totals{{product("A"), redis.today, 2}}));
  EXPECT_EQ(*redis.board.begin_rebuild(std::nullopt, redis.today), nullptr);
  EXPECT_TRUE(*first->finish({1}));
  EXPECT_EQ(redis.top(1), "A:2");
}

void shows_no_list_between_the_steps_of_a_push(RedisBoardUnderTest& redis) {
  redis.rebuild(std::nullopt, 1, redis.today, redis.many(2'500, 1));
  redis.hooked.at("board_push", [&](int call) {
    if (call > 1) {
      EXPECT_TRUE(redis.is_whole());
      EXPECT_EQ(redis.top(1), "unavailable");
      EXPECT_FALSE(redis.board.standing(1, product("p1")).has_error());
    }
    return std::nullopt;
  });
  EXPECT_TRUE(redis.push(1, 2, redis.today, redis.many(2'500, 2)));
  redis.hooked.at("", nullptr);
  const auto top = redis.board.top(3, 10'000);
  EXPECT_TRUE(top.has_value());
  if (top.has_error()) return;
  EXPECT_EQ(top->at.revision, Revision{2});
  EXPECT_EQ(top->scores.size(), 2'500U);
  for (const ranking::Score& score : top->scores) EXPECT_EQ(score.score, 2);
}

void takes_no_push_of_which_a_step_was_lost(RedisBoardUnderTest& redis) {
  redis.start();
  redis.hooked.at("board_push", [](int call) -> std::optional<Result<redis::Reply>> {
    if (call != 2) return std::nullopt;
    redis::Reply done;
    done.kind = redis::Reply::Kind::integer;
    done.integer = 1;
    return Result<redis::Reply>(done);
  });
  EXPECT_FALSE(redis.push(1, 2, redis.today, redis.many(2'500, 2)));
  EXPECT_EQ((*redis.board.state())->revision, Revision{1});
}

void lets_one_server_push_at_a_time(RedisBoardUnderTest& redis) {
  redis.start();
  redis.leave_half_done(1, 3, redis.today, redis.many(2'500, 2));
  EXPECT_EQ((*redis.board.state())->revision, Revision{1});
  EXPECT_FALSE(redis.push(1, 3, redis.today, {{product("A"), redis.today, 4}}));
  EXPECT_EQ(*redis.board.begin_rebuild(BoardState{{1}, redis.today}, redis.today), nullptr);
}

void makes_up_for_a_push_that_ended_half_way(RedisBoardUnderTest& redis) {
  redis.start();
  redis.leave_half_done(1, 3, redis.today, redis.many(2'500, 2));
  redis.forget_mover();
  // Whoever goes on knows everything that the other one knew.
  RedisBoardUnderTest::Totals totals = redis.many(2'500, 2);
  totals.push_back({product("p7"), redis.today, 9});
  EXPECT_TRUE(redis.push(1, 4, redis.today, totals));
  const auto top = redis.board.top(1, 10'000);
  EXPECT_TRUE(top.has_value());
  if (top.has_error()) return;
  EXPECT_EQ(top->at.revision, Revision{4});
  EXPECT_EQ(top->scores.size(), 2'502U);
  EXPECT_EQ(top->scores.front().score, 9);
}

void lets_no_older_snapshot_end_what_was_left_half_done(RedisBoardUnderTest& redis) {
  redis.start();
  redis.leave_half_done(1, 3, redis.today, redis.many(2'500, 2));
  redis.forget_mover();
  EXPECT_FALSE(redis.push(1, 2, redis.today, {}));
  EXPECT_EQ(redis.top(1), "unavailable");
}

void lets_no_earlier_day_end_what_was_left_half_done(RedisBoardUnderTest& redis) {
  redis.start();
  redis.leave_half_done(1, 3, redis.today + 1, redis.many(2'500, 2));
  redis.forget_mover();
  EXPECT_FALSE(redis.push(1, 3, redis.today, redis.many(2'500, 2)));
  EXPECT_EQ(redis.top(1), "unavailable");
  // The day is not reached before the last step: its totals are told again.
  EXPECT_EQ((*redis.board.state())->today, redis.today);
  EXPECT_TRUE(redis.push(1, 3, redis.today + 1, redis.many(2'500, 2)));
}

void takes_no_step_of_a_push_that_another_server_ended(RedisBoardUnderTest& redis) {
  redis.start();
  redis.hooked.at("board_push", [&](int call) {
    if (call == 2) {
      redis.forget_mover();
      redis.hooked.at("", nullptr);
      RedisBoardUnderTest::Totals totals = redis.many(2'500, 3);
      redis.leave_half_done(1, 4, redis.today, totals);
    }
    return std::nullopt;
  });
  EXPECT_FALSE(redis.push(1, 2, redis.today, redis.many(2'500, 2)));
  EXPECT_EQ((*redis.board.state())->revision, Revision{1});
}

// Trap 4.
void gives_every_key_a_ttl(RedisBoardUnderTest& redis) {
  const auto expect_ttls = [&] {
    for (const std::string& key : redis.keys()) {
      EXPECT_GT(redis.client.must({"PTTL", key}).integer, 0) << key;
    }
  };
  redis.hooked.at("board_finish", [&](int) {
    expect_ttls();
    return std::nullopt;
  });
  redis.start();
  expect_ttls();
  EXPECT_TRUE(redis.push(1, 2, redis.today,
                         {{product("A"), redis.today, 0}, {product("B"), redis.today, 0}}));
  EXPECT_TRUE(redis.push(2, 3, redis.today, {{product("A"), redis.today, 4}}));
  expect_ttls();
  EXPECT_TRUE(redis.push(3, 4, redis.today + 1, {{product("D"), redis.today + 2, 4}}));
  expect_ttls();
}

void keeps_each_set_as_long_as_a_window_needs_it(RedisBoardUnderTest& redis) {
  redis.start();
  const auto end_of = [&](std::string_view key) {
    return redis.client.must({"PEXPIRETIME", key}).integer;
  };
  const auto after = [&](Day day) {
    const Timestamp end = redis.calendar.start_of(day + 1) + limits::board_ttl_margin;
    return std::chrono::duration_cast<std::chrono::milliseconds>(end.time_since_epoch()).count();
  };
  for (std::int32_t i = -2; i <= 1; ++i) {
    EXPECT_EQ(end_of(redis::daily_key(redis.today + i)), after(redis.today + i + 2));
  }
  for (std::int32_t i = 0; i <= 3; ++i) {
    EXPECT_EQ(end_of(redis::window_key(redis.today + i)), after(redis.today + i));
  }
  EXPECT_EQ(end_of(redis::board_state_key()), after(redis.today + 3));
}

void leaves_no_set_of_other_days_behind(RedisBoardUnderTest& redis) {
  redis.start();
  EXPECT_TRUE(redis.push(1, 2, redis.today + 3, {{product("A"), redis.today + 3, 1}}));
  EXPECT_TRUE(redis.rebuild(BoardState{{2}, redis.today + 3}, 3, redis.today + 6, {}));
  EXPECT_EQ(redis.keys(), std::vector<std::string>{std::string(redis::board_state_key())});
}

void begins_a_day_without_what_was_left_over(RedisBoardUnderTest& redis) {
  redis.start();
  redis.client.must({"ZADD", redis::daily_key(redis.today + 2), "5", "left-over"});
  redis.client.must({"ZADD", redis::window_key(redis.today + 4), "5", "left-over"});
  EXPECT_TRUE(redis.push(1, 2, redis.today + 1, {}));
  EXPECT_TRUE(redis.push(2, 3, redis.today + 2, {}));
  EXPECT_EQ(redis.top(1), "");
  EXPECT_TRUE(redis.push(3, 4, redis.today + 4, {}));
  EXPECT_EQ(redis.top(3), "");
}

constexpr std::array<RedisBoardCheck, 27> checks = {{
    {"Trap08RevivesNothingByALatePush", &revives_nothing_by_a_late_push},
    {"AppliesNoPushOfADayThatIsOver", &applies_no_push_of_a_day_that_is_over},
    {"Trap09IsNotReplacedByAnOldSnapshot", &is_not_replaced_by_an_old_snapshot},
    {"Trap09IsNotReplacedByASnapshotOfAnotherDay", &is_not_replaced_by_a_snapshot_of_another_day},
    {"Trap09IsNotReplacedAsLostWhenItStands", &is_not_replaced_as_lost_when_it_stands},
    {"NoticesASetThatWasLost", &notices_a_set_that_was_lost},
    {"NoticesAMemberThatWasLost", &notices_a_member_that_was_lost},
    {"ShowsNoListThatIsGone", &shows_no_list_that_is_gone},
    {"ShowsNoListThatLostSomething", &shows_no_list_that_lost_something},
    {"NoticesAStateThatDoesNotKnowAllSets", &notices_a_state_that_does_not_know_all_sets},
    {"TakesNoRebuildOfWhichAPartWasLost", &takes_no_rebuild_of_which_a_part_was_lost},
    {"TakesNoRebuildOfWhichAStepWasLost", &takes_no_rebuild_of_which_a_step_was_lost},
    {"ShowsNothingOfARebuildBeforeItsEnd", &shows_nothing_of_a_rebuild_before_its_end},
    {"TakesNothingOfARebuildAfterAnotherOneBegan",
     &takes_nothing_of_a_rebuild_after_another_one_began},
    {"CorrectsARebuildByWhatChangedMeanwhile", &corrects_a_rebuild_by_what_changed_meanwhile},
    {"LetsOneServerRebuildAtATime", &lets_one_server_rebuild_at_a_time},
    {"ShowsNoListBetweenTheStepsOfAPush", &shows_no_list_between_the_steps_of_a_push},
    {"TakesNoPushOfWhichAStepWasLost", &takes_no_push_of_which_a_step_was_lost},
    {"LetsOneServerPushAtATime", &lets_one_server_push_at_a_time},
    {"MakesUpForAPushThatEndedHalfWay", &makes_up_for_a_push_that_ended_half_way},
    {"LetsNoOlderSnapshotEndWhatWasLeftHalfDone",
     &lets_no_older_snapshot_end_what_was_left_half_done},
    {"LetsNoEarlierDayEndWhatWasLeftHalfDone", &lets_no_earlier_day_end_what_was_left_half_done},
    {"TakesNoStepOfAPushThatAnotherServerEnded",
     &takes_no_step_of_a_push_that_another_server_ended},
    {"Trap04GivesEveryKeyATtl", &gives_every_key_a_ttl},
    {"KeepsEachSetAsLongAsAWindowNeedsIt", &keeps_each_set_as_long_as_a_window_needs_it},
    {"LeavesNoSetOfOtherDaysBehind", &leaves_no_set_of_other_days_behind},
    {"BeginsADayWithoutWhatWasLeftOver", &begins_a_day_without_what_was_left_over},
}};

}  // namespace

std::span<const RedisBoardCheck> redis_board_checks() { return checks; }

}  // namespace rushline::tests
