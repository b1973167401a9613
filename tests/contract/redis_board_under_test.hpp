// The ranking board on a real Redis, for tests that look into it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/redis/function_library.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/redis_ranking_board.hpp"
#include "tests/support/blocking_redis_client.hpp"
#include "tests/support/fake_sales_store.hpp"
#include "tests/support/redis_server.hpp"

namespace rushline::tests {

// Lets something happen right before calls of a function, or instead of them.
class HookedClient final : public redis::Client {
 public:
  explicit HookedClient(int port) : client(port) {}

  // `happens` is told which call it is, from 1. An answer that it gives is given instead of Redis'.
  using Happens = std::function<std::optional<Result<redis::Reply>>(int call)>;
  void at(std::string function, Happens happens) {
    function_ = std::move(function);
    happens_ = std::move(happens);
    calls_ = 0;
  }

  void send(std::string_view key, redis::Command command, Done done) override {
    if (happens_ && command.bytes().find(function_) != std::string::npos) {
      const Happens happens = happens_;  // which may hook something else
      if (auto answer = happens(++calls_)) return done(std::move(*answer));
    }
    client.send(key, std::move(command), std::move(done));
  }
  void subscribe(std::string, Callback<void(std::string_view)>) override {}
  redis::ClientState state() const override { return {}; }

  BlockingRedisClient client;

 private:
  std::string function_;
  Happens happens_;
  int calls_ = 0;
};

// So far ahead that no set of the days around it has ended by Redis' clock.
inline Day day_in_the_future(const ShopCalendar& calendar) {
  return calendar.day_of(std::chrono::time_point_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now())) +
         10;
}

// Begins with an empty Redis. Used by one thread.
class RedisBoardUnderTest {
 public:
  using Totals = std::vector<ranking::DayTotal>;

  explicit RedisBoardUnderTest(
      RedisServer& server, const redis::LibrarySource& source = redis::LibrarySource::embedded())
      : hooked(server.port()), client(hooked.client), library(hooked, source) {
    client.must({"FLUSHALL"});
  }

  bool rebuild(const std::optional<ranking::BoardState>& replaced, std::int64_t reached, Day day,
               const Totals& totals) {
    return happened(board.rebuild(replaced, {reached}, day, totals));
  }
  bool push(std::int64_t from, std::int64_t to, Day day, const Totals& totals) {
    return happened(board.push({{from}, {to}, day, totals}));
  }
  // A board at revision 1 of today, with sales on each of the days.
  void start() {
    rebuild(std::nullopt, 1, today,
            {{product("A"), today - 2, 1},
             {product("B"), today - 1, 2},
             {product("A"), today, 3},
             {product("B"), today, 1},
             {product("C"), today + 1, 9}});
  }
  bool is_whole() {
    const auto state = board.state();
    EXPECT_TRUE(state.has_value());
    return state.has_value() && state->has_value();
  }
  // `count` products of today with that total each: several steps, when they are many.
  Totals many(std::size_t count, std::int64_t total) const {
    Totals totals;
    for (std::size_t i = 0; i < count; ++i) {
      totals.push_back({product("p" + std::to_string(i)), today, total});
    }
    return totals;
  }
  // As if the server that moves the board had not been heard of for long.
  void forget_mover() { client.must({"HSET", redis::board_state_key(), "touched", "0"}); }
  // A push whose server ends after the first step.
  void leave_half_done(std::int64_t from, std::int64_t to, Day day, const Totals& totals) {
    hooked.at("board_push", [](int call) -> std::optional<Result<redis::Reply>> {
      if (call == 1) return std::nullopt;
      return Result<redis::Reply>(fail(Errc::unavailable, "The server has ended."));
    });
    EXPECT_TRUE(board.push({{from}, {to}, day, totals}).has_error());
    hooked.at("", nullptr);
  }
  // "B:3 A:2", or the error's word.
  std::string top(std::int32_t days) {
    const auto top = board.top(days, 100);
    if (top.has_error()) return std::string(to_word(top.error().code));
    std::string text;
    for (const ranking::Score& score : top->scores) {
      text += (text.empty() ? "" : " ") + std::string(score.product.view()) + ":" +
              std::to_string(score.score);
    }
    return text;
  }
  std::vector<std::string> keys() {
    std::vector<std::string> keys;
    for (redis::Reply& key : client.must({"KEYS", "*"}).items) keys.push_back(std::move(key.text));
    return keys;
  }

  static bool happened(const Result<bool>& outcome) {
    EXPECT_TRUE(outcome.has_value());
    return outcome.has_value() && *outcome;
  }

  HookedClient hooked;
  BlockingRedisClient& client;
  redis::FunctionLibrary library;
  ShopCalendar calendar = *ShopCalendar::in_zone("Asia/Seoul");
  redis::RedisRankingBoard board{library, calendar};
  const Day today = day_in_the_future(calendar);
};

struct RedisBoardCheck {
  const char* name;
  void (*run)(RedisBoardUnderTest& redis);
};
std::span<const RedisBoardCheck> redis_board_checks();

}  // namespace rushline::tests
