// How many operations a second are checked: a drop of 200,000 coupons with a raise, for which half
// a million shoppers press a million times.
#include "verify/history_checks.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace rushline::verify {
namespace {

constexpr std::int64_t press_count = 1'000'000;
constexpr std::int64_t shopper_count = 500'000;
constexpr std::int64_t first_quantity = 100'000;
constexpr std::int64_t last_quantity = 200'000;
constexpr std::int64_t raised_us = 10 * press_count / 4;

UserId shopper(std::int64_t number) {
  return *UserId::parse("shopper-" + std::to_string(10'000'000 + number));
}

void add_change(History& history, Change change, When when, std::int64_t quantity) {
  history.changes.push_back({.op = 0,
                             .event = {1},
                             .change = change,
                             .quantity = quantity,
                             .when = when,
                             .ended = Ended::done});
}

// A press every 10 microseconds, each answered within a millisecond.
void press_all(History& history, EventRecord& record) {
  std::vector<std::int64_t> number_of(shopper_count);
  std::int64_t quantity = first_quantity;
  for (std::int64_t i = 0; i < press_count; ++i) {
    const std::int64_t at_us = i * 10;
    if (at_us > raised_us + 1'000'000) quantity = last_quantity;
    const std::int64_t who = i * 7'919 % shopper_count;
    std::int64_t& number = number_of[static_cast<std::size_t>(who)];
    Press press{.op = i + 1,
                .user = shopper(who),
                .event = {1},
                .when = {at_us, at_us + 1 + i * 31 % 1'000},
                .told = number > 0 ? Told::repeat : Told::sold_out};
    if (number == 0 && std::ssize(record.coupons) < quantity) {
      number = std::ssize(record.coupons) + 1;
      press.told = Told::issued;
      record.coupons.push_back({.id = {number},
                                .event = {1},
                                .user = press.user,
                                .issue_no = number,
                                .seq = {},
                                .epoch = {1},
                                .discount = {},
                                .issued_at = {},
                                .expires_at = {},
                                .order_id = {}});
    }
    if (number > 0) {
      press.coupon = CouponId{number};
      press.issue_no = number;
    }
    history.presses.push_back(std::move(press));
  }
}

void check_a_drop(benchmark::State& state) {
  History history;
  AtRest rest;
  rest.events.emplace_back();
  rest.events[0].event.id = {1};
  rest.events[0].event.quantity = last_quantity;
  add_change(history, Change::create, {-20, -10}, first_quantity);
  add_change(history, Change::raise, {raised_us, raised_us + 500}, last_quantity);
  press_all(history, rest.events[0]);
  for (auto _ : state) {
    for (const Check& check : check_history(history, rest)) {
      if (check.findings_count > 0) state.SkipWithError(check.findings[0].c_str());
    }
  }
  state.SetItemsProcessed(state.iterations() * press_count);
}
BENCHMARK(check_a_drop)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rushline::verify
