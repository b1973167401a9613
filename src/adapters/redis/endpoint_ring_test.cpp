// Of several servers one is asked until it fails, then the next, and none is hammered.
#include "adapters/redis/endpoint_ring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

using testing::ElementsAre;

constexpr Monotonic start{std::chrono::hours(1)};
const Endpoint a{"a", 1};
const Endpoint b{"b", 2};
const Endpoint c{"c", 3};

TEST(EndpointRing, StaysWithOneUntilItFails) {
  EndpointRing ring({a, b});
  EXPECT_EQ(*ring.current(start), a);
  EXPECT_EQ(*ring.current(start + std::chrono::hours(1)), a);
  ring.failed(a, start);
  EXPECT_EQ(*ring.current(start), b);
  ring.failed(a, start);
  EXPECT_EQ(*ring.current(start), b) << "a was left already";
}

TEST(EndpointRing, RestsOnceAllHaveFailedInARow) {
  EndpointRing ring({a, b});
  ring.failed(a, start);
  ring.failed(b, start);
  EXPECT_EQ(ring.current(start), nullptr);
  const Monotonic later = start + limits::redis_reconnect_wait_max;
  ASSERT_NE(ring.current(later), nullptr);
  EXPECT_EQ(*ring.current(later), a);
  ring.succeeded();
  ring.failed(a, later);
  EXPECT_NE(ring.current(later), nullptr) << "an answer begins a new count";
}

TEST(EndpointRing, LearnsOthersAndStaysWithTheCurrentOne) {
  EndpointRing ring({a});
  ring.learn({b, a, c});
  EXPECT_THAT(ring.all(), ElementsAre(a, b, c));
  ring.failed(a, start);
  ASSERT_EQ(*ring.current(start), b);
  ring.learn({c});
  EXPECT_EQ(*ring.current(start), b) << "it does not name itself";
  EXPECT_THAT(ring.all(), ElementsAre(a, c, b));
  ring.failed(b, start);
  ring.learn({c});
  EXPECT_EQ(*ring.current(start), a);
  EXPECT_THAT(ring.all(), ElementsAre(a, c)) << "what nobody names any more is forgotten";
}

TEST(EndpointRing, NeverForgetsTheKnownOnesAndIsBounded) {
  EndpointRing ring({a, b});
  std::vector<Endpoint> many;
  for (std::uint16_t port = 1; port <= 1'000; ++port) many.push_back({"many", port});
  ring.learn(many);
  EXPECT_EQ(ring.all().size(), limits::redis_endpoints_max);
  ring.learn({});
  EXPECT_THAT(ring.all(), ElementsAre(a, b));
}

}  // namespace
}  // namespace rushline::redis
