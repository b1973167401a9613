// How many operations a second are checked: a drop of 200,000 coupons with a raise, for which half
// a million shoppers press a million times. And how many lines of a file are read.
#include "verify/history_checks.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "verify/history.hpp"

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

// Lines as `load --history` writes them.
void read_lines(benchmark::State& state) {
  std::vector<std::string> lines;
  for (std::int64_t i = 0; i < press_count / 10; ++i) {
    const std::string_view coupon = i % 3 == 0 ? R"(,"coupon_id":1073741841,"issue_no":17)" : "";
    lines.push_back(fmt::format(
        R"({{"op":{},"user":"{}","event":1,"invoke_us":{},"complete_us":{},"outcome":"{}"{}}})", i,
        shopper(i).view(), 1'767'322'800'000'123 + i, 1'767'322'800'004'567 + i,
        i % 3 == 0 ? "issued" : "sold_out", coupon));
  }
  for (auto _ : state) {
    History history;
    for (const std::string& line : lines) {
      if (add_line(line, history).has_error()) state.SkipWithError("unreadable");
    }
  }
  state.SetItemsProcessed(state.iterations() * std::ssize(lines));
}
BENCHMARK(read_lines)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rushline::verify
