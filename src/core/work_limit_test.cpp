// What may wait, tried in a simulated queue: overload costs nothing but the refusals, a slack time
// refuses nobody, and whatever is let in is done in time.
#include "core/work_limit.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <random>
#include <vector>

namespace rushline {
namespace {

using namespace std::chrono_literals;

constexpr WorkBounds bounds{
    .wait_max = 1s, .waiting_min = 64, .waiting_first = 4'096, .waiting_max = 20'000};
constexpr auto client_waits = 2s;  // then an answer is worth nothing

struct Tally {
  std::int64_t asked = 0;
  std::int64_t refused = 0;
  std::int64_t in_time = 0;
  std::int64_t too_late = 0;
  Monotonic::duration longest{};
};

// A queue in front of somebody who takes up to `batch_max` of what waits at a time; a batch takes
// `batch_cost` and `unit_cost` for each.
class Queue {
 public:
  struct Speed {
    std::size_t batch_max = 1;
    std::chrono::microseconds batch_cost{};
    std::chrono::microseconds unit_cost{};

    double best() const {
      const std::chrono::duration<double> batch =
          batch_cost + unit_cost * static_cast<std::int64_t>(batch_max);
      return static_cast<double>(batch_max) / batch.count();
    }
  };

  Queue(const WorkBounds& its_bounds, Speed speed) : limit_(its_bounds), speed_(speed) {}

  void set_speed(Speed speed) { speed_ = speed; }
  Monotonic now() const { return now_; }

  // Requests at random times, `per_second` of them on average.
  Tally run(double per_second, std::chrono::seconds time) {
    Tally tally;
    const Monotonic end = now_ + time;
    while (now_ < end) {
      const std::chrono::duration<double> pause{
          std::exponential_distribution<>{per_second}(random_)};
      const Monotonic next = now_ + std::chrono::ceil<std::chrono::nanoseconds>(pause);
      while (ends_ <= next) work(tally);
      now_ = next;
      ask(tally);
    }
    return tally;
  }
  // All at the same moment.
  Tally burst(int count) {
    Tally tally;
    for (int i = 0; i < count; ++i) ask(tally);
    while (ends_ != never) work(tally);
    return tally;
  }

 private:
  static constexpr Monotonic never = Monotonic::max();

  void ask(Tally& tally) {
    ++tally.asked;
    if (!limit_.has_room()) {
      ++tally.refused;
      return;
    }
    limit_.begin(1, now_);
    waiting_.push_back(now_);
    if (ends_ == never) take();
  }
  void take() {
    in_hand_ = std::min(waiting_.size(), speed_.batch_max);
    ends_ = in_hand_ == 0
                ? never
                : now_ + speed_.batch_cost + speed_.unit_cost * static_cast<std::int64_t>(in_hand_);
  }
  void work(Tally& tally) {
    now_ = ends_;
    for (std::size_t i = 0; i < in_hand_; ++i) {
      const auto took = now_ - waiting_.front();
      ++(took <= client_waits ? tally.in_time : tally.too_late);
      tally.longest = std::max(tally.longest, took);
      waiting_.pop_front();
    }
    limit_.end(static_cast<std::int64_t>(in_hand_), now_);
    take();
  }

  WorkLimit limit_;
  Speed speed_;
  std::mt19937_64 random_{20'261'126};
  Monotonic now_{1h};
  std::deque<Monotonic> waiting_;
  std::size_t in_hand_ = 0;
  Monotonic ends_ = never;
};

const Queue::Speed one_by_one{.batch_max = 1, .unit_cost = 1'000us};
const Queue::Speed group_commit{.batch_max = 512, .batch_cost = 2'000us, .unit_cost = 50us};
const Queue::Speed slow_disk{.batch_max = 512, .batch_cost = 400'000us, .unit_cost = 50us};
const Queue::Speed dear_batches{.batch_max = 256, .unit_cost = 1'000us};

class EverySpeed : public testing::TestWithParam<Queue::Speed> {};

TEST_P(EverySpeed, HoldsItsGoodputAtTenTimesWhatItCanDo) {
  Queue queue(bounds, GetParam());
  const double best = GetParam().best();
  queue.run(10 * best, 6s);  // at first, `waiting_first` are let in: nobody can know

  const Tally tally = queue.run(10 * best, 20s);

  EXPECT_GE(static_cast<double>(tally.in_time), 0.9 * best * 20);
  EXPECT_EQ(tally.too_late, 0);
  EXPECT_GE(tally.refused, tally.asked * 8 / 10);
}

TEST_P(EverySpeed, LosesItsGoodputWithoutTheLimit) {
  constexpr std::int64_t any = 1'000'000'000;
  Queue queue({.wait_max = 1h, .waiting_min = any, .waiting_first = any, .waiting_max = any},
              GetParam());
  const double best = GetParam().best();
  queue.run(10 * best, 6s);
  EXPECT_LT(static_cast<double>(queue.run(10 * best, 20s).in_time), 0.1 * best * 20);
}

TEST_P(EverySpeed, RefusesNobodyAtSevenTenthsOfIt) {
  Queue queue(bounds, GetParam());
  const Tally tally = queue.run(0.7 * GetParam().best(), 60s);
  EXPECT_EQ(tally.refused, 0);
  EXPECT_EQ(tally.too_late, 0);
}

TEST_P(EverySpeed, RefusesNobodyAnyMoreOnceTheRushIsOver) {
  Queue queue(bounds, GetParam());
  queue.run(10 * GetParam().best(), 10s);
  queue.run(0.5 * GetParam().best(), 3s);  // what still waits is worked off

  EXPECT_EQ(queue.run(0.7 * GetParam().best(), 30s).refused, 0);
}

TEST_P(EverySpeed, RefusesNobodyWhenASlackTimeEnds) {
  Queue queue(bounds, GetParam());
  queue.run(10 * GetParam().best(), 10s);
  queue.run(0.1 * GetParam().best(), 60s);
  EXPECT_EQ(queue.run(0.8 * GetParam().best(), 10s).refused, 0);
}

INSTANTIATE_TEST_SUITE_P(WorkLimit, EverySpeed,
                         testing::Values(one_by_one, group_commit, slow_disk, dear_batches));

TEST(WorkLimit, LetsInABurstThatCanBeDoneInTimeAfterAnIdleTime) {
  Queue queue(bounds, group_commit);
  queue.run(200, 10s);  // commits of one: far slower than it can be
  const Tally tally = queue.burst(4'000);
  EXPECT_EQ(tally.refused, 0);
  EXPECT_LE(tally.longest, 1s);
}

TEST(WorkLimit, FollowsADatabaseThatBecomesSlowAndFastAgain) {
  Queue queue(bounds, group_commit);
  queue.run(20'000, 5s);
  queue.set_speed(one_by_one);
  queue.run(20'000, 25s);  // what was let in at the old speed is worked off

  const Tally slow = queue.run(20'000, 10s);
  EXPECT_EQ(slow.too_late, 0);
  EXPECT_GE(static_cast<double>(slow.in_time), 0.9 * one_by_one.best() * 10);

  queue.set_speed(group_commit);
  queue.run(10'000, 3s);
  EXPECT_EQ(queue.run(10'000, 10s).refused, 0);
}

TEST(WorkLimit, LetsALittleInHoweverSlowItGoes) {
  WorkLimit limit(bounds);
  Monotonic now{1h};
  limit.begin(1'000, now);
  for (int i = 0; i < 400; ++i) limit.end(1, now += 1s);
  EXPECT_EQ(limit.room(), bounds.waiting_min);
  EXPECT_NEAR(std::chrono::duration<double>(limit.expected_wait()).count(), 600, 6);
}

TEST(WorkLimit, MayFillUpWhileNothingIsKnown) {
  WorkLimit limit(bounds);
  limit.begin(bounds.waiting_first - 1, Monotonic{1h});
  EXPECT_TRUE(limit.has_room());
  limit.begin(1, Monotonic{1h});
  EXPECT_FALSE(limit.has_room());
  EXPECT_EQ(limit.expected_wait(), 0ns);
}

RC_GTEST_PROP(WorkLimit, StaysWithinItsBoundsWhateverHappens, ()) {
  WorkLimit limit(bounds);
  Monotonic now{1h};
  for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(-200, 200))) {
    now += std::chrono::milliseconds{std::abs(step) % 37};
    if (step > 0) limit.begin(step, now);
    if (step < 0) limit.end(std::min<std::int64_t>(-step, limit.waiting()), now);
    RC_ASSERT(limit.room() >= bounds.waiting_min);
    RC_ASSERT(limit.room() <= bounds.waiting_max);
    RC_ASSERT(limit.expected_wait() >= 0ns);
  }
}

}  // namespace
}  // namespace rushline
