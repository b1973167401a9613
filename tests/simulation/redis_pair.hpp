// The waiting room of a simulated world: a primary, its replica, and after a failover the old
// primary, which may go on for those servers that still reach it.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "tests/support/fake_waiting_room.hpp"

namespace rushline::tests {

// Used by one thread.
class RedisPair {
 public:
  explicit RedisPair(const Clock& clock) : nodes_{FakeWaitingRoom(clock), FakeWaitingRoom(clock)} {}

  FakeWaitingRoom& primary() { return nodes_[primary_]; }
  std::vector<coupons::WaitingRoom*> nodes() { return {&primary(), &nodes_[1 - primary_]}; }

  bool is_full(CouponEventId event) const {
    return nodes_[0].is_full(event) || nodes_[1].is_full(event);
  }

  // The same data under another replication id: demoted, synchronised, promoted.
  void change_replication_id() { primary().change_primary(next_replid()); }
  // The replica takes the primary's place; what it had not heard of is lost.
  void fail_over() { primary().fail_over(next_replid()); }
  // ... and the old primary goes on beside it.
  void split() {
    nodes_[1 - primary_].begin_as_replica_of(primary(), next_replid());
    primary_ = 1 - primary_;
  }

 private:
  std::string next_replid() { return fmt::format("{:040}", ++replids_); }

  std::array<FakeWaitingRoom, 2> nodes_;
  std::size_t primary_ = 0;
  int replids_ = 1;
};

}  // namespace rushline::tests
