// The drop of reference_drop.cpp, and beside it orders under keys, sales and the lists of servers
// that lag behind; see reference_shop.hpp.
#include "tests/verify/reference_shop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tests/verify/reference_drop.hpp"

namespace rushline::tests {
namespace {

using verify::Ended;
using verify::History;
using verify::ListRead;
using verify::Score;
using verify::When;

constexpr std::int64_t span_us = 8'000'000;
constexpr Day today{20'000};

class Market {
 public:
  Market(std::uint64_t seed, Story& story) : random_(seed), story_(story) {}

  void run() {
    place_orders();
    sell();
    show_lists();
    const std::map<ProductId, std::int64_t> totals = totals_at(span_us * 2);
    verify::StoredScores stored{.first = today, .last = today, .entries = {}};
    for (const auto& [product, score] : totals) stored.entries.push_back({product, score});
    story_.rest.scores.push_back(std::move(stored));
    story_.rest.scores.push_back({today, today, false, list_at(span_us * 2)});
  }

 private:
  std::int64_t pick(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }
  bool is(int percent) { return pick(1, 100) <= percent; }
  When when() {
    const std::int64_t begin_us = pick(0, span_us);
    return {begin_us, begin_us + pick(2, 2'000)};
  }

  void place_orders() {
    std::vector<verify::StoredOrder> stored;
    for (std::int64_t key = 1; key <= 15; ++key) {
      const bool is_refused = is(20);
      bool is_done = false;
      const std::int64_t tries = pick(1, 3);
      for (std::int64_t i = 0; i < tries; ++i) {
        verify::OrderPlacing placing{
            .op = ++op_, .key = fmt::format("order-{}", key), .when = when()};
        if (is(20)) {
          placing.when.complete_us.reset();
          is_done |= is(50);
        } else {
          placing.ended = is_refused ? Ended::refused : Ended::done;
          if (is_refused) placing.code = "out_of_stock";
          if (!is_refused) placing.order = {key};
          is_done = true;
        }
        story_.history.orders.push_back(placing);
      }
      if (is_done && !is_refused) stored.push_back({{key}, fmt::format("order-{}", key)});
    }
    story_.rest.orders = std::move(stored);
  }

  // Takes effect at a moment between its beginning and its end, if at all.
  void take_effect(const When& when, const ProductId& product, std::int64_t quantity) {
    const std::int64_t at_us = pick(when.invoke_us, when.complete_us.value_or(span_us));
    effects_.push_back({at_us, {product, quantity}});
  }

  void sell() {
    for (int i = 1; i <= 60; ++i) {
      const PurchaseId purchase = *PurchaseId::parse(fmt::format("purchase-{}", i));
      const ProductId product = *ProductId::parse(fmt::format("product-{}", pick(1, 6)));
      verify::Sale sale{.op = ++op_,
                        .purchase = purchase,
                        .product = product,
                        .quantity = pick(1, 9),
                        .day = today,
                        .when = when(),
                        .ended = Ended::done};
      bool is_sold = true;
      if (is(10)) {
        sale.ended = Ended::unknown;
        sale.when.complete_us.reset();
        is_sold = is(50);
      }
      if (is_sold) take_effect(sale.when, product, sale.quantity);
      story_.history.sales.push_back(sale);
      if (!is_sold && is(50)) {
        // Sent again, and then it counts.
        sale.op = ++op_;
        sale.ended = Ended::done;
        sale.when = {span_us + 1, span_us + 10};
        story_.history.sales.push_back(sale);
        effects_.push_back({span_us + 5, {product, sale.quantity}});
      } else if (is_sold && sale.ended == Ended::done && is(10)) {
        const When when{*sale.when.complete_us + 1, *sale.when.complete_us + 500};
        story_.history.taken_back.push_back({++op_, purchase, when, Ended::done});
        take_effect(when, product, -sale.quantity);
      }
    }
  }

  std::map<ProductId, std::int64_t> totals_at(std::int64_t us) const {
    std::map<ProductId, std::int64_t> totals;
    for (const auto& [at_us, score] : effects_) {
      if (at_us <= us) totals[score.product] += score.score;
    }
    return totals;
  }

  std::vector<Score> list_at(std::int64_t us) const {
    std::vector<Score> list;
    for (const auto& [product, score] : totals_at(us)) {
      if (score > 0) list.push_back({product, score});
    }
    std::sort(list.begin(), list.end(), [](const Score& a, const Score& b) {
      return std::tie(a.score, a.product) > std::tie(b.score, b.product);
    });
    if (list.size() > 5) list.erase(list.begin() + 5, list.end());
    return list;
  }

  // Each fold is a revision, 100 ms apart; servers follow when they happen to look.
  void show_lists() {
    for (const char* server : {"a", "b", "c"}) {
      std::int64_t revision = 0;
      std::int64_t now_us = pick(0, 100'000);
      while (now_us < span_us) {
        const std::int64_t newest = now_us / 100'000;
        if (is(60)) revision = pick(revision, newest);
        const std::int64_t begin_us = now_us - pick(0, 3'000);
        story_.history.list_reads.push_back({.op = ++op_,
                                             .server = server,
                                             .list = "1d limit 5",
                                             .day = today,
                                             .revision = revision,
                                             .when = {begin_us, now_us + pick(0, 3'000)},
                                             .entries = list_at(revision * 100'000)});
        now_us += pick(1, 150'000);
      }
    }
  }

  std::mt19937_64 random_;
  Story& story_;
  std::int64_t op_ = 200'000;
  std::vector<std::pair<std::int64_t, Score>> effects_;
};

}  // namespace

ShopPlan random_plan(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&random](std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
  };
  return {.seed = seed,
          .shoppers = static_cast<int>(pick(5, 80)),
          .presses = static_cast<int>(pick(20, 200)),
          .quantity = pick(1, 40),
          .raises = static_cast<int>(pick(0, 3)),
          .has_line = pick(0, 2) > 0,
          .has_fault = pick(0, 3) == 0,
          .has_pause = pick(0, 3) == 0};
}

Story tell_story(const ShopPlan& plan) {
  Story story;
  Agenda agenda;
  ReferenceDrop drop(plan, agenda, story.history);
  drop.plan_all();
  agenda.run();
  story.rest.events.push_back(drop.stored());
  Market(plan.seed, story).run();
  return story;
}

}  // namespace rushline::tests
