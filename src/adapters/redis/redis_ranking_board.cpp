// Totals to Redis, in one push or set by set; what the functions do stands in
// functions/2_board.lua.
#include "adapters/redis/redis_ranking_board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <unordered_map>
#include <utility>

#include "adapters/redis/awaited.hpp"
#include "adapters/redis/keys.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {

using ranking::BoardState;
using ranking::DayTotal;
using ranking::Push;
using ranking::Revision;
using ranking::Score;
using ranking::Standing;

struct ScoredProduct {
  std::int64_t score = 0;
  const ProductId* product = nullptr;
};

namespace {

constexpr std::int32_t window_days = limits::ranking_window_days;
// Daily sets: from the first day of the window to tomorrow. As many windows end today or later.
constexpr std::int32_t days_kept = window_days + 1;
constexpr std::size_t sets_kept = 2 * days_kept;

Day first_day(Day today) { return today - (window_days - 1); }

Error broken_reply() { return fail(Errc::corrupt, "Redis gave an answer that is none."); }

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The state, the daily sets, the windows' sets: the keys of every function that changes the board.
std::vector<std::string> keys_of(Day today) {
  std::vector<std::string> keys{std::string(board_state_key())};
  for (std::int32_t i = 0; i < days_kept; ++i) keys.push_back(daily_key(first_day(today) + i));
  for (std::int32_t i = 0; i < days_kept; ++i) keys.push_back(window_key(today + i));
  return keys;
}

// What a product sold on each of the days kept.
using TotalsOfProduct = std::array<std::int64_t, days_kept>;
using TotalsByProduct = std::unordered_map<ProductId, TotalsOfProduct>;

TotalsByProduct by_product(Day today, std::span<const DayTotal> totals) {
  TotalsByProduct products;
  const DayWindow kept{today + 1, days_kept};
  for (const DayTotal& total : totals) {
    if (!kept.holds(total.day)) continue;
    const auto day = static_cast<std::size_t>(total.day.number - kept.first().number);
    products[total.product][day] = std::max<std::int64_t>(total.total, 0);
  }
  return products;
}

// The members of the `set`-th set after the state in keys_of(), lowest first: Redis takes rising
// scores in half the time.
std::vector<ScoredProduct> members_of(std::size_t set, const TotalsByProduct& products) {
  const bool is_window = set >= days_kept;
  const std::size_t first = is_window ? set - days_kept : set;
  const std::size_t end =
      is_window ? std::min<std::size_t>(first + window_days, days_kept) : first + 1;
  std::vector<ScoredProduct> members;
  for (const auto& [product, totals] : products) {
    std::int64_t score = 0;
    for (std::size_t day = first; day < end; ++day) score += totals[day];
    if (score > 0) members.push_back({score, &product});
  }
  std::sort(members.begin(), members.end(), [](const ScoredProduct& a, const ScoredProduct& b) {
    return a.score != b.score ? a.score < b.score : *a.product < *b.product;
  });
  return members;
}

// A name that no other rebuild has: a clock or a counter would need a server to agree with.
std::string new_rebuild_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

std::vector<std::string_view> views_of(std::span<const std::string> texts) {
  return {texts.begin(), texts.end()};
}

// Product and score in turn.
Result<std::vector<Score>> scores_in(const Reply& reply) {
  std::vector<Score> scores;
  scores.reserve(reply.items.size() / 2);
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    const auto product = ProductId::parse(reply.items[i].text);
    const auto score = number_in(reply.items[i + 1].text);
    if (!product || !score) return broken_reply();
    scores.push_back({*product, *score});
  }
  return scores;
}

}  // namespace

Result<Reply> RedisRankingBoard::ask(std::string_view function, std::span<const std::string> keys,
                                     std::span<const std::string_view> arguments) {
  Awaited awaited(1);
  library_.call(function, views_of(keys), arguments, awaited.next());
  auto reply = awaited.all();
  if (reply.has_value() && reply->is(Reply::Kind::status)) {
    return fail(Errc::unavailable, "The board in Redis has lost something: " + reply->text);
  }
  return reply;
}

// In the order of keys_of(). A daily set is needed as long as the windows that hold its day.
std::vector<std::string> RedisRankingBoard::ends_of_keys(Day today) const {
  using std::chrono::milliseconds;
  const auto end_of = [&](Day last_needed) {
    const auto end = calendar_.start_of(last_needed + 1) + limits::board_ttl_margin;
    return std::to_string(std::chrono::duration_cast<milliseconds>(end.time_since_epoch()).count());
  };
  std::vector<std::string> ends{end_of(today + (days_kept - 1))};
  for (std::int32_t i = 0; i < days_kept; ++i) {
    ends.push_back(end_of(first_day(today) + i + (window_days - 1)));
  }
  for (std::int32_t i = 0; i < days_kept; ++i) ends.push_back(end_of(today + i));
  return ends;
}

Result<std::optional<BoardState>> RedisRankingBoard::state() {
  const std::string key(board_state_key());
  const auto reply = ask("board_state", {&key, 1}, {});
  if (reply.has_error()) return reply.error();
  if (reply->items.empty()) return std::optional<BoardState>();
  const auto revision = number_in(reply->items[0].text);
  const auto day = reply->items.size() == 2 ? number_in(reply->items[1].text) : std::nullopt;
  if (!revision || !day) return broken_reply();
  return std::optional(BoardState{{*revision}, {static_cast<std::int32_t>(*day)}});
}

Result<bool> RedisRankingBoard::push(const Push& push) {
  RUSHLINE_ASSERT(push.totals.size() <= limits::board_push_totals_max);
  std::array<std::unordered_map<ProductId, std::int64_t>, days_kept> days;
  const DayWindow kept{push.today + 1, days_kept};
  for (const DayTotal& total : push.totals) {
    if (!kept.holds(total.day)) continue;
    const auto day = static_cast<std::size_t>(total.day.number - kept.first().number);
    days[day].insert_or_assign(total.product, total.total);
  }

  std::vector<std::string> numbers{std::to_string(push.expected.value),
                                   std::to_string(push.reached.value),
                                   std::to_string(push.today.number)};
  for (std::string& end : ends_of_keys(push.today)) numbers.push_back(std::move(end));
  for (const auto& day : days) numbers.push_back(std::to_string(day.size()));
  const std::size_t head = numbers.size();
  for (const auto& day : days) {
    for (const auto& [product, total] : day) numbers.push_back(std::to_string(total));
  }
  std::vector<std::string_view> arguments(numbers.begin(),
                                          numbers.begin() + static_cast<std::ptrdiff_t>(head));
  auto total = numbers.begin() + static_cast<std::ptrdiff_t>(head);
  for (const auto& day : days) {
    for (const auto& entry : day) arguments.push_back(entry.first.view());
    for (std::size_t i = 0; i < day.size(); ++i) arguments.push_back(*total++);
  }
  const auto reply = ask("board_push", keys_of(push.today), arguments);
  if (reply.has_error()) return reply.error();
  return reply->integer == 1;
}

Result<bool> RedisRankingBoard::rebuild(const std::optional<BoardState>& replaced, Revision reached,
                                        Day today, std::span<const DayTotal> totals) {
  const TotalsByProduct products = by_product(today, totals);
  const std::string name = new_rebuild_name();
  std::vector<std::string> keys = keys_of(today);
  std::vector<std::size_t> sizes;
  Awaited awaited(limits::board_chunks_in_flight_max);
  for (std::size_t set = 0; set < sets_kept; ++set) {
    const std::string key = rebuilt_key(name, keys[1 + set]);
    const std::vector<ScoredProduct> members = members_of(set, products);
    fill(key, members, awaited);
    sizes.push_back(members.size());
    keys.push_back(key);
  }
  if (const auto filled = awaited.all(); filled.has_error()) return filled.error();
  return replace(replaced, reached, today, keys, sizes);
}

// Each chunk brings the TTL along: a rebuild that ends half way leaves nothing for ever.
void RedisRankingBoard::fill(const std::string& key, std::span<const ScoredProduct> members,
                             Awaited& awaited) {
  const std::string ttl = std::to_string(
      std::chrono::duration_cast<std::chrono::milliseconds>(limits::board_rebuild_ttl).count());
  const std::string_view view = key;
  while (!members.empty() && awaited.is_good()) {
    const auto chunk = members.first(std::min(limits::board_chunk_max, members.size()));
    members = members.subspan(chunk.size());
    std::vector<std::string> scores;
    scores.reserve(chunk.size());  // the arguments point at them
    std::vector<std::string_view> arguments{ttl};
    for (const ScoredProduct& member : chunk) {
      scores.push_back(std::to_string(member.score));
      arguments.push_back(scores.back());
      arguments.push_back(member.product->view());
    }
    library_.call("board_fill", {&view, 1}, arguments, awaited.next());
  }
}

Result<bool> RedisRankingBoard::replace(const std::optional<BoardState>& replaced, Revision reached,
                                        Day today, std::span<const std::string> keys,
                                        std::span<const std::size_t> sizes) {
  std::vector<std::string> arguments{
      replaced ? std::to_string(replaced->revision.value) : std::string(),
      replaced ? std::to_string(replaced->today.number) : std::string(),
      std::to_string(reached.value), std::to_string(today.number)};
  for (std::string& end : ends_of_keys(today)) arguments.push_back(std::move(end));
  for (const std::size_t size : sizes) arguments.push_back(std::to_string(size));
  const auto reply = ask("board_replace", keys, views_of(arguments));
  if (reply.has_error()) return reply.error();
  if (reply->integer == 1) return true;
  // What was built in vain; whatever is not reached now ends with its TTL.
  std::vector<std::string_view> words{"UNLINK"};
  for (const std::string& key : keys.subspan(1 + sets_kept)) words.push_back(key);
  client_.send(keys.front(), Command(words), [](Result<Reply>) {});
  return false;
}

Result<std::vector<Score>> RedisRankingBoard::top(std::int32_t days, std::int64_t count_max) {
  RUSHLINE_ASSERT(days == 1 || days == window_days);
  if (count_max <= 0) return std::vector<Score>();
  const std::string key(board_state_key());
  const std::string day_count = std::to_string(days);
  const std::string count = std::to_string(count_max);
  const std::array<std::string_view, 2> arguments = {day_count, count};
  const auto reply = ask("board_top", {&key, 1}, arguments);
  if (reply.has_error()) return reply.error();
  return scores_in(*reply);
}

Result<Standing> RedisRankingBoard::standing(std::int32_t days, const ProductId& product) {
  RUSHLINE_ASSERT(days == 1 || days == window_days);
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
