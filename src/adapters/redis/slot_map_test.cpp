// The map of slots is read whole or refused.
#include "adapters/redis/slot_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

using testing::ElementsAre;

const Endpoint asked{"asked", 1};
const Endpoint a{"a", 6379};
const Endpoint b{"b", 6380};

Reply number(std::int64_t value) {
  Reply reply;
  reply.kind = Reply::Kind::integer;
  reply.integer = value;
  return reply;
}

Reply array(std::vector<Reply> items) {
  Reply reply;
  reply.kind = Reply::Kind::array;
  reply.items = std::move(items);
  return reply;
}

Reply node(const Endpoint& endpoint) {
  Reply host;
  host.kind = Reply::Kind::text;
  host.text = endpoint.host;
  Reply id = host;
  id.text = "0123456789abcdef";
  return array({host, number(endpoint.port), id, array({})});
}

Reply range(std::int64_t first, std::int64_t last, std::vector<Reply> nodes) {
  nodes.insert(nodes.begin(), {number(first), number(last)});
  return array(std::move(nodes));
}

TEST(SlotMap, KnowsTheOwnerOfEachSlot) {
  const auto map = SlotMap::read(array({range(0, 99, {node(a), node({"replica", 7})}),
                                        range(200, 16'383, {node(b)}), range(100, 100, {node(a)})}),
                                 asked);
  ASSERT_TRUE(map);
  EXPECT_EQ(*map->owner(0), a);
  EXPECT_EQ(*map->owner(99), a);
  EXPECT_EQ(*map->owner(100), a);
  EXPECT_EQ(map->owner(101), nullptr);
  EXPECT_EQ(map->owner(199), nullptr);
  EXPECT_EQ(*map->owner(200), b);
  EXPECT_EQ(*map->owner(16'383), b);
  EXPECT_THAT(map->primaries(), ElementsAre(a, b));
  EXPECT_THAT(map->nodes(), ElementsAre(a, b, Endpoint{"replica", 7}));
  EXPECT_EQ(map->owner_index(200), 1U);
  EXPECT_EQ(map->index_of(b), 1U);
  EXPECT_EQ(map->index_of({"replica", 7}), std::nullopt);
}

TEST(SlotMap, TakesANodeThatDoesNotKnowItsHostForTheOneThatWasAsked) {
  const auto map =
      SlotMap::read(array({range(0, 1, {node({"", 7})}), range(2, 3, {node({"?", 8})})}), asked);
  ASSERT_TRUE(map);
  EXPECT_EQ(*map->owner(0), (Endpoint{"asked", 7}));
  EXPECT_EQ(*map->owner(2), (Endpoint{"asked", 8}));
}

TEST(SlotMap, RefusesWhatIsNone) {
  Reply error;
  error.kind = Reply::Kind::error;
  for (const Reply& reply :
       {Reply{}, error, array({}), array({number(1)}), array({range(0, 1, {})}),
        array({range(-1, 1, {node(a)})}), array({range(0, 16'384, {node(a)})}),
        array({range(2, 1, {node(a)})}), array({range(0, 1, {node({"a", 0})})}),
        array({range(0, 1, {number(1)})}), array({range(0, 1, {array({number(1), error})})})}) {
    const auto map = SlotMap::read(reply, asked);
    ASSERT_FALSE(map);
    EXPECT_EQ(map.error().code, Errc::corrupt);
  }
}

TEST(SlotMap, LearnsOwnersOneByOne) {
  SlotMap map;
  EXPECT_EQ(map.owner(7), nullptr);
  map.set_owner(7, a);
  map.set_owner(8, b);
  map.set_owner(7, b);
  EXPECT_EQ(*map.owner(7), b);
  EXPECT_THAT(map.primaries(), ElementsAre(a, b));
}

TEST(SlotMap, IsBounded) {
  SlotMap map;
  for (std::size_t i = 0; i < limits::cluster_primaries_max + 1; ++i) {
    map.set_owner(static_cast<std::uint16_t>(i), {"h", static_cast<std::uint16_t>(i + 1)});
  }
  EXPECT_EQ(map.primaries().size(), limits::cluster_primaries_max);
  EXPECT_EQ(map.owner(static_cast<std::uint16_t>(limits::cluster_primaries_max)), nullptr);
}

}  // namespace
}  // namespace rushline::redis
