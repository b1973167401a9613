// Totals to Redis, in one script or in steps; what the functions do stands in
// functions/2_board.lua.
#include "adapters/redis/redis_ranking_board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <utility>

#include "adapters/redis/awaited.hpp"
#include "adapters/redis/board_sets.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/redis_board_rebuild.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {

using ranking::BoardRebuild;
using ranking::BoardState;
using ranking::DayTotal;
using ranking::Push;
using ranking::Score;
using ranking::Standing;
using ranking::Top;

namespace {

Error broken_reply() { return fail(Errc::corrupt, "Redis gave an answer that is none."); }

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Revision and day at the head of a reply.
std::optional<BoardState> state_in(const Reply& reply) {
  if (reply.items.size() < 2) return std::nullopt;
  const auto revision = number_in(reply.items[0].text);
  const auto day = number_in(reply.items[1].text);
  if (!revision || !day) return std::nullopt;
  return BoardState{{*revision}, {static_cast<std::int32_t>(*day)}};
}

// A name that no other move has: a clock or a counter would need a server to agree with.
std::string new_move_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

// A push, step by step.
class PushSteps {
 public:
  PushSteps(FunctionLibrary& library, const ShopCalendar& calendar, const Push& push)
      : library_(library),
        today_(push.today),
        keys_(keys_of_board(push.today)),
        totals_(latest_of_board(push.today, push.totals)),
        steps_(std::max<std::size_t>(
            (totals_.size() + limits::board_step_totals_max - 1) / limits::board_step_totals_max,
            1)),
        head_{std::to_string(push.expected.value), std::to_string(push.reached.value),
              std::to_string(push.today.number), new_move_name()},
        ends_(ends_of_keys(calendar, push.today)) {}

  // The first alone: it tells whether the others lead anywhere.
  Result<bool> run() {
    Awaited awaited(limits::board_steps_in_flight_max);
    for (std::size_t step = 1; step <= steps_; ++step) {
      send(step, awaited);
      if (step > 1 && step < steps_ && awaited.is_good()) continue;
      const auto reply = awaited.all();
      if (reply.has_error()) return reply.error();
      if (reply->integer != 1) return false;
    }
    return true;
  }

 private:
  void send(std::size_t step, Awaited& awaited) {
    const std::size_t begin = (step - 1) * limits::board_step_totals_max;
    const auto totals = std::span(totals_).subspan(
        begin, std::min(limits::board_step_totals_max, totals_.size() - begin));
    const std::string number = std::to_string(step);
    const std::string count = std::to_string(steps_);
    std::vector<std::string_view> arguments = views_of(head_);
    arguments.push_back(number);
    arguments.push_back(count);
    arguments.insert(arguments.end(), ends_.begin(), ends_.end());
    const TotalsArguments totals_arguments(today_, totals);
    totals_arguments.append_to(arguments);
    library_.call("board_push", views_of(keys_), arguments, awaited.next());
  }

  FunctionLibrary& library_;
  const Day today_;
  const std::vector<std::string> keys_;
  const std::vector<DayTotal> totals_;
  const std::size_t steps_;
  const std::vector<std::string> head_;
  const std::vector<std::string> ends_;
};

}  // namespace

Result<Reply> RedisRankingBoard::ask(std::string_view function, std::span<const std::string> keys,
                                     std::span<const std::string_view> arguments) {
  Awaited awaited(1);
  library_.call(function, views_of(keys), arguments, awaited.next());
  auto reply = awaited.all();
  if (reply.has_value() && reply->is(Reply::Kind::status)) {
    return fail(Errc::unavailable, "The board in Redis cannot be read; it is " + reply->text);
  }
  return reply;
}

Result<std::optional<BoardState>> RedisRankingBoard::state() {
  const std::string key(board_state_key());
  const auto reply = ask("board_state", {&key, 1}, {});
  if (reply.has_error()) return reply.error();
  if (reply->items.empty()) return std::optional<BoardState>();
  const auto state = state_in(*reply);
  if (!state) return broken_reply();
  return state;
}

Result<bool> RedisRankingBoard::push(const Push& push) {
  RUSHLINE_ASSERT(push.totals.size() <= limits::board_push_totals_max);
  return PushSteps(library_, calendar_, push).run();
}

Result<std::unique_ptr<BoardRebuild>> RedisRankingBoard::begin_rebuild(
    const std::optional<BoardState>& replaced, Day today) {
  std::string move = new_move_name();
  std::vector<std::string> keys = keys_of_board(today);
  std::vector<std::string> ends = ends_of_keys(calendar_, today);
  std::vector<std::string> arguments{
      replaced ? std::to_string(replaced->revision.value) : std::string(),
      replaced ? std::to_string(replaced->today.number) : std::string(), move};
  arguments.insert(arguments.end(), ends.begin(), ends.end());
  const auto reply = ask("board_begin", keys, views_of(arguments));
  if (reply.has_error()) return reply.error();
  std::unique_ptr<BoardRebuild> rebuild;
  if (reply->integer == 1) {
    rebuild = std::make_unique<RedisBoardRebuild>(library_, today, std::move(move), std::move(keys),
                                                  std::move(ends));
  }
  return rebuild;
}

Result<Top> RedisRankingBoard::top(std::int32_t days, std::int64_t count_max) {
  RUSHLINE_ASSERT(days == 1 || days == limits::ranking_window_days);
  RUSHLINE_ASSERT(count_max >= 1);
  const std::string key(board_state_key());
  const std::string day_count = std::to_string(days);
  const std::string count = std::to_string(count_max);
  const std::array<std::string_view, 2> arguments = {day_count, count};
  const auto reply = ask("board_top", {&key, 1}, arguments);
  if (reply.has_error()) return reply.error();
  const auto at = state_in(*reply);
  if (!at) return broken_reply();
  Top top{*at, {}};
  top.scores.reserve(reply->items.size() / 2);
  for (std::size_t i = 2; i + 1 < reply->items.size(); i += 2) {
    const auto product = ProductId::parse(reply->items[i].text);
    const auto score = number_in(reply->items[i + 1].text);
    if (!product || !score) return broken_reply();
    top.scores.push_back({*product, *score});
  }
  return top;
}

Result<Standing> RedisRankingBoard::standing(std::int32_t days, const ProductId& product) {
  RUSHLINE_ASSERT(days == 1 || days == limits::ranking_window_days);
  const std::string key(board_state_key());
  const std::string day_count = std::to_string(days);
  const std::array<std::string_view, 2> arguments = {day_count, product.view()};
  const auto reply = ask("board_standing", {&key, 1}, arguments);
  if (reply.has_error()) return reply.error();
  if (reply->items.empty()) return Standing{};
  const auto score = reply->items.size() == 2 ? number_in(reply->items[1].text) : std::nullopt;
  if (!score) return broken_reply();
  return Standing{reply->items[0].integer + 1, *score};
}

}  // namespace rushline::redis
