// What happens all the time in a simulated ranking: sales, take-backs, followers, readers,
// midnight.
#include "tests/simulation/ranking_simulation.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "core/limits.hpp"
#include "tests/simulation/list_reading.hpp"

namespace rushline::tests {
namespace {

using namespace std::chrono_literals;

constexpr int depth_max = 3;
constexpr Day first_day{20'455};

std::string word_of(const Result<bool>& followed) {
  if (followed.has_error()) return std::string(to_word(followed.error().code));
  return *followed ? "more to do" : "done";
}

// What a client knows of a write.
template <class T>
verify::Ended ended_of(const Result<T>& outcome) {
  if (outcome.has_value()) return verify::Ended::done;
  const Errc code = outcome.error().code;
  const bool is_unknown = code == Errc::unavailable || code == Errc::timed_out;
  return is_unknown ? verify::Ended::unknown : verify::Ended::refused;
}

}  // namespace

RankingSimulation::RankingSimulation(std::uint64_t seed, Telling telling)
    : world_(seed, telling, calendar_.start_of(first_day) + 22h) {
  const bool is_calm = one_in(8);
  for (bool& breaks : breaks_) breaks = !is_calm && one_in(2);
  products_ = 2 + world_.dice.below(5);
  const std::size_t servers = 1 + world_.dice.below(3);
  for (std::size_t i = 0; i < servers; ++i) start_server(i);
}

RankingSimulation::~RankingSimulation() = default;

const Story& RankingSimulation::run() {
  const std::size_t steps = 40 + world_.dice.below(120);
  for (std::size_t i = 0; i < steps; ++i) step();
  heal();
  verify::AtRest rest;
  rest_and_judge_lists(rest);
  // What was sold for days to come is on their lists.
  for (int day = one_in(3) ? 0 : 3; day < 3; ++day) {
    world_.clock.advance(24h);
    rest_and_judge_lists(rest);
  }
  judge(rest);
  return world_.story;
}

void RankingSimulation::start_server(std::size_t at) {
  if (at == servers_.size()) servers_.emplace_back();
  servers_[at] = std::make_unique<RankingServer>(next_server_++, world_, store_, board_, recorder_,
                                                 calendar_, [this, at] { return goes_on(at); });
  world_.story.add("server {} starts", servers_[at]->id);
}

// Before the server at `at` takes its next step: others may take some first.
bool RankingSimulation::goes_on(std::size_t at) {
  world_.tick();
  if (!is_at_rest_ && depth_ < depth_max && one_in(4)) {
    ++depth_;
    const std::size_t steps = 1 + world_.dice.below(4);
    for (std::size_t i = 0; i < steps; ++i) step();
    --depth_;
  }
  return !servers_[at]->is_dead;
}

void RankingSimulation::step() {
  world_.tick();
  const std::size_t what = world_.dice.below(100);
  const std::size_t at = any_server();
  if (servers_[at]->is_dead) return;
  if (what < 30) {
    sell(*servers_[at]);
  } else if (what < 36) {
    take_back(*servers_[at]);
  } else if (what < 38) {
    rename();
  } else if (what < 66) {
    follow(at);
  } else if (what < 84) {
    read(*servers_[at]);
  } else if (what < 91) {
    pass_time();
  } else {
    break_something();
  }
}

void RankingSimulation::sell(RankingServer& server) {
  const SentPurchase sent = purchase_to_send();
  const ranking::Purchase& purchase = sent.purchase;
  const std::size_t index = history_.sales.size();
  history_.sales.push_back({.op = static_cast<std::int64_t>(index),
                            .purchase = purchase.purchase_id,
                            .product = purchase.product_id,
                            .quantity = purchase.quantity,
                            .day = sent.day,
                            .when = {world_.now_us(), std::nullopt},
                            .ended = verify::Ended::unknown});
  server.own_database.write(
      [&server, purchase](Transaction& transaction) {
        return server.intake.take(transaction, {purchase});
      },
      [&](const Result<ranking::Intake>& taken) {
        verify::Sale& sale = history_.sales[index];
        sale.ended = ended_of(taken);
        if (sale.ended != verify::Ended::unknown) sale.when.complete_us = world_.now_us();
        world_.story.add("server {}: sale {} of {} {} on day {}: {}", server.id,
                         purchase.purchase_id.view(), purchase.quantity, purchase.product_id.view(),
                         sent.day.number,
                         taken.has_error()      ? to_word(taken.error().code)
                         : taken->accepted == 1 ? "accepted"
                                                : "duplicate");
      });
}

// One in five was sent before. Most are of today, some of other days.
RankingSimulation::SentPurchase& RankingSimulation::purchase_to_send() {
  if (!purchases_.empty() && one_in(5)) return purchases_[world_.dice.below(purchases_.size())];
  const std::int64_t days = one_in(5) ? world_.dice.from_to(-3, 3) : 0;
  const Timestamp occurred_at = world_.clock.now() + days * 24h;
  purchases_.push_back(
      {.purchase = {.purchase_id = tests::purchase(fmt::format("buy-{}", purchases_.size() + 1)),
                    .product_id = product(fmt::format("P{}", 1 + world_.dice.below(products_))),
                    .quantity = world_.dice.from_to(1, 5),
                    .occurred_at = occurred_at},
       .day = calendar_.day_of(occurred_at)});
  return purchases_.back();
}

void RankingSimulation::take_back(RankingServer& server) {
  if (purchases_.empty()) return;
  const PurchaseId id = purchases_[world_.dice.below(purchases_.size())].purchase.purchase_id;
  const std::size_t index = history_.taken_back.size();
  history_.taken_back.push_back({.op = static_cast<std::int64_t>(index),
                                 .purchase = id,
                                 .when = {world_.now_us(), std::nullopt},
                                 .ended = verify::Ended::unknown});
  server.own_database.write(
      [&server, id](Transaction& transaction) { return server.intake.take_back(transaction, id); },
      [&](const Result<void>& taken) {
        history_.taken_back[index].ended = ended_of(taken);
        world_.story.add("server {}: {} taken back: {}", server.id, id.view(),
                         taken.has_error() ? to_word(taken.error().code) : "done");
      });
}

void RankingSimulation::rename() {
  const std::string id = fmt::format("P{}", 1 + world_.dice.below(products_));
  world_.story.add("product {} has a new name", id);
  store_.name(id, fmt::format("{} of {}", id, world_.now_us()), 100);
}

void RankingSimulation::follow(std::size_t at) {
  RankingServer& server = *servers_[at];
  if (server.is_following) return;
  server.is_following = true;
  show_rows_in_another_order();
  world_.story.add("server {} follows", server.id);
  const Result<bool> followed = server.follower.run_once();
  server.is_following = false;
  const auto& board = board_.where;
  world_.story.add("server {} has followed: {}; record at {}, board at {} of day {}", server.id,
                   word_of(followed), store_.state.record.revision.value,
                   board ? board->revision.value : -1, board ? board->today.number : 0);
  if (server.is_dead) start_server(at);
}

// Rows become visible as their transactions commit, and a fold takes those that it sees.
void RankingSimulation::show_rows_in_another_order() {
  std::vector<ranking::OutboxRow>& rows = store_.state.outbox;
  store_.rows_at_once = std::numeric_limits<std::int64_t>::max();
  if (rows.empty() || !one_in(3)) return;
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[world_.dice.below(i)]);
  store_.rows_at_once = world_.dice.from_to(1, 3);
}

void RankingSimulation::read(RankingServer& server) {
  server.list.watch(world_.clock.monotonic());
  if (!server.list.published()) return;
  read(server, one_in(2) ? 1 : limits::ranking_window_days,
       one_in(2) ? 3 : limits::popular_limit_max);
}

void RankingSimulation::read(RankingServer& server, std::int32_t days, std::int64_t limit) {
  const ReadList list = read_list(*server.list.get(days, limit));
  const std::int64_t now = world_.now_us();
  world_.tick();  // it is seen before anything else happens
  std::string scores;
  for (const verify::Score& entry : list.entries) {
    scores += fmt::format(" {}:{}", entry.product.view(), entry.score);
  }
  world_.story.add("server {} shows {} days to {} of revision {}{}:{}", server.id, days,
                   list.day.number, list.revision, list.is_stale ? ", stale" : "", scores);
  history_.list_reads.push_back({.op = std::ssize(history_.list_reads),
                                 .server = fmt::format("server {}", server.id),
                                 .list = fmt::format("{}d limit {}", days, limit),
                                 .day = list.day,
                                 .revision = list.revision,
                                 .when = {now, now},
                                 .entries = list.entries});
}

void RankingSimulation::pass_time() {
  if (one_in(8)) {
    const std::int64_t minutes_max = one_in(3) ? 26 * 60 : 3 * 60;
    world_.clock.advance(std::chrono::minutes(world_.dice.from_to(30, minutes_max)));
  } else if (one_in(3)) {
    world_.clock.advance(std::chrono::milliseconds(world_.dice.from_to(1'000, 6'000)));
  } else {
    world_.clock.advance(std::chrono::milliseconds(world_.dice.from_to(1, 500)));
  }
  world_.story.add("time passes, it is day {}", today().number);
}

}  // namespace rushline::tests
