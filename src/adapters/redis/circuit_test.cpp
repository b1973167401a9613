// The circuit opens at the first failure, tries again after waits that double, and remembers since
// when it is closed.
#include "adapters/redis/circuit.hpp"

#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

using namespace std::chrono_literals;

constexpr Monotonic start{1h};

// Tried and failed `times` times, each as soon as it may be. When it last failed.
Monotonic fail_often(Circuit& circuit, int times) {
  Monotonic now = start;
  for (int i = 0; i < times; ++i) {
    while (!circuit.is_trial_due(now)) now += 1ms;
    circuit.begin_trial();
    circuit.fail(now);
  }
  return now;
}

Monotonic::duration wait_after(Circuit& circuit, Monotonic now) {
  Monotonic due = now;
  while (!circuit.is_trial_due(due)) due += 1ms;
  return due - now;
}

TEST(Circuit, StartsOpenAndMayBeTriedAtOnce) {
  const Circuit circuit(1);
  EXPECT_EQ(circuit.state(), Circuit::State::open);
  EXPECT_TRUE(circuit.is_trial_due(start));
  EXPECT_FALSE(circuit.healthy_since());
}

TEST(Circuit, ClosesAfterATrialThatSucceeds) {
  Circuit circuit(1);
  circuit.begin_trial();
  EXPECT_EQ(circuit.state(), Circuit::State::half_open);
  EXPECT_FALSE(circuit.is_trial_due(start + 1h)) << "one trial at a time";
  circuit.succeed(start);
  EXPECT_EQ(circuit.state(), Circuit::State::closed);
  EXPECT_EQ(circuit.healthy_since(), start);
}

TEST(Circuit, OpensAtTheFirstFailureAndForgetsHealth) {
  Circuit circuit(1);
  circuit.succeed(start);
  circuit.fail(start + 1min);
  EXPECT_EQ(circuit.state(), Circuit::State::open);
  EXPECT_FALSE(circuit.healthy_since());
  EXPECT_FALSE(circuit.is_trial_due(start + 1min));
}

TEST(Circuit, WaitsLongerAfterEachFailureUpToTheLimit) {
  for (const int failures : {1, 2, 3, 4, 5, 6, 50}) {
    Circuit circuit(static_cast<std::uint64_t>(failures));
    const Monotonic now = fail_often(circuit, failures);
    const auto longest = std::min<Monotonic::duration>(
        limits::redis_reconnect_wait_min * (1 << std::min(failures - 1, 10)),
        limits::redis_reconnect_wait_max);
    const auto wait = wait_after(circuit, now);
    EXPECT_LE(wait, longest) << failures;
    EXPECT_GE(wait, longest / 2) << failures;
  }
}

TEST(Circuit, GoesOnWaitingLongWhenItWasClosedForAMomentOnly) {
  Circuit circuit(1);
  const Monotonic now = fail_often(circuit, 20);
  circuit.succeed(now);
  circuit.fail(now + 1ms);
  EXPECT_GE(wait_after(circuit, now + 1ms), limits::redis_reconnect_wait_max / 2);
}

TEST(Circuit, WaitsShortlyAgainAfterALongHealth) {
  Circuit circuit(1);
  const Monotonic now = fail_often(circuit, 20);
  circuit.succeed(now);
  circuit.fail(now + limits::redis_reconnect_wait_max);
  EXPECT_LE(wait_after(circuit, now + limits::redis_reconnect_wait_max),
            limits::redis_reconnect_wait_min);
}

TEST(Circuit, MayBeTriedAtOnceWhenAnotherServerIsMeant) {
  Circuit circuit(1);
  const Monotonic now = fail_often(circuit, 20);
  circuit.forgive();
  EXPECT_TRUE(circuit.is_trial_due(now));
}

}  // namespace
}  // namespace rushline::redis
