// What every SalesStore must do: lose and double nothing on the way from the outbox into the
// totals, and tell followers exactly what changed.
#pragma once

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "core/limits.hpp"
#include "tests/contract/store_adapter.hpp"

namespace rushline::contract {

class SalesStoreContract : public StoreContract {
 protected:
  using Line = ranking::PurchaseLine;
  using Outcome = ranking::LineOutcome;
  using Totals = std::vector<std::tuple<std::string, std::int32_t, std::int64_t>>;

  static constexpr Day day{20'000};

  static ranking::OutboxRow sale(std::string_view product, std::int64_t score, Day on = day) {
    return {product_id(product), score, on, "order:1"};
  }
  void append(const std::vector<ranking::OutboxRow>& rows) {
    must(write([&](Transaction& tx) { return sales().append_outbox(tx, rows); }));
  }
  ranking::TakenSales take_rows(std::int64_t count_max) {
    return must(write([&](Transaction& tx) { return sales().take_outbox(tx, count_max); }));
  }
  // What the outbox gives, sorted.
  Totals take(std::int64_t count_max) {
    Totals taken;
    for (const auto& delta : take_rows(count_max).deltas) {
      taken.emplace_back(delta.product.view(), delta.day.number, delta.score);
    }
    std::sort(taken.begin(), taken.end());
    return taken;
  }
  void add(std::int64_t revision, const std::vector<ranking::DayDelta>& deltas) {
    must(write([&](Transaction& tx) { return sales().add_totals(tx, {revision}, deltas); }));
  }
  static ranking::DayDelta delta(std::string_view product, std::int64_t score, Day on = day) {
    return {product_id(product), on, score};
  }
  Totals changes(const DayWindow& window, std::int64_t after,
                 ranking::Revision up_to = ranking::latest_revision) {
    const auto found = must(
        read([&](Transaction& tx) { return sales().changes(tx, window, {after}, up_to, 1'000); }));
    Totals totals;
    for (const auto& total : found.totals) {
      totals.emplace_back(total.product.view(), total.day.number, total.total);
    }
    std::sort(totals.begin(), totals.end());
    return totals;
  }
  std::vector<std::pair<std::string, std::int64_t>> top(const DayWindow& window,
                                                        std::int64_t count_max) {
    std::vector<std::pair<std::string, std::int64_t>> best;
    for (const auto& score :
         must(read([&](Transaction& tx) { return sales().top(tx, window, count_max); }))) {
      best.emplace_back(score.product.view(), score.score);
    }
    return best;
  }
  static Line line(std::string_view purchase, std::string_view product, std::int64_t quantity) {
    return {purchase_id(purchase), product_id(product), quantity, day};
  }
  std::vector<Outcome> insert(const std::vector<Line>& lines) {
    return must(write([&](Transaction& tx) { return sales().insert_purchases(tx, lines); }));
  }
  // How many lines of the purchase were taken back; nothing when it is unknown.
  std::optional<std::size_t> take_back(std::string_view purchase) {
    const auto lines = must(
        write([&](Transaction& tx) { return sales().delete_purchase(tx, purchase_id(purchase)); }));
    if (!lines) return std::nullopt;
    return lines->size();
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SalesStoreContract);

TEST_P(SalesStoreContract, TheOutboxGivesItsRowsOnceAddedUpByProductAndDay) {
  append({sale("a", 2), sale("b", 1), sale("a", 3)});
  append({sale("a", 5, day + 1), sale("b", -4)});
  EXPECT_EQ(take(100),
            (Totals{{"a", day.number, 5}, {"a", day.number + 1, 5}, {"b", day.number, -3}}));
  EXPECT_EQ(take(100), Totals{});
}

TEST_P(SalesStoreContract, TheOutboxGivesNoMoreRowsThanAskedAndKeepsTheRest) {
  append({sale("a", 1), sale("a", 10), sale("a", 100), sale("b", 1'000)});
  EXPECT_EQ(take(2), (Totals{{"a", day.number, 11}}));
  append({sale("a", 10'000)});
  EXPECT_EQ(take(2), (Totals{{"a", day.number, 100}, {"b", day.number, 1'000}}));
  EXPECT_EQ(take(1), (Totals{{"a", day.number, 10'000}}));
  EXPECT_EQ(take(1), Totals{});
}

TEST_P(SalesStoreContract, TheOutboxTellsHowManyRowsItGaveAndHowManyWaitBehindThem) {
  append({sale("a", 1), sale("a", 10), sale("b", 100), sale("b", 1'000)});
  const auto first = take_rows(3);
  EXPECT_EQ(first.rows, 3);
  EXPECT_EQ(first.rows_left, 1);
  const auto second = take_rows(3);
  EXPECT_EQ(second.rows, 1);
  EXPECT_EQ(second.rows_left, 0);
  EXPECT_EQ(take_rows(3).rows, 0);
}

TEST_P(SalesStoreContract, TheOutboxKnowsWhenTheFirstOfTheRowsThatItGivesWasWritten) {
  const Timestamp before = now();
  append({sale("a", 1)});
  const Timestamp between = now();
  append({sale("a", 1), sale("b", 1)});
  const auto both = take_rows(2);
  ASSERT_TRUE(both.oldest_at.has_value());
  EXPECT_GE(*both.oldest_at, before);
  EXPECT_LE(*both.oldest_at, between);
  EXPECT_GE(take_rows(2).oldest_at, between);
  EXPECT_FALSE(take_rows(2).oldest_at.has_value());
}

TEST_P(SalesStoreContract, WhatWasTakenByATransactionThatFailsIsStillThere) {
  append({sale("a", 1), sale("b", 2)});
  const auto outcome = write([&](Transaction& tx) -> Result<void> {
    must(sales().take_outbox(tx, 10));
    return fail(Errc::unavailable, "crash");
  });
  EXPECT_TRUE(outcome.has_error());
  EXPECT_EQ(take(10), (Totals{{"a", day.number, 1}, {"b", day.number, 2}}));
}

TEST_P(SalesStoreContract, ARecordBeginsAtRevisionZero) {
  const auto state = must(read([&](Transaction& tx) { return sales().record_state(tx); }));
  EXPECT_EQ(state.revision.value, 0);
}

TEST_P(SalesStoreContract, AddingRaisesTheTotalsAndTheRevision) {
  add(1, {delta("a", 5), delta("b", 2)});
  add(2, {delta("a", -7)});
  const auto state = must(write([&](Transaction& tx) { return sales().lock_record(tx); }));
  EXPECT_EQ(state.revision.value, 2);
  EXPECT_LE(state.folded_at, now());
  EXPECT_GT(state.folded_at, Timestamp{});
  EXPECT_EQ(changes({day, 1}, 0), (Totals{{"a", day.number, -2}, {"b", day.number, 2}}));
}

TEST_P(SalesStoreContract, ChangesAreTheTotalsOfTheWindowThatAFollowerLacks) {
  add(1, {delta("a", 1, day - 3), delta("a", 1, day - 2), delta("a", 1, day)});
  add(2, {delta("b", 1, day - 2)});
  add(3, {delta("a", 1, day), delta("c", 1, day + 1)});
  const DayWindow window{day, 3};
  EXPECT_EQ(changes(window, 0),
            (Totals{{"a", day.number - 2, 1}, {"a", day.number, 2}, {"b", day.number - 2, 1}}));
  EXPECT_EQ(changes(window, 1), (Totals{{"a", day.number, 2}, {"b", day.number - 2, 1}}));
  EXPECT_EQ(changes({day + 1, 4}, 2), (Totals{{"a", day.number, 2}, {"c", day.number + 1, 1}}));
  EXPECT_EQ(changes(window, 3), Totals{});
  EXPECT_EQ(changes(window, 0, {1}), (Totals{{"a", day.number - 2, 1}}));
  EXPECT_EQ(changes(window, 1, {2}), (Totals{{"b", day.number - 2, 1}}));
  const auto found = must(read([&](Transaction& tx) {
    return sales().changes(tx, window, {0}, ranking::latest_revision, 2);
  }));
  EXPECT_EQ(found.state.revision.value, 3);
  EXPECT_EQ(found.totals.size(), 2U);
}

TEST_P(SalesStoreContract, ADayIsReadPageByPageInTheByteOrderOfTheProducts) {
  add(1, {delta("b", 5), delta("a", 1), delta("B", 2), delta("10", -4), delta("9", 3),
          delta("c", 8, day + 1)});
  const auto page = [&](std::optional<std::string> after) {
    std::string text;
    const auto from = after ? std::optional(product_id(*after)) : std::nullopt;
    for (const auto& total :
         must(read([&](Transaction& tx) { return sales().totals_after(tx, day, from, 2); }))) {
      EXPECT_EQ(total.day, day);
      text += std::string(total.product.view()) + ":" + std::to_string(total.total) + " ";
    }
    return text;
  };
  EXPECT_EQ(page(std::nullopt), "10:-4 9:3 ");
  EXPECT_EQ(page("9"), "B:2 a:1 ");
  EXPECT_EQ(page("a"), "b:5 ");
  EXPECT_EQ(page("b"), "");
}

TEST_P(SalesStoreContract, AScoreIsWhatTheListWouldShow) {
  add(1, {delta("a", 5), delta("a", 3, day - 2), delta("a", -9, day - 1), delta("a", 70, day - 3),
          delta("b", 1)});
  const auto score = [&](std::string_view product, std::int32_t days) {
    return must(read([&](Transaction& tx) {
      return sales().score(tx, {day, days}, product_id(product));
    }));
  };
  EXPECT_EQ(score("a", 3), 8);
  EXPECT_EQ(score("a", 1), 5);
  EXPECT_EQ(score("nowhere", 3), 0);
}

TEST_P(SalesStoreContract, TheOutboxTellsSinceWhenItsFirstRowWaits) {
  const auto head = [&] {
    return must(read([&](Transaction& tx) { return sales().outbox_head(tx); }));
  };
  EXPECT_FALSE(head());
  append({sale("a", 1)});
  append({sale("b", 1)});
  const auto first = head();
  ASSERT_TRUE(first && first->written_at);
  EXPECT_EQ(take_rows(1).oldest_at, first->written_at);
  ASSERT_TRUE(head() && head()->written_at);
  EXPECT_GE(*head()->written_at, *first->written_at);
  take_rows(100);
  EXPECT_FALSE(head());
}

TEST_P(SalesStoreContract, TheTopAddsUpTheDaysAndBreaksTiesByTheLaterId) {
  add(1, {delta("low", 1), delta("a", 2), delta("b", 2), delta("B", 2)});
  add(2, {delta("split", 2, day), delta("split", 3, day - 2), delta("old", 50, day - 3),
          delta("back", -9, day), delta("back", 3, day - 1), delta("gone", 0, day)});
  using Best = std::vector<std::pair<std::string, std::int64_t>>;
  EXPECT_EQ(top({day, 3}, 10),
            (Best{{"split", 5}, {"back", 3}, {"b", 2}, {"a", 2}, {"B", 2}, {"low", 1}}));
  EXPECT_EQ(top({day, 3}, 2), (Best{{"split", 5}, {"back", 3}}));
  EXPECT_EQ(top({day, 1}, 1), (Best{{"split", 2}}));
  EXPECT_EQ(top({day + 9, 3}, 10), Best{});
}

TEST_P(SalesStoreContract, LabelsAreThoseOfRegisteredProducts) {
  must(write([&](Transaction& tx) { return add_product(tx, "a", 1); }));
  const std::vector<ProductId> asked{product_id("x"), product_id("a")};
  const auto labels = must(read([&](Transaction& tx) { return sales().labels(tx, asked); }));
  ASSERT_EQ(labels.size(), 1U);
  EXPECT_EQ(labels[0].product, product_id("a"));
  EXPECT_EQ(labels[0].name, "Product a");
  EXPECT_EQ(labels[0].price.amount, 100);
}

TEST_P(SalesStoreContract, APurchaseLineIsAcceptedOnce) {
  EXPECT_EQ(insert({line("1", "a", 2), line("1", "b", 2), line("2", "a", 2)}),
            (std::vector{Outcome::accepted, Outcome::accepted, Outcome::accepted}));
  EXPECT_EQ(insert({line("1", "a", 2), line("2", "a", 3), line("3", "a", 1)}),
            (std::vector{Outcome::duplicate, Outcome::conflict, Outcome::accepted}));
}

TEST_P(SalesStoreContract, ALineThatStandsTwiceInOneCallIsSeenTheSecondTime) {
  EXPECT_EQ(insert({line("1", "a", 2), line("1", "a", 2), line("1", "a", 3)}),
            (std::vector{Outcome::accepted, Outcome::duplicate, Outcome::conflict}));
}

TEST_P(SalesStoreContract, ADuplicateCountsOnTheDayOfTheFirst) {
  insert({line("1", "a", 2)});
  Line later = line("1", "a", 2);
  later.day = day + 5;
  EXPECT_EQ(insert({later}), std::vector{Outcome::duplicate});
  const auto lines =
      must(write([&](Transaction& tx) { return sales().delete_purchase(tx, purchase_id("1")); }));
  ASSERT_TRUE(lines.has_value());
  ASSERT_EQ(lines->size(), 1U);
  EXPECT_EQ(lines->front().day, day);
  EXPECT_EQ(lines->front().product_id, product_id("a"));
  EXPECT_EQ(lines->front().quantity, 2);
}

TEST_P(SalesStoreContract, APurchaseIsTakenBackOnceAndItsIdStaysUsed) {
  insert({line("1", "a", 2), line("1", "b", 1), line("11", "a", 1)});
  EXPECT_EQ(take_back("1"), 2U);
  EXPECT_EQ(take_back("1"), 0U);
  EXPECT_EQ(take_back("2"), std::nullopt);
  EXPECT_EQ(insert({line("1", "a", 2)}), std::vector{Outcome::duplicate});
  EXPECT_EQ(insert({line("1", "c", 1)}), std::vector{Outcome::conflict});
  EXPECT_EQ(take_back("1"), 0U);
  EXPECT_EQ(take_back("11"), 1U);
}

TEST_P(SalesStoreContract, TakesTheLargestRequestInOneUnit) {
  std::vector<Line> lines;
  for (std::size_t i = 0; i < limits::purchases_per_request_max; ++i) {
    lines.push_back(line("order-" + std::to_string(i * 7'919 % 1'000'003), "a", 1));
  }
  const auto outcomes = insert(lines);
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), Outcome::accepted),
            static_cast<std::ptrdiff_t>(lines.size()));
}

}  // namespace rushline::contract
