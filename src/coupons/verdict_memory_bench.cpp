// What an answer from memory costs: a stranger told sold out and a holder told of the coupon, with
// a million holders, from one thread and from two at the same time.
#include "coupons/verdict_memory.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "coupons/desk_table.hpp"

namespace rushline::coupons {
namespace {

constexpr int holder_count = 1'000'000;
constexpr std::size_t asked_count = 1 << 16;
constexpr CouponEventId event_id{1};
constexpr Monotonic now{std::chrono::hours{1}};

UserId user(const std::string& kind, int number) {
  return *UserId::parse(kind + std::to_string(number));
}

// A sold-out event of which every holder is known.
DeskTable& sold_out_desk() {
  static DeskTable desks(8, holder_count);
  static const bool made = [] {
    const auto desk = desks.open(event_id, now);
    std::vector<UserId> users;
    std::vector<Settled> answers;
    for (int number = 1; number <= holder_count; ++number) {
      users.push_back(user("user-", number));
      answers.push_back({Outcome::issued, CouponId{number}, number, Timestamp{}, std::nullopt});
    }
    desk->memory.learn(users, answers);
    CouponEvent event;
    event.quantity = event.issued = holder_count;
    desk->memory.learn_state(desk->memory.question(now), event);
    return true;
  }();
  benchmark::DoNotOptimize(made);
  return desks;
}

void ask(benchmark::State& state, const std::string& kind, Outcome expected) {
  DeskTable& desks = sold_out_desk();
  std::vector<UserId> asked;
  for (std::size_t i = 0; i < asked_count; ++i) {
    asked.push_back(user(kind, static_cast<int>(i * 15 % holder_count) + 1));
  }
  std::size_t i = 0;
  for (auto _ : state) {
    const UserId& who = asked[i++ % asked_count];
    std::optional<Settled> known;
    desks.visit(event_id, [&](const auto& desk) {
      desk->touch(now);
      known = desk->memory.recall(who, now);
    });
    if (!known || known->outcome != expected) state.SkipWithError("a wrong answer");
  }
}

void tell_a_stranger(benchmark::State& state) { ask(state, "guest-", Outcome::sold_out); }
void tell_a_holder(benchmark::State& state) { ask(state, "user-", Outcome::already_issued); }

BENCHMARK(tell_a_stranger)->Threads(1)->Threads(2);
BENCHMARK(tell_a_holder)->Threads(1)->Threads(2);

}  // namespace
}  // namespace rushline::coupons
