// The ranking board on a real Redis, for tests that look into it.
#pragma once

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

// Lets something happen right before a rebuild's last step.
class HookedClient final : public redis::Client {
 public:
  explicit HookedClient(int port) : client(port) {}

  void send(std::string_view key, redis::Command command, Done done) override {
    if (command.bytes().find("board_replace") != std::string::npos && before_replace) {
      before_replace();
    }
    client.send(key, std::move(command), std::move(done));
  }
  void subscribe(std::string, Callback<void(std::string_view)>) override {}
  redis::ClientState state() const override { return {}; }

  BlockingRedisClient client;
  std::function<void()> before_replace;
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
    return *board.rebuild(replaced, {reached}, day, totals);
  }
  bool push(std::int64_t from, std::int64_t to, Day day, const Totals& totals) {
    return *board.push({{from}, {to}, day, totals});
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
  bool is_whole() { return board.state()->has_value(); }
  // "B:3 A:2", or the error's word.
  std::string top(std::int32_t days) {
    const auto scores = board.top(days, 100);
    if (scores.has_error()) return std::string(to_word(scores.error().code));
    std::string text;
    for (const ranking::Score& score : *scores) {
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

  HookedClient hooked;
  BlockingRedisClient& client;
  redis::FunctionLibrary library;
  ShopCalendar calendar = *ShopCalendar::in_zone("Asia/Seoul");
  redis::RedisRankingBoard board{hooked, library, calendar};
  const Day today = day_in_the_future(calendar);
};

struct RedisBoardCheck {
  const char* name;
  void (*run)(RedisBoardUnderTest& redis);
};
std::span<const RedisBoardCheck> redis_board_checks();

}  // namespace rushline::tests
