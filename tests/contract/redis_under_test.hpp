// The waiting room on a real Redis, for the contract: one server, or a Cluster of one.
#pragma once

#include <string>

#include "adapters/redis/function_library.hpp"
#include "adapters/redis/keys.hpp"
#include "adapters/redis/redis_waiting_room.hpp"
#include "tests/contract/waiting_room_contract.hpp"
#include "tests/support/blocking_redis_client.hpp"
#include "tests/support/redis_server.hpp"

namespace rushline::tests {

// A Cluster that consists of one server: refuses functions whose keys are of several slots.
RedisServer& shared_redis_cluster();

// Begins with an empty Redis. Used by one thread.
class RedisUnderTest final : public WaitingRoomUnderTest {
 public:
  explicit RedisUnderTest(RedisServer& server,
                          const redis::LibrarySource& source = redis::LibrarySource::embedded())
      : client(server.port()), library(client, source), waiting_room(client, library) {
    client.must({"FLUSHALL"});
  }

  coupons::WaitingRoom& room() override { return waiting_room; }
  void listen() override { client.listen(); }

  void forget_everything() override { client.must({"FLUSHALL"}); }
  void lose_event(CouponEventId event) override { client.must({"DEL", redis::event_key(event)}); }
  void lose_line(CouponEventId event) override { client.must({"DEL", redis::line_key(event)}); }
  void lose_last_place(CouponEventId event) override {
    client.must({"ZPOPMAX", redis::line_key(event)});
  }
  void change_primary() override { client.must({"DEBUG", "CHANGE-REPL-ID"}); }

  BlockingRedisClient client;
  redis::FunctionLibrary library;
  redis::RedisWaitingRoom waiting_room;
};

}  // namespace rushline::tests
