// What the doctor is told of a Redis that is slow for a moment.
#include "adapters/redis/redis_facts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "tests/support/manual_clock.hpp"

namespace rushline::redis {
namespace {

Reply text(std::string_view said) {
  Reply reply;
  reply.kind = Reply::Kind::text;
  reply.text = said;
  return reply;
}

// Answers at once, but not the first time that it is asked for `slow_once`.
class SlowOnceClient final : public Client {
 public:
  explicit SlowOnceClient(std::string_view slow_once) : slow_once_(slow_once) {}

  void send(std::string_view, Command command, Done done) override {
    const std::string& bytes = command.bytes();
    if (!was_slow_ && bytes.find(slow_once_) != std::string::npos) {
      was_slow_ = true;
      return done(fail(Errc::timed_out, "It did not answer in time."));
    }
    if (bytes.find("appendfsync") != std::string::npos) {
      Reply setting;
      setting.kind = Reply::Kind::array;
      setting.items = {text("appendfsync"), text("no")};
      return done(std::move(setting));
    }
    done(text("redis_version:7.0.15\r\n"));
  }
  void subscribe(std::string, Callback<void(std::string_view)>) override {}
  ClientState state() const override { return {}; }

 private:
  std::string_view slow_once_;
  bool was_slow_ = false;
};

TEST(LookAtRedis, AsksAgainWhatWasNotAnsweredInTime) {
  SlowOnceClient client("appendfsync");
  EXPECT_EQ(look_at(client, tests::ManualClock()).append_fsync, "no");
}

TEST(LookAtRedis, AsksAgainWhetherItIsThere) {
  SlowOnceClient client("INFO");
  const doctor::RedisFacts facts = look_at(client, tests::ManualClock());
  EXPECT_FALSE(facts.unreachable);
  EXPECT_EQ(facts.version, "7.0.15");
}

}  // namespace
}  // namespace rushline::redis
