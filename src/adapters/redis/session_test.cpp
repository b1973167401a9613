// The conversation with a Redis, played without sockets: handshake, order, deadlines, messages.
#include "adapters/redis/session.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace rushline::redis {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr Monotonic start{1h};
constexpr std::string_view as_primary =
    "+OK\r\n*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n+PONG\r\n";  // to SETNAME, ROLE, PING

class Listener final : public Session::Listener {
 public:
  void on_answer(Request request, Result<Reply> result) override {
    told.push_back(request.bytes +
                   (result ? "=" + result->text : "!" + std::string(to_word(result.error().code))));
  }
  void on_message(std::string_view channel, std::string_view message) override {
    messages.push_back(fmt::format("{}: {}", channel, message));
  }

  std::vector<std::string> told;
  std::vector<std::string> messages;
};

// A session that a primary has greeted.
class ReadySession : public Session {
 public:
  explicit ReadySession(Session::Listener& listener, std::vector<std::string> channels = {})
      : Session({}, std::move(channels), listener, start) {
    take_output();
    EXPECT_TRUE(receive(as_primary, start));
    EXPECT_TRUE(is_ready());
  }
};

class SessionTest : public testing::Test {
 protected:
  static Request request(std::string name, Monotonic sent = start) {
    return {
        .bytes = std::move(name), .done = {}, .deadline = sent + limits::redis_command_time_max};
  }

  Listener listener;
};

std::string greeting(const Login& login) {
  Listener listener;
  std::string bytes = Session(login, {}, listener, start).take_output();
  std::string shown;
  for (const char byte : bytes)
    shown += byte == '\r' ? std::string() : byte == '\n' ? " " : std::string(1, byte);
  return shown;
}

Error refusal(const Login& login, std::string_view answer) {
  Listener listener;
  Session session(login, {}, listener, start);
  const auto taken = session.receive(answer, start);
  EXPECT_FALSE(taken) << answer;
  EXPECT_FALSE(session.is_ready());
  return taken ? fail(Errc::corrupt, "") : taken.error();
}

TEST_F(SessionTest, GreetsInOnePiece) {
  EXPECT_EQ(greeting({}), "*3 $6 CLIENT $7 SETNAME $8 rushline *1 $4 ROLE *1 $4 PING ");
  EXPECT_THAT(greeting({.credentials = {"", "pw"}, .database = 3}),
              testing::StartsWith("*2 $4 AUTH $2 pw *2 $6 SELECT $1 3 *3 $6 CLIENT"));
  EXPECT_THAT(greeting({.credentials = {"shop", "pw"}}),
              testing::StartsWith("*3 $4 AUTH $4 shop $2 pw *3 $6 CLIENT"));
  EXPECT_THAT(greeting({.to = Login::To::any}), Not(HasSubstr("ROLE")));
}

TEST_F(SessionTest, IsReadyOnceAPrimaryHasAnsweredPing) {
  Session session({}, {}, listener, start);
  for (const char byte : as_primary) {
    EXPECT_FALSE(session.is_ready());
    ASSERT_TRUE(session.receive(std::string_view(&byte, 1), start));
  }
  EXPECT_TRUE(session.is_ready());
}

TEST_F(SessionTest, DoesNotMindThatItMayNotNameItself) {
  Session session({}, {}, listener, start);
  ASSERT_TRUE(session.receive("-NOPERM x\r\n*1\r\n$6\r\nmaster\r\n+PONG\r\n", start));
  EXPECT_TRUE(session.is_ready());
}

TEST_F(SessionTest, RefusesWhoCannotServe) {
  EXPECT_THAT(
      refusal({}, "+OK\r\n*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$9\r\nconnected\r\n:0\r\n").detail,
      HasSubstr("replica"));
  EXPECT_THAT(refusal({}, "+OK\r\n*1\r\n$8\r\nsentinel\r\n").detail, HasSubstr("Sentinel"));
  EXPECT_THAT(refusal({}, "+OK\r\n*1\r\n$6\r\nmaster\r\n-LOADING x\r\n").detail,
              HasSubstr("loading"));
  EXPECT_THAT(refusal({}, "-DENIED x\r\n").detail, HasSubstr("protected mode"));
  EXPECT_THAT(refusal({}, "-ERR max number of clients reached\r\n").detail, HasSubstr("ERR"));
  EXPECT_THAT(refusal({}, "-NOAUTH x\r\n-NOAUTH x\r\n").detail, HasSubstr("NOAUTH"));
  EXPECT_THAT(refusal({}, "+OK\r\n:1\r\n").detail, HasSubstr("role"));
  EXPECT_EQ(refusal({}, "HTTP/1.1 400 Bad Request\r\n").code, Errc::corrupt);
}

TEST_F(SessionTest, NeverRepeatsAPasswordThatTheServerRepeats) {
  const Login login{.credentials = {"shop", "s3cret"}};
  const Error error =
      refusal(login, "-ERR unknown command `AUTH`, with args beginning with: `shop`, `s3cret`\r\n");
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_THAT(error.detail, Not(HasSubstr("s3cret")));
  EXPECT_THAT(refusal(login, "-s3cret\r\n").detail, Not(HasSubstr("s3cret")));
  EXPECT_THAT(refusal(login, "-WRONGPASS invalid username-password pair\r\n").detail,
              HasSubstr("WRONGPASS"));
}

TEST_F(SessionTest, SentinelsThatKnowNoPasswordAreFine) {
  const Login login{.credentials = {"", "pw"}, .to = Login::To::sentinel};
  Session session(login, {}, listener, start);
  ASSERT_TRUE(session.receive("-ERR AUTH called without any password\r\n+OK\r\n+PONG\r\n", start));
  EXPECT_TRUE(session.is_ready());
}

TEST_F(SessionTest, SendsEverythingThatWaitsInOnePieceAndAnswersInOrder) {
  ReadySession session(listener);
  session.send(request("a"));
  session.send(request("b"));
  EXPECT_EQ(session.take_output(), "ab");
  session.send(request("c"));
  ASSERT_TRUE(session.receive("+1\r\n", start));
  EXPECT_EQ(session.take_output(), "c");
  ASSERT_TRUE(session.receive("-ERR 2\r\n+3\r\n", start));
  EXPECT_THAT(listener.told, ElementsAre("a=1", "b=ERR 2", "c=3"));
}

TEST_F(SessionTest, ErrorsThatConcernTheCommandAreValues) {
  for (const std::string_view error : {"NOPERM x", "MISCONF x", "OOM x", "ERR x", "READONLYX x"}) {
    ReadySession session(listener);
    session.send(request("a"));
    session.take_output();
    EXPECT_TRUE(session.receive(fmt::format("-{}\r\n", error), start)) << error;
  }
}

TEST_F(SessionTest, ErrorsThatConcernTheServerEndIt) {
  for (const std::string_view error :
       {"READONLY x", "LOADING x", "MASTERDOWN x", "NOAUTH x", "BUSY x"}) {
    listener.told.clear();
    ReadySession session(listener);
    session.send(request("a"));
    session.send(request("b"));
    session.take_output();
    const auto taken = session.receive(fmt::format("-{}\r\n+b\r\n", error), start);
    ASSERT_FALSE(taken) << error;
    EXPECT_EQ(taken.error().code, Errc::unavailable);
    session.end(taken.error(), start);
    EXPECT_THAT(listener.told, ElementsAre("a!unavailable", "b!unavailable")) << error;
  }
}

TEST_F(SessionTest, AnAnswerToNothingEndsIt) {
  ReadySession session(listener);
  const auto taken = session.receive("+OK\r\n", start);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::corrupt);
}

TEST_F(SessionTest, TheAnswerToAskingBelongsToNobody) {
  ReadySession session(listener);
  Request asking = request("a");
  asking.is_asking = true;
  session.send(std::move(asking));
  EXPECT_EQ(session.take_output(), "*1\r\n$6\r\nASKING\r\na");
  ASSERT_TRUE(session.receive("+OK\r\n+1\r\n", start));
  EXPECT_THAT(listener.told, ElementsAre("a=1"));
}

TEST_F(SessionTest, IsOverWhenTheOldestIsOverdue) {
  ReadySession session(listener);
  session.send(request("a", start));
  session.send(request("b", start + 100ms));
  session.take_output();
  session.send(request("c", start + 100ms));
  EXPECT_TRUE(session.check(start + limits::redis_command_time_max - 1ms));
  const Monotonic now = start + limits::redis_command_time_max;
  const auto fine = session.check(now);
  ASSERT_FALSE(fine);
  EXPECT_EQ(fine.error().code, Errc::timed_out);
  session.end(fine.error(), now);
  EXPECT_THAT(listener.told, ElementsAre("a!timed_out", "b!unavailable", "c!unavailable"));
}

TEST_F(SessionTest, ARequestThatCameFromElsewhereKeepsItsDeadline) {
  ReadySession session(listener);
  session.send(request("new", start + 200ms));
  session.send(request("old", start));
  session.take_output();
  EXPECT_FALSE(session.check(start + limits::redis_command_time_max));
}

TEST_F(SessionTest, TellsAllWhoWaitThatItIsShutDown) {
  ReadySession session(listener);
  session.send(request("a"));
  session.take_output();
  session.send(request("b"));
  session.end(fail(Errc::shutting_down, ""), start + 1h);
  EXPECT_THAT(listener.told, ElementsAre("a!shutting_down", "b!shutting_down"));
}

TEST_F(SessionTest, AsksASilentServer) {
  ReadySession session(listener);
  ASSERT_TRUE(session.check(start + limits::redis_ping_interval - 1ms));
  EXPECT_EQ(session.take_output(), "");
  const Monotonic silent = start + limits::redis_ping_interval;
  ASSERT_TRUE(session.check(silent));
  EXPECT_EQ(session.take_output(), Command{"PING"}.bytes());
  EXPECT_TRUE(session.check(silent + 1ms));
  EXPECT_EQ(session.take_output(), "") << "once";
  EXPECT_FALSE(session.check(silent + limits::redis_command_time_max));
}

TEST_F(SessionTest, SubscribesAndHandsMessagesOn) {
  ReadySession session(listener, {"one", "two"});
  EXPECT_EQ(session.take_output(), (Command{"SUBSCRIBE", "one", "two"}.bytes()));
  ASSERT_TRUE(
      session.receive("*3\r\n$9\r\nsubscribe\r\n$3\r\none\r\n:1\r\n"
                      "*3\r\n$7\r\nmessage\r\n$3\r\none\r\n$2\r\nhi\r\n"
                      "*2\r\n$4\r\npong\r\n$0\r\n\r\n"
                      "*3\r\n$7\r\nmessage\r\n$3\r\ntwo\r\n$2\r\nho\r\n",
                      start));
  EXPECT_THAT(listener.messages, ElementsAre("one: hi", "two: ho"));
}

TEST_F(SessionTest, ASilentChannelIsAskedToo) {
  ReadySession session(listener, {"one"});
  session.take_output();
  const Monotonic silent = start + limits::redis_ping_interval;
  ASSERT_TRUE(session.check(silent));
  EXPECT_EQ(session.take_output(), Command{"PING"}.bytes());
  ASSERT_TRUE(session.receive("*2\r\n$4\r\npong\r\n$0\r\n\r\n", silent + 1ms));
  EXPECT_TRUE(session.check(silent + limits::redis_command_time_max));
  const Monotonic again = silent + 1ms + limits::redis_ping_interval;
  ASSERT_TRUE(session.check(again));
  EXPECT_FALSE(session.check(again + limits::redis_command_time_max));
}

TEST_F(SessionTest, ARefusedSubscriptionEndsIt) {
  ReadySession session(listener, {"one"});
  EXPECT_FALSE(session.receive("-NOPERM no channel\r\n", start));
}

}  // namespace
}  // namespace rushline::redis
