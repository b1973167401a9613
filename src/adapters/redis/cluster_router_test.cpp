// Commands find the node of their slot, whatever moves, in their order, and everybody is told once.
#include "adapters/redis/cluster_router.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const Endpoint a{"a", 1};
const Endpoint b{"b", 2};
const Endpoint c{"c", 3};
constexpr std::uint16_t slot = 7;

Reply text(std::string_view value) {
  Reply reply;
  reply.kind = Reply::Kind::status;
  reply.text = value;
  return reply;
}

Reply error(std::string_view words) {
  Reply reply = text(words);
  reply.kind = Reply::Kind::error;
  return reply;
}

Request request(std::string name, std::uint16_t in_slot, Monotonic now) {
  return {.bytes = std::move(name),
          .done = {},
          .deadline = now + limits::redis_command_time_max,
          .to = {.slot = in_slot}};
}

// Nodes that take requests and answer when the test says so.
class FakeNodes final : public ClusterRouter::Nodes {
 public:
  Reach reach(const Endpoint& node) override {
    const auto at = reaches.find(node);
    return at == reaches.end() ? Reach::ready : at->second;
  }
  void forward(const Endpoint& node, Request request) override {
    log.push_back(fmt::format("{}{}→{}", request.is_asking ? "?" : "", request.bytes, node.host));
    sent[node].push_back(std::move(request));
  }
  void tell(Request request, Result<Reply> result) override {
    log.push_back(request.bytes +
                  (result ? "=" + result->text : "!" + std::string(to_word(result.error().code))));
  }

  std::vector<std::string> take_log() { return std::exchange(log, {}); }

  std::map<Endpoint, Reach> reaches;
  std::map<Endpoint, std::deque<Request>> sent;
  std::vector<std::string> log;
};

class ClusterRouterTest : public testing::Test {
 protected:
  ClusterRouterTest() {
    SlotMap map;
    map.set_owner(slot, a);
    map.set_owner(slot + 1, b);
    router.learn(map);
  }
  ~ClusterRouterTest() override {
    for (auto& [node, requests] : nodes.sent) {
      while (!requests.empty()) answer(node, fail(Errc::shutting_down, ""));
    }
    router.end(fail(Errc::shutting_down, ""));
  }

  void submit(std::string name, std::uint16_t in_slot = slot) {
    router.submit(request(std::move(name), in_slot, now), now);
  }
  // The oldest request at `node` is answered.
  void answer(const Endpoint& node, Result<Reply> result) {
    Request answered = std::move(nodes.sent[node].front());
    nodes.sent[node].pop_front();
    router.answered(node, std::move(answered), std::move(result), now);
  }
  void pass(Monotonic::duration time) {
    now += time;
    router.check(now);
  }

  using Reach = ClusterRouter::Nodes::Reach;
  Monotonic now{1h};
  FakeNodes nodes;
  ClusterRouter router{nodes};
};

TEST_F(ClusterRouterTest, SendsToTheOwnerOfTheSlotWithoutWaiting) {
  submit("1");
  submit("2", slot + 1);
  submit("3");
  answer(a, text("ok"));
  answer(a, error("WRONGTYPE x"));
  answer(b, text("ok"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→a", "2→b", "3→a", "1=ok", "3=WRONGTYPE x", "2=ok"));
  EXPECT_FALSE(router.take_surprise());
}

TEST_F(ClusterRouterTest, RefusesWhatNobodyHolds) {
  submit("1", slot + 2);
  EXPECT_THAT(nodes.take_log(), ElementsAre("1!unavailable"));
  EXPECT_TRUE(router.take_surprise());
  EXPECT_FALSE(router.take_surprise());
}

TEST_F(ClusterRouterTest, ALostNodeDoesNotStopTheOthers) {
  nodes.reaches[a] = Reach::away;
  submit("1");
  submit("2", slot + 1);
  EXPECT_THAT(nodes.take_log(), ElementsAre("1!unavailable", "2→b"));
  EXPECT_TRUE(router.take_surprise());
}

TEST_F(ClusterRouterTest, TellsTheErrorsOfANode) {
  submit("1");
  submit("2");
  answer(a, fail(Errc::timed_out, "late"));
  nodes.reaches[a] = Reach::away;
  answer(a, fail(Errc::unavailable, "gone"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→a", "2→a", "1!timed_out", "2!unavailable"));
  EXPECT_TRUE(router.take_surprise());
}

TEST_F(ClusterRouterTest, FollowsAMovedSlotInTheOrderOfSending) {
  submit("1");
  submit("2");
  answer(a, error("MOVED 7 b:2"));
  submit("3");  // must not overtake 2
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→a", "2→a"));
  EXPECT_TRUE(router.take_surprise());
  answer(a, error("MOVED 7 b:2"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→b")) << "one at a time";
  answer(b, text("ok"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1=ok", "2→b", "3→b"));
  submit("4");
  EXPECT_THAT(nodes.take_log(), ElementsAre("4→b"));
}

TEST_F(ClusterRouterTest, ANewMapDoesNotLetACommandOvertakeThoseUnderWay) {
  submit("1");
  SlotMap map;
  map.set_owner(slot, b);
  router.learn(map);
  submit("2");
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→a"));
  answer(a, text("ok"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1=ok", "2→b"));
}

TEST_F(ClusterRouterTest, AsksTheOtherNodeWhileASlotIsOnItsWay) {
  submit("1");
  submit("2");
  answer(a, error("ASK 7 b:2"));
  answer(a, error("ASK 7 b:2"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→a", "2→a", "?1→b"));
  answer(b, text("ok"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1=ok", "?2→b"));
  submit("3");
  EXPECT_THAT(nodes.take_log(), IsEmpty()) << "a is where it belongs, but 2 is under way at b";
  answer(b, text("ok"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("2=ok", "3→a")) << "the map has not changed";
  EXPECT_FALSE(router.take_surprise());
}

TEST_F(ClusterRouterTest, TriesAgainAfterAWhileAndKeepsTheOrder) {
  submit("1");
  submit("2");
  answer(a, error("TRYAGAIN x"));
  answer(a, error("TRYAGAIN x"));
  submit("3");
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→a", "2→a"));
  pass(limits::redis_sweep_interval);
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→a"));
  answer(a, error("TRYAGAIN x"));
  pass(limits::redis_sweep_interval);
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→a")) << "1 is still the first";
  answer(a, text("ok"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1=ok", "2→a", "3→a"));
}

TEST_F(ClusterRouterTest, GivesUpASlotThatStaysOnItsWay) {
  submit("1");
  const Monotonic until = now + limits::redis_command_time_max;
  int tries = 0;
  while (now < until) {
    if (!nodes.sent[a].empty()) {
      ++tries;
      answer(a, error("TRYAGAIN x"));
    }
    pass(limits::redis_sweep_interval);
  }
  EXPECT_GT(tries, limits::cluster_redirections_max);
  EXPECT_EQ(nodes.take_log().back(), "1!unavailable");
}

TEST_F(ClusterRouterTest, GivesUpACommandThatIsSentToAndFro) {
  submit("1");
  for (int i = 0; i <= limits::cluster_redirections_max; ++i) {
    answer(i % 2 == 0 ? a : b, error(i % 2 == 0 ? "MOVED 7 b:2" : "MOVED 7 a:1"));
  }
  EXPECT_EQ(nodes.take_log().back(), "1!unavailable");
  EXPECT_TRUE(router.take_surprise());
}

TEST_F(ClusterRouterTest, WaitsForANodeThatItHearsOfForTheFirstTime) {
  nodes.reaches[c] = Reach::soon;
  submit("1");
  answer(a, error("MOVED 7 c:3"));
  submit("2");
  pass(limits::redis_sweep_interval);
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→a"));
  nodes.reaches[c] = Reach::ready;
  pass(limits::redis_sweep_interval);
  EXPECT_THAT(nodes.take_log(), ElementsAre("1→c"));
  answer(c, text("ok"));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1=ok", "2→c"));
}

TEST_F(ClusterRouterTest, DoesNotWaitForItLongerThanForAnAnswer) {
  nodes.reaches[a] = Reach::soon;
  submit("1");
  pass(limits::redis_command_time_max - 1ms);
  EXPECT_THAT(nodes.take_log(), IsEmpty());
  pass(1ms);
  EXPECT_THAT(nodes.take_log(), ElementsAre("1!unavailable"));
}

// A node that gets a command from another one is not taken for slow because of that.
TEST_F(ClusterRouterTest, GivesACommandItsTimeOnEachNode) {
  submit("1");
  now += limits::redis_command_time_max - 1ms;
  answer(a, error("MOVED 7 b:2"));
  EXPECT_EQ(nodes.sent[b].front().deadline, now + limits::redis_command_time_max);
  now += 1ms;
  answer(b, error("MOVED 7 a:1"));
  EXPECT_EQ(nodes.take_log().back(), "1!unavailable") << "but not for ever";
}

TEST_F(ClusterRouterTest, RefusesASlotThatNobodyServes) {
  submit("1");
  answer(a, error("CLUSTERDOWN Hash slot not served"));
  EXPECT_EQ(nodes.take_log().back(), "1!unavailable");
  submit("2");
  answer(a, error("MOVED 7 nonsense"));
  EXPECT_EQ(nodes.take_log().back(), "2!unavailable");
  EXPECT_TRUE(router.take_surprise());
}

TEST_F(ClusterRouterTest, TellsWhatItHoldsWhenItEnds) {
  nodes.reaches[a] = Reach::soon;
  submit("1");
  submit("2");
  router.end(fail(Errc::shutting_down, ""));
  EXPECT_THAT(nodes.take_log(), ElementsAre("1!shutting_down", "2!shutting_down"));
}

}  // namespace
}  // namespace rushline::redis
