// Slots are those that Redis computes.
#include "adapters/redis/slot.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "adapters/redis/keys.hpp"
#include "tests/support/redis_server.hpp"

namespace rushline::redis {
namespace {

TEST(Slot, IsThatOfTheSpecification) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3 % slot_count);
  EXPECT_EQ(slot_of(""), 0);
  EXPECT_EQ(slot_of("foo"), 12182);
}

TEST(Slot, OfAHashTag) {
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar")) << "an empty tag is none";
  EXPECT_NE(slot_of("foo{bar"), slot_of("bar"));
}

TEST(Slot, IsThatOfARealServer) {
  if (!tests::RedisServer::is_installed()) GTEST_SKIP() << "Redis is not installed";
  const tests::RedisServer server(
      {"cluster-enabled yes", "cluster-port " + std::to_string(tests::free_port())});
  EXPECT_TRUE(rc::check([&] {
    const auto piece = rc::gen::oneOf(rc::gen::element<std::string>("{", "}", "{a}"),
                                      rc::gen::arbitrary<std::string>());
    std::string key;
    for (const std::string& part : *rc::gen::container<std::vector<std::string>>(piece)) {
      key += part;
    }
    RC_ASSERT(server.command({"CLUSTER", "KEYSLOT", key}) == std::to_string(slot_of(key)));
  }));
}

TEST(Slot, KeysOfAnEventShareOneAndEventsAreSpread) {
  std::set<int> thirds;
  for (std::int64_t id = 1; id <= 30; ++id) {
    const CouponEventId event{id};
    EXPECT_EQ(slot_of(event_key(event)), slot_of(line_key(event)));
    thirds.insert(slot_of(event_key(event)) * 3 / slot_count);
  }
  EXPECT_EQ(thirds.size(), 3U);
}

}  // namespace
}  // namespace rushline::redis
