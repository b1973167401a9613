// What the client does with a real Redis that restarts, freezes, refuses, or is a replica.
#include "adapters/redis/standalone_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <cstdlib>

#include "core/limits.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/running_redis_client.hpp"

namespace rushline::redis {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::eventually;
using tests::HeardMessages;
using tests::RedisServer;
using tests::RunningRedisClient;
using tests::shown;

std::string url(int port, const std::string& login = "", int database = 0) {
  return fmt::format("redis://{}127.0.0.1:{}/{}", login, port, database);
}

class StandaloneClientTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::is_installed()) GTEST_SKIP() << "Redis is not installed";
  }
};

TEST_F(StandaloneClientTest, AnswersInTheOrderOfSending) {
  const RedisServer server;
  RunningRedisClient client(server.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  std::vector<std::future<Result<Reply>>> answers;
  for (int i = 0; i < 2'000; ++i) answers.push_back(client.send({"INCR", "n"}, "n"));
  for (int i = 0; i < 2'000; ++i)
    ASSERT_EQ(shown(answers[static_cast<std::size_t>(i)].get()), std::to_string(i + 1));
  const ClientState state = client->state();
  EXPECT_EQ(state.circuit, ClientState::Circuit::closed);
  EXPECT_EQ(state.in_flight, 0);
  EXPECT_EQ(state.commands, 2'000);
  EXPECT_EQ(state.failures, 0);
  EXPECT_EQ(state.connects, 1);
}

TEST_F(StandaloneClientTest, AnErrorOfACommandIsAValue) {
  const RedisServer server;
  RunningRedisClient client(server.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  ASSERT_EQ(shown(client.ask({"SET", "k", "v"})), "OK");
  const auto reply = client.ask({"LPUSH", "k", "v"});
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->is_error());
  EXPECT_THAT(reply->text, testing::StartsWith("WRONGTYPE"));
  EXPECT_EQ(client->state().connects, 1);
}

TEST_F(StandaloneClientTest, CarriesLargeValues) {
  const RedisServer server;
  RunningRedisClient client(server.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  const std::string large(4 * 1024 * 1024, 'x');
  ASSERT_EQ(shown(client.ask({"SET", "k", large})), "OK");
  EXPECT_EQ(shown(client.ask({"GET", "k"})), large);
}

TEST_F(StandaloneClientTest, SelectsItsDatabase) {
  const RedisServer server;
  RunningRedisClient client(url(server.port(), "", 3));
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  ASSERT_EQ(shown(client.ask({"SET", "k", "v"})), "OK");
  EXPECT_EQ(server.command({"GET", "k"}), "");
  EXPECT_THAT(server.command({"INFO", "keyspace"}), HasSubstr("db3:keys=1"));
  EXPECT_THAT(server.command({"CLIENT", "LIST"}), HasSubstr("name=rushline"));
}

TEST_F(StandaloneClientTest, LogsInWithAPassword) {
  const RedisServer server({"requirepass s3cret/word"});
  RunningRedisClient client(url(server.port(), ":s3cret%2Fword@"));
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(shown(client.ask({"SET", "k", "v"})), "OK");
}

TEST_F(StandaloneClientTest, LogsInAsAUserWithFewRights) {
  const RedisServer server(
      {"user shop on >s3cret ~shop:* &shop:* -@all +get +set +role +ping +client|setname "
       "+subscribe"});
  HeardMessages messages;
  RunningRedisClient client(url(server.port(), "shop:s3cret@"));
  messages.listen(client, "shop:marks");
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(shown(client.ask({"SET", "shop:k", "v"})), "OK");
  EXPECT_THAT(shown(client.ask({"SET", "other", "v"})), testing::StartsWith("NOPERM"));
  EXPECT_TRUE(eventually([&] {
    server.command({"PUBLISH", "shop:marks", "hi"});
    return !messages.all().empty();
  }));
}

TEST_F(StandaloneClientTest, StaysOpenWithAWrongPassword) {
  const RedisServer server({"requirepass right"});
  for (const char* login : {"", ":wrong@", "nobody:right@"}) {
    RunningRedisClient client(url(server.port(), login));
    client.start();
    EXPECT_FALSE(client.becomes_healthy(300ms)) << login;
    EXPECT_EQ(shown(client.ask({"PING"})), "unavailable") << login;
  }
}

TEST_F(StandaloneClientTest, FailsAtOnceWhileNobodyListens) {
  RunningRedisClient client(url(tests::free_port()));
  client.start();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(shown(client.ask({"PING"})), "unavailable");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_EQ(client->state().failures, 1'000);
}

TEST_F(StandaloneClientTest, ConnectsByItselfAfterARestart) {
  RedisServer server;
  RunningRedisClient client(server.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  ASSERT_EQ(shown(client.ask({"SET", "k", "v"})), "OK");
  server.stop();
  ASSERT_TRUE(client.becomes_unhealthy());
  EXPECT_EQ(shown(client.ask({"GET", "k"})), "unavailable");
  server.start();
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(shown(client.ask({"GET", "k"})), "v");
  EXPECT_EQ(client->state().connects, 2);
}

TEST_F(StandaloneClientTest, ToldEveryCommandOnceThroughACrash) {
  RedisServer server;
  RunningRedisClient client(server.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  std::atomic<int> told = 0;
  int sent = 0;
  const auto send_some = [&] {
    for (int i = 0; i < 100; ++i, ++sent) {
      client->send("n", {"INCR", "n"}, [&told](const Result<Reply>&) { ++told; });
    }
  };
  send_some();
  server.crash();
  send_some();
  server.start();
  ASSERT_TRUE(client.becomes_healthy());
  send_some();
  EXPECT_TRUE(eventually([&] { return told == sent; })) << told << " of " << sent;
  const ClientState state = client->state();
  EXPECT_EQ(state.commands + state.failures, sent);
  EXPECT_EQ(state.in_flight, 0);
}

TEST_F(StandaloneClientTest, GivesAFrozenServerUpInTimeAndComesBack) {
  RedisServer server;
  RunningRedisClient client(server.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  server.freeze();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(shown(client.ask({"INCR", "n"})), "timed_out");
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, limits::redis_command_time_max);
  EXPECT_LT(took, 2s);
  EXPECT_NE(client->state().circuit, ClientState::Circuit::closed);
  EXPECT_EQ(shown(client.ask({"INCR", "n"})), "unavailable");
  server.thaw();
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(shown(client.ask({"PING"})), "PONG");
}

TEST_F(StandaloneClientTest, NoticesAFrozenServerThatIsNotAsked) {
  RedisServer server;
  RunningRedisClient client(server.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  server.freeze();
  EXPECT_TRUE(client.becomes_unhealthy());
  server.thaw();
  EXPECT_TRUE(client.becomes_healthy());
}

TEST_F(StandaloneClientTest, HearsMessagesAgainAfterARestart) {
  RedisServer server;
  HeardMessages marks;
  HeardMessages others;
  RunningRedisClient client(server.url());
  marks.listen(client, "marks");
  others.listen(client, "others");
  client.start();
  const auto is_heard = [&](const std::string& message) {
    return eventually([&] {
      server.command({"PUBLISH", "marks", message});
      const auto all = marks.all();
      return !all.empty() && all.back() == message;
    });
  };
  EXPECT_TRUE(is_heard("before"));
  server.crash();
  server.start();
  EXPECT_TRUE(is_heard("after"));
  EXPECT_TRUE(others.all().empty());
}

TEST_F(StandaloneClientTest, AReplicaIsUnavailable) {
  const RedisServer primary;
  const RedisServer replica;
  RunningRedisClient client(replica.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  replica.command({"REPLICAOF", "127.0.0.1", std::to_string(primary.port())});
  ASSERT_TRUE(eventually([&] { return shown(client.ask({"SET", "k", "v"})) == "unavailable"; }));
  EXPECT_FALSE(client.becomes_healthy(200ms));
  replica.command({"REPLICAOF", "NO", "ONE"});
  ASSERT_TRUE(client.becomes_healthy());
  EXPECT_EQ(shown(client.ask({"SET", "k", "v"})), "OK");
}

TEST_F(StandaloneClientTest, TellsWhoWaitsThatItIsStopped) {
  RedisServer server;
  RunningRedisClient client(server.url());
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  server.freeze();
  auto waiting = client.send({"PING"});
  client.stop();
  EXPECT_EQ(shown(waiting.get()), "shutting_down");
  EXPECT_EQ(shown(client.ask({"PING"})), "shutting_down");
}

TEST_F(StandaloneClientTest, MayEndWithoutHavingRun) {
  RunningRedisClient client(url(1));
  EXPECT_EQ(shown(client.ask({"PING"})), "unavailable");
}

// A certificate authority and a certificate for 127.0.0.1, made anew.
class Certificates {
 public:
  explicit Certificates(const std::string& host = "IP:127.0.0.1,DNS:localhost") {
    make(
        fmt::format("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca "
                    "-keyout {0}/ca.key -out {0}/ca.pem",
                    folder_.path().string()));
    make(
        fmt::format("openssl req -newkey rsa:2048 -nodes -subj /CN=redis -keyout {0}/redis.key "
                    "-out {0}/redis.csr -addext subjectAltName={1}",
                    folder_.path().string(), host));
    make(
        fmt::format("openssl x509 -req -in {0}/redis.csr -CA {0}/ca.pem -CAkey {0}/ca.key "
                    "-CAcreateserial -days 2 -copy_extensions copy -out {0}/redis.pem",
                    folder_.path().string()));
    tests::give_to_server_user(folder_.path());
  }

  std::string authority() const { return folder_ / "ca.pem"; }
  std::vector<std::string> settings(int port) const {
    return {fmt::format("tls-port {}", port), "tls-auth-clients no",
            "tls-cert-file " + (folder_ / "redis.pem"), "tls-key-file " + (folder_ / "redis.key"),
            "tls-ca-cert-file " + authority()};
  }

 private:
  static void make(const std::string& command) {
    EXPECT_EQ(std::system((command + " >/dev/null 2>&1").c_str()), 0) << command;  // NOLINT
  }

  tests::TemporaryFolder folder_;
};

std::string tls_url(int port) { return fmt::format("rediss://127.0.0.1:{}/0", port); }

TEST_F(StandaloneClientTest, SpeaksTls) {
  const Certificates certificates;
  const int port = tests::free_port();
  RedisServer server(certificates.settings(port));
  HeardMessages messages;
  RunningRedisClient client(tls_url(port), {.tls_ca_file = certificates.authority()});
  messages.listen(client, "marks");
  client.start();
  ASSERT_TRUE(client.becomes_healthy());
  const std::string large(300'000, 'x');
  ASSERT_EQ(shown(client.ask({"SET", "k", large})), "OK");
  EXPECT_EQ(shown(client.ask({"GET", "k"})), large);
  EXPECT_TRUE(eventually([&] {
    server.command({"PUBLISH", "marks", "hi"});
    return !messages.all().empty();
  }));
  server.crash();
  ASSERT_TRUE(client.becomes_unhealthy());
  server.start();
  EXPECT_TRUE(client.becomes_healthy());
}

TEST_F(StandaloneClientTest, RefusesACertificateOfAnotherHost) {
  const Certificates certificates("IP:127.0.0.2,DNS:other");
  const int port = tests::free_port();
  const RedisServer server(certificates.settings(port));
  RunningRedisClient client(tls_url(port), {.tls_ca_file = certificates.authority()});
  client.start();
  EXPECT_FALSE(client.becomes_healthy(500ms));
}

TEST_F(StandaloneClientTest, RefusesACertificateOfAnUnknownAuthority) {
  const Certificates certificates;
  const int port = tests::free_port();
  const RedisServer server(certificates.settings(port));
  RunningRedisClient client(tls_url(port));
  client.start();
  EXPECT_FALSE(client.becomes_healthy(500ms));
}

TEST_F(StandaloneClientTest, SaysWhenTheAuthoritiesCannotBeRead) {
  const tests::RealClock clock;
  const auto opened = NetworkClient::open(*Address::parse("rediss://h"),
                                          {.tls_ca_file = "/no/such/file.pem"}, clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::configuration);
  EXPECT_THAT(opened.error().detail, HasSubstr("redis.tls_ca_file"));
}

}  // namespace
}  // namespace rushline::redis
