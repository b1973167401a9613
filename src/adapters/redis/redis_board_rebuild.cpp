// Totals by product, sums by window, and steps that Redis takes one after the other.
#include "adapters/redis/redis_board_rebuild.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "adapters/redis/board_sets.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"

namespace rushline::redis {

using ranking::DayTotal;
using ranking::Revision;

namespace {

// What a product sold on each of the board's days.
struct ProductTotals {
  const ProductId* product;
  std::array<std::int64_t, board_days> totals{};
};

std::vector<ProductTotals> by_product(Day today, std::span<const DayTotal> totals) {
  std::vector<ProductTotals> products;
  std::unordered_map<std::string_view, std::size_t> place_of;
  const DayWindow kept = days_of_board(today);
  for (const DayTotal& total : totals) {
    if (!kept.holds(total.day)) continue;
    const auto [place, is_new] = place_of.try_emplace(total.product.view(), products.size());
    if (is_new) products.push_back({&total.product});
    const auto day = static_cast<std::size_t>(total.day.number - kept.first().number);
    products[place->second].totals[day] = std::max<std::int64_t>(total.total, 0);
  }
  return products;
}

// What the `set`-th set of the board says of a product.
std::int64_t score_in(std::size_t set, const ProductTotals& product) {
  if (set < board_days) return product.totals[set];
  const std::size_t first = set - board_days;
  const std::size_t end = std::min<std::size_t>(first + limits::ranking_window_days, board_days);
  std::int64_t score = 0;
  for (std::size_t day = first; day < end; ++day) score += product.totals[day];
  return score;
}

}  // namespace

struct RedisBoardRebuild::Member {
  std::int64_t score;
  const ProductId* product;
};

RedisBoardRebuild::RedisBoardRebuild(FunctionLibrary& library, Day today, std::string move,
                                     std::vector<std::string> keys, std::vector<std::string> ends)
    : library_(library),
      today_(today),
      move_(std::move(move)),
      keys_(std::move(keys)),
      ends_(std::move(ends)),
      awaited_(limits::board_fills_in_flight_max) {}

// Set by set, lowest first: what comes in order is put beside what was put before, which is still
// near in the processor's caches.
Result<bool> RedisBoardRebuild::fill(std::span<const DayTotal> totals) {
  const std::vector<ProductTotals> products = by_product(today_, totals);
  std::vector<Member> members;
  for (std::size_t set = 0; set < board_sets; ++set) {
    members.clear();
    for (const ProductTotals& product : products) {
      const std::int64_t score = score_in(set, product);
      if (score > 0) members.push_back({score, product.product});
    }
    std::ranges::sort(members, [](const Member& a, const Member& b) {
      return a.score != b.score ? a.score < b.score : *a.product < *b.product;
    });
    std::span<const Member> left = members;
    while (!left.empty() && awaited_.is_good()) {
      const auto part = left.first(std::min(limits::board_fill_members_max, left.size()));
      left = left.subspan(part.size());
      send_members(set, part);
    }
  }
  // What is on its way is waited for by the next step.
  if (awaited_.is_good()) return true;
  return last_answer();
}

void RedisBoardRebuild::send_members(std::size_t set, std::span<const Member> members) {
  std::vector<std::string> scores;
  scores.reserve(members.size());  // the arguments point at them
  const std::string number = std::to_string(set + 1);
  std::vector<std::string_view> arguments{number};
  for (const Member& member : members) {
    arguments.push_back(scores.emplace_back(std::to_string(member.score)));
    arguments.push_back(member.product->view());
  }
  send_step("board_fill", arguments);
}

Result<bool> RedisBoardRebuild::correct(std::span<const DayTotal> totals) {
  RUSHLINE_ASSERT(totals.size() <= limits::board_push_totals_max);
  const std::vector<DayTotal> all = latest_of_board(today_, totals);
  std::span<const DayTotal> left = all;
  while (!left.empty() && awaited_.is_good()) {
    const auto part = left.first(std::min(limits::board_step_totals_max, left.size()));
    left = left.subspan(part.size());
    const TotalsArguments totals_arguments(today_, part);
    std::vector<std::string_view> arguments;
    totals_arguments.append_to(arguments);
    send_step("board_correct", arguments);
  }
  if (awaited_.is_good()) return true;
  return last_answer();
}

Result<bool> RedisBoardRebuild::finish(Revision reached) {
  const std::string revision = std::to_string(reached.value);
  const std::string day = std::to_string(today_.number);
  const std::array<std::string_view, 2> arguments = {revision, day};
  send_step("board_finish", arguments);
  return last_answer();
}

void RedisBoardRebuild::send_step(std::string_view function,
                                  std::span<const std::string_view> rest) {
  const std::string step = std::to_string(++steps_);
  std::vector<std::string_view> arguments{move_, step};
  arguments.insert(arguments.end(), ends_.begin(), ends_.end());
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  library_.call(function, views_of(keys_), arguments, awaited_.next());
}

// A step that was refused is followed by refusals only, so the last answer tells.
Result<bool> RedisBoardRebuild::last_answer() {
  const auto reply = awaited_.all();
  if (reply.has_error()) return reply.error();
  return reply->integer == 1;
}

}  // namespace rushline::redis
