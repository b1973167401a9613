// The door of the client is bounded, counts what passes, and tells everybody exactly once.
#include "adapters/redis/intake.hpp"

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "tests/support/manual_clock.hpp"

namespace rushline::redis {
namespace {

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() { intake.set_circuit(ClientState::Circuit::closed, clock.monotonic()); }
  ~IntakeTest() override { finish_all(); }

  void send(const Command& command) {
    intake.send({}, command, [this](const Result<Reply>& result) {
      told.push_back(result ? "ok" : std::string(to_word(result.error().code)));
    });
  }
  void finish_all() {
    for (Request& request : intake.take()) intake.finish(std::move(request), Reply{});
  }

  tests::ManualClock clock;
  int wakes = 0;
  Intake intake{clock, [this] { ++wakes; }};
  std::vector<std::string> told;
};

TEST_F(IntakeTest, HandsOnWhatWasSentInOrderAndWakesOnce) {
  send({"A"});
  send({"B"});
  EXPECT_EQ(wakes, 1);
  const auto taken = intake.take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].bytes, Command{"A"}.bytes());
  EXPECT_EQ(taken[0].deadline, clock.monotonic() + limits::redis_command_time_max);
  EXPECT_EQ(intake.state().in_flight, 2);
  send({"C"});
  EXPECT_EQ(wakes, 2);
  for (const Request& request : taken) {
    intake.finish({.bytes = {},
                   .done = [](const Result<Reply>&) {},
                   .deadline = {},
                   .size = request.size,
                   .is_counted = true},
                  Reply{});
  }
  EXPECT_EQ(intake.state().in_flight, 1);
  EXPECT_EQ(intake.state().commands, 2);
}

TEST_F(IntakeTest, RefusesAtOnceWhileTheCircuitIsNotClosed) {
  for (const auto circuit : {ClientState::Circuit::open, ClientState::Circuit::half_open}) {
    intake.set_circuit(circuit, std::nullopt);
    send({"A"});
  }
  EXPECT_EQ(told, (std::vector<std::string>{"unavailable", "unavailable"}));
  EXPECT_EQ(intake.state().failures, 2);
  EXPECT_EQ(intake.state().in_flight, 0);
  EXPECT_EQ(wakes, 0);
}

TEST_F(IntakeTest, RefusesOneCommandTooMany) {
  for (std::size_t i = 0; i < limits::redis_in_flight_max; ++i) send({"A"});
  EXPECT_TRUE(told.empty());
  send({"A"});
  EXPECT_EQ(told, std::vector<std::string>{"overloaded"});
  finish_all();
  told.clear();
  send({"A"});
  EXPECT_TRUE(told.empty());
}

TEST_F(IntakeTest, RefusesOneByteTooMany) {
  const std::string large(limits::redis_waiting_bytes_max / 2, 'x');
  send({"SET", "k", large});
  EXPECT_TRUE(told.empty());
  send({"SET", "k", large});
  EXPECT_EQ(told, std::vector<std::string>{"overloaded"});
  finish_all();
  told.clear();
  send({"SET", "k", large});
  EXPECT_TRUE(told.empty());
}

TEST_F(IntakeTest, RefusesEverythingOnceItIsClosed) {
  intake.close();
  send({"A"});
  EXPECT_EQ(told, std::vector<std::string>{"shutting_down"});
}

TEST_F(IntakeTest, DoesNotCountWhatTheClientAsksForItself) {
  intake.finish({.bytes = {}, .done = [](const Result<Reply>&) {}, .deadline = {}}, Reply{});
  EXPECT_EQ(intake.state().commands, 0);
}

}  // namespace
}  // namespace rushline::redis
