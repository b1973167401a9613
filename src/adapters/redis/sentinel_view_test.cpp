// Which Sentinel is asked, when, and what is made of its answers.
#include "adapters/redis/sentinel_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

using namespace std::chrono_literals;

const Endpoint one{"one", 26379};
const Endpoint two{"two", 26379};
const Endpoint old_primary{"10.0.0.1", 6379};
const Endpoint new_primary{"10.0.0.2", 6379};

Reply text(std::string_view value) {
  Reply reply;
  reply.kind = Reply::Kind::text;
  reply.text = value;
  return reply;
}

Reply array(std::initializer_list<std::string_view> values) {
  Reply reply;
  reply.kind = Reply::Kind::array;
  for (const std::string_view value : values) reply.items.push_back(text(value));
  return reply;
}

Reply named(const Endpoint& primary) { return array({primary.host, std::to_string(primary.port)}); }

Reply error(std::string_view words) {
  Reply reply = text(words);
  reply.kind = Reply::Kind::error;
  return reply;
}

class SentinelViewTest : public testing::Test {
 protected:
  // The Sentinel whose turn it is names `primary`.
  void tell(const Endpoint& primary) {
    view.asked(now);
    view.told_primary(*view.sentinel(now), named(primary), now);
  }

  Monotonic now{1h};
  SentinelView view{{one, two}};
};

TEST_F(SentinelViewTest, AsksAtOnceAndThenNowAndThen) {
  EXPECT_TRUE(view.is_ask_due(now));
  EXPECT_FALSE(view.primary());
  tell(old_primary);
  EXPECT_EQ(view.primary(), old_primary);
  view.primary_is_there();
  EXPECT_FALSE(view.is_ask_due(now + limits::sentinel_ask_interval - 1ms));
  EXPECT_TRUE(view.is_ask_due(now + limits::sentinel_ask_interval));
}

TEST_F(SentinelViewTest, AsksTheNextWhenOneFailsOrDoesNotKnowThePrimary) {
  view.sentinel_failed(one, now);
  EXPECT_EQ(*view.sentinel(now), two);
  view.told_primary(two, Reply{}, now);  // nil
  EXPECT_EQ(view.sentinel(now), nullptr) << "both had their turn";
  now += limits::redis_reconnect_wait_max;
  EXPECT_EQ(*view.sentinel(now), one);
  view.told_primary(one, error("NOPERM no"), now);
  EXPECT_EQ(*view.sentinel(now), two);
  EXPECT_FALSE(view.primary());
}

TEST_F(SentinelViewTest, TakesNothingElseForAPrimary) {
  for (const Reply& reply :
       {text("10.0.0.1"), array({}), array({"10.0.0.1"}), array({"", "1"}),
        array({"10.0.0.1", "x"}), array({"10.0.0.1", "0"}), array({"10.0.0.1", "65536"}),
        array({"10.0.0.1", "-1"}), array({std::string(256, 'h'), "1"}), array({"h", "1", "2"})}) {
    SentinelView fresh({one, two});
    fresh.told_primary(one, reply, now);
    EXPECT_FALSE(fresh.primary());
    EXPECT_EQ(*fresh.sentinel(now), two);
  }
}

TEST_F(SentinelViewTest, FollowsASwitchWithoutWaiting) {
  tell(old_primary);
  view.primary_is_there();
  view.heard_switch("other 10.0.0.1 6379 10.0.0.2 6379", "shop");
  view.heard_switch("shopping 10.0.0.1 6379 10.0.0.2 6379", "shop");
  view.heard_switch("", "shop");
  EXPECT_FALSE(view.is_ask_due(now)) << "these are not about our primary";
  view.heard_switch("shop 10.0.0.1 6379 10.0.0.2 6379", "shop");
  EXPECT_TRUE(view.is_ask_due(now));
  tell(new_primary);
  EXPECT_EQ(view.primary(), new_primary);
}

TEST_F(SentinelViewTest, AsksAtOnceAndMoreOftenWhileThePrimaryIsAway) {
  tell(old_primary);
  view.primary_is_there();
  view.primary_is_away(now);
  EXPECT_TRUE(view.is_ask_due(now));
  tell(old_primary);
  EXPECT_FALSE(view.is_ask_due(now));
  view.primary_is_away(now);
  EXPECT_FALSE(view.is_ask_due(now)) << "that it is still away is no news";
  EXPECT_TRUE(view.is_ask_due(now + limits::sentinel_ask_interval_away));
}

// A Sentinel that was cut off names a server that has become a replica, or is gone.
TEST_F(SentinelViewTest, LosesPatienceWithOneThatNamesAPrimaryThatIsAway) {
  tell(old_primary);
  for (; now < Monotonic{1h} + limits::sentinel_patience;
       now += limits::sentinel_ask_interval_away) {
    tell(old_primary);
    EXPECT_EQ(*view.sentinel(now), one);
  }
  tell(old_primary);
  EXPECT_EQ(*view.sentinel(now), two);
  tell(new_primary);
  EXPECT_EQ(view.primary(), new_primary);
  EXPECT_EQ(*view.sentinel(now), two) << "the new one is given time to be reached";
}

TEST_F(SentinelViewTest, KeepsOneThatNamesAPrimaryThatIsThere) {
  tell(old_primary);
  view.primary_is_there();
  now += 1h;
  tell(old_primary);
  EXPECT_EQ(*view.sentinel(now), one);
  view.primary_is_away(now);
  tell(old_primary);
  EXPECT_EQ(*view.sentinel(now), one) << "patience begins when the primary is away";
}

TEST_F(SentinelViewTest, LearnsOtherSentinels) {
  Reply others = array({});
  others.items.push_back(array({"name", "x", "ip", "three", "port", "26380", "flags", "sentinel"}));
  others.items.push_back(array({"ip", "broken"}));
  others.items.push_back(text("not an entry"));
  view.told_sentinels(others);
  view.told_sentinels(error("ERR No such master"));
  view.told_sentinels(others);
  view.sentinel_failed(one, now);
  view.sentinel_failed(two, now);
  EXPECT_EQ(*view.sentinel(now), (Endpoint{"three", 26380}));
}

}  // namespace
}  // namespace rushline::redis
