// The map is read when it is due, from a node that has something new to tell.
#include "adapters/redis/map_refresh.hpp"

#include <gtest/gtest.h>

namespace rushline::redis {
namespace {

using namespace std::chrono_literals;

const Endpoint a{"a", 1};
const Endpoint b{"b", 2};

SlotMap map_of(const Endpoint& owner) {
  SlotMap map;
  map.set_owner(7, owner);
  return map;
}

class MapRefreshTest : public testing::Test {
 protected:
  MapRefreshTest() { read(a); }

  // The node whose turn it is says that `owner` holds a slot.
  void read(const Endpoint& owner) {
    refresh.asked(now);
    refresh.told(*refresh.node(now), map_of(owner), now);
  }

  Monotonic now{1h};
  MapRefresh refresh{{a, b}};
};

TEST_F(MapRefreshTest, IsDueAtOnceInTheBeginningAndThenNowAndThen) {
  const MapRefresh fresh({a, b});
  EXPECT_TRUE(fresh.is_due(now));
  EXPECT_FALSE(refresh.is_due(now + limits::cluster_refresh_interval - 1ms));
  EXPECT_TRUE(refresh.is_due(now + limits::cluster_refresh_interval));
}

TEST_F(MapRefreshTest, IsDueSoonAfterASurpriseButNotTooOften) {
  refresh.want();
  EXPECT_FALSE(refresh.is_due(now + limits::cluster_refresh_interval_min - 1ms));
  now += limits::cluster_refresh_interval_min;
  EXPECT_TRUE(refresh.is_due(now));
  refresh.asked(now);
  refresh.want();
  EXPECT_FALSE(refresh.is_due(now + 1h)) << "one at a time";
  refresh.node_failed(a, now);
  EXPECT_TRUE(refresh.is_due(now + limits::cluster_refresh_interval_min));
}

TEST_F(MapRefreshTest, AsksAnotherNodeWhenOneHasNothingNewToTell) {
  read(a);
  EXPECT_EQ(*refresh.node(now), a) << "nothing new was wanted";
  refresh.want();
  read(a);
  EXPECT_EQ(*refresh.node(now), b);
  refresh.want();
  read(b);
  EXPECT_EQ(*refresh.node(now), b);
}

TEST_F(MapRefreshTest, WaitsLongerWhileNothingIsNew) {
  for (int i = 0; i < 10; ++i) {
    refresh.want();
    read(a);
  }
  refresh.want();
  EXPECT_FALSE(refresh.is_due(now + limits::cluster_refresh_interval_max - 1ms));
  now += limits::cluster_refresh_interval_max;
  EXPECT_TRUE(refresh.is_due(now));
  read(b);
  refresh.want();
  EXPECT_TRUE(refresh.is_due(now + limits::cluster_refresh_interval_min));
}

}  // namespace
}  // namespace rushline::redis
