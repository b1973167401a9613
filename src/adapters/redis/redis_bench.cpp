// What a place in line and a raise of the board cost Redis, beside bare commands of as many
// members.
//
// `redis_us` is the CPU time of the Redis process (user and system) per user or total; wall time
// includes the client. The append-only file is written every second, as in production.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <charconv>
#include <string>
#include <vector>

#include "adapters/redis/function_library.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/redis_ranking_board.hpp"
#include "adapters/redis/redis_waiting_room.hpp"
#include "core/limits.hpp"
#include "tests/support/blocking_redis_client.hpp"
#include "tests/support/redis_server.hpp"

namespace rushline::redis {
namespace {

using tests::BlockingRedisClient;
using tests::RedisServer;

constexpr CouponEventId event{1};
constexpr coupons::Epoch epoch{2};

RedisServer& server() {
  static RedisServer server({"appendfsync everysec"});
  return server;
}

// An empty Redis, and how much CPU it has taken since.
class Measured {
 public:
  Measured() : client(server().port()), library(client) {
    client.must({"FLUSHALL"});
    start_us_ = cpu_us();
  }

  void restart() { start_us_ = cpu_us(); }
  void report(benchmark::State& state, std::int64_t items) {
    state.counters["redis_us"] = (cpu_us() - start_us_) / static_cast<double>(items);
    state.SetItemsProcessed(items);
  }

  BlockingRedisClient client;
  FunctionLibrary library;

 private:
  double cpu_us() {
    const std::string info = client.must({"INFO", "cpu"}).text;
    double seconds = 0;
    for (const std::string_view name : {"used_cpu_sys:", "used_cpu_user:"}) {
      seconds += std::stod(info.substr(info.find(name) + name.size()));
    }
    return seconds * 1e6;
  }

  double start_us_ = 0;
};

// Ids in no order, each once.
std::vector<UserId> next_users(std::size_t count) {
  static std::uint32_t value = 0;
  std::vector<UserId> users;
  for (std::size_t i = 0; i < count; ++i) {
    users.push_back(*UserId::parse(std::to_string(1'000'000'000 + (value += 2'654'435'769U) / 4)));
  }
  return users;
}

void bare_zadd(benchmark::State& state) {
  Measured redis;
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::string key = line_key(event);
  std::int64_t seq = epoch.value << 32;
  for ([[maybe_unused]] auto round : state) {
    const auto users = next_users(count);
    std::vector<std::string> scores;
    scores.reserve(count);
    std::vector<std::string_view> words{"ZADD", key, "NX"};
    for (const UserId& user : users) {
      scores.push_back(std::to_string(seq++));
      words.push_back(scores.back());
      words.push_back(user.view());
    }
    if (redis.client.ask(Command(words))->is_error()) state.SkipWithError("refused");
  }
  redis.report(state, state.iterations() * state.range(0));
}

void admit(benchmark::State& state) {
  Measured redis;
  RedisWaitingRoom room(redis.client, redis.library);
  coupons::Fence fence{event, epoch, {}};
  room.primary(event, [&](const auto& replid) { fence.replid = *replid; });
  room.install({fence, {}, {}, 1'000'000'000}, [](const auto&) {});
  redis.restart();
  for ([[maybe_unused]] auto round : state) {
    const auto users = next_users(static_cast<std::size_t>(state.range(0)));
    room.admit(fence, users, [&](const auto& admissions) {
      if (admissions.has_error()) state.SkipWithError("refused");
    });
  }
  redis.report(state, state.iterations() * state.range(0));
}

// As many batches of each, whatever they cost: both lines grow alike.
BENCHMARK(bare_zadd)->Arg(256)->Iterations(2'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(admit)->Arg(256)->Iterations(2'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(admit)->Arg(16)->Iterations(10'000)->Unit(benchmark::kMicrosecond);

// A board of 250,000 products on four days, ahead of Redis' clock.
class Market {
 public:
  static constexpr std::int64_t products = 250'000;

  Market() {
    for (std::int64_t i = 0; i < 4 * products; ++i) {
      totals_.push_back({product(i % products),
                         today + (static_cast<std::int32_t>(i / products) - 2), 1 + i % 997});
    }
  }

  bool rebuild() { return *board.rebuild(*board.state(), {++revision_}, today, totals_); }
  bool push(std::int64_t count) {
    std::vector<ranking::DayTotal> totals;
    for (std::int64_t i = 0; i < count; ++i) {
      turn_ = (turn_ + 7'919) % products;
      totals.push_back({product(turn_), today, 1'000 + revision_ * 7 + i % 13});
    }
    const std::int64_t from = revision_++;
    return *board.push({{from}, {revision_}, today, totals});
  }

  Measured redis;
  ShopCalendar calendar = *ShopCalendar::in_zone("Asia/Seoul");
  RedisRankingBoard board{redis.library, calendar};
  const Day today = calendar.day_of(std::chrono::time_point_cast<std::chrono::microseconds>(
                        std::chrono::system_clock::now())) +
                    1;

 private:
  static ProductId product(std::int64_t number) {
    return *ProductId::parse(fmt::format("product-{}", number));
  }

  std::vector<ranking::DayTotal> totals_;
  std::int64_t revision_ = 1;
  std::int64_t turn_ = 0;
};

void rebuild(benchmark::State& state) {
  Market market;
  for ([[maybe_unused]] auto round : state) {
    if (!market.rebuild()) state.SkipWithError("refused");
  }
  market.redis.report(state, state.iterations() * 4 * Market::products);
}

void push(benchmark::State& state) {
  Market market;
  if (!market.rebuild()) state.SkipWithError("refused");
  market.redis.restart();
  for ([[maybe_unused]] auto round : state) {
    if (!market.push(state.range(0))) state.SkipWithError("refused");
  }
  market.redis.report(state, state.iterations() * state.range(0));
}

void top(benchmark::State& state) {
  Market market;
  if (!market.rebuild()) state.SkipWithError("refused");
  for ([[maybe_unused]] auto round : state) {
    if (market.board.top(3, 100)->scores.size() != 100) state.SkipWithError("refused");
  }
}

BENCHMARK(push)
    ->Arg(1'000)
    ->Arg(static_cast<std::int64_t>(limits::board_push_totals_max))
    ->Iterations(10)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(rebuild)->Iterations(2)->Unit(benchmark::kMillisecond);
BENCHMARK(top)->Iterations(1'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace rushline::redis
