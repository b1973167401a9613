// What a node says instead of an answer is told from answers, and read with care.
#include "adapters/redis/redirection.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace rushline::redis {
namespace {

using Kind = Redirection::Kind;

const Endpoint from{"from", 1};

std::optional<Redirection> read(std::string_view words) {
  Reply reply;
  reply.kind = Reply::Kind::error;
  reply.text = words;
  return redirection_in(reply, from);
}

TEST(Redirection, SaysWhereToGo) {
  EXPECT_EQ(read("MOVED 3999 10.0.0.2:6381"), (Redirection{Kind::moved, {"10.0.0.2", 6381}}));
  EXPECT_EQ(read("ASK 3999 cache-2.test:6381"), (Redirection{Kind::ask, {"cache-2.test", 6381}}));
  EXPECT_EQ(read("MOVED 3999 ::1:6381"), (Redirection{Kind::moved, {"::1", 6381}}));
  EXPECT_EQ(read("MOVED 3999 :6381"), (Redirection{Kind::moved, {"from", 6381}}));
}

TEST(Redirection, SaysThatThereIsNowhereToGo) {
  EXPECT_EQ(read("TRYAGAIN Multiple keys request during rehashing of slot")->kind, Kind::try_again);
  EXPECT_EQ(read("CLUSTERDOWN Hash slot not served")->kind, Kind::unserved);
  for (const char* words : {"MOVED ", "MOVED 3999", "MOVED 3999 h", "MOVED 3999 h:", "ASK h:1",
                            "MOVED 3999 h:0", "MOVED 3999 h:65536", "MOVED 3999 h:1 more"}) {
    EXPECT_EQ(read(words)->kind, Kind::unserved) << words;
  }
}

TEST(Redirection, IsNoAnswer) {
  EXPECT_FALSE(read("WRONGTYPE x"));
  EXPECT_FALSE(read("ERR MOVED 3999 10.0.0.2:6381"));
  EXPECT_FALSE(read("MOVEDX 3999 10.0.0.2:6381"));
  Reply text;
  text.kind = Reply::Kind::text;
  text.text = "MOVED 3999 10.0.0.2:6381";
  EXPECT_FALSE(redirection_in(text, from)) << "somebody's value";
}

RC_GTEST_PROP(Redirection, TakesAnything, (const std::string& words)) {
  read(words);
  read("MOVED " + words);
  read("ASK 1 " + words);
}

}  // namespace
}  // namespace rushline::redis
