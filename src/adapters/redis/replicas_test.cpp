// What a primary says of its replicas.
#include "adapters/redis/replicas.hpp"

#include <gtest/gtest.h>

namespace rushline::redis {
namespace {

using std::chrono::seconds;

TEST(Replicas, AreCountedWhenTheyFollowAndTheSlowestGivesTheLag) {
  EXPECT_EQ(replicas_in("# Replication\r\nrole:master\r\nconnected_slaves:3\r\n"
                        "slave0:ip=10.0.0.2,port=6379,state=online,offset=42,lag=1\r\n"
                        "slave1:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=99\r\n"
                        "slave2:ip=10.0.0.4,port=6379,state=online,offset=41,lag=7\r\n"
                        "slave_expires_tracked_keys:0\r\nmaster_replid:ab\r\n"),
            (Replicas{2, seconds{7}}));
}

TEST(Replicas, AreNoneOfAPrimaryAlone) {
  EXPECT_EQ(replicas_in("# Replication\r\nrole:master\r\nconnected_slaves:0\r\n"), Replicas());
}

TEST(Replicas, AreNotKnownByOneThatIsAReplicaItselfOrSaysNothing) {
  EXPECT_FALSE(replicas_in("# Replication\r\nrole:slave\r\nslave_priority:100\r\n"));
  EXPECT_FALSE(replicas_in(""));
}

}  // namespace
}  // namespace rushline::redis
