// The generator against a small server of its own that can stall, refuse, hang and break.
#include "load/generator.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include "runtime/system_clock.hpp"

namespace rushline::load {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

// What the server does with its n-th request (from 1): answer (status and body), after a stall in
// which nobody is answered.
struct Reaction {
  std::string answer;  // empty = never
  std::chrono::milliseconds stall{0};
  bool hang_up = false;
};

std::string answer_of(int status, std::string_view body) {
  return fmt::format("HTTP/1.1 {} Whatever\r\nContent-Length: {}\r\n\r\n{}", status, body.size(),
                     body);
}

std::string issued(int number) {
  return answer_of(201,
                   fmt::format(R"({{"state":"issued","coupon_id":{0},"issue_no":{0}}})", number));
}

class SmallServer {
 public:
  explicit SmallServer(std::function<Reaction(int)> react)
      : react_(std::move(react)), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~SmallServer() {
    io_.stop();
    thread_.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  struct Session {
    explicit Session(asio::io_context& io) : socket(io) {}
    tcp::socket socket;
    asio::streambuf received;
    std::string answer;
  };

  void accept() {
    auto session = std::make_shared<Session>(io_);
    acceptor_.async_accept(session->socket, [this, session](boost::system::error_code error) {
      if (error) return;
      read(session);
      accept();
    });
  }

  // A request ends with the brace of its body.
  void read(const std::shared_ptr<Session>& session) {
    asio::async_read_until(session->socket, session->received, '}',
                           [this, session](boost::system::error_code error, std::size_t bytes) {
                             if (error) return;
                             session->received.consume(bytes);
                             react(session, react_(++requests_));
                           });
  }

  void react(const std::shared_ptr<Session>& session, const Reaction& reaction) {
    if (reaction.hang_up) return session->socket.close();
    if (reaction.answer.empty()) return held_.push_back(session);
    session->answer = reaction.answer;
    const auto now = std::chrono::steady_clock::now();
    stalled_until_ = std::max(stalled_until_, now + reaction.stall);
    auto timer = std::make_shared<asio::steady_timer>(io_, stalled_until_);
    timer->async_wait([this, session, timer](boost::system::error_code) {
      asio::async_write(session->socket, asio::buffer(session->answer),
                        [this, session](boost::system::error_code error, std::size_t) {
                          if (!error) read(session);
                        });
    });
  }

  std::function<Reaction(int)> react_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  int requests_ = 0;
  std::vector<std::shared_ptr<Session>> held_;  // open, never answered
  std::chrono::steady_clock::time_point stalled_until_{};
  std::thread thread_;
};

Plan plan_for(const SmallServer& server) {
  Plan plan;
  plan.target = {.host = "127.0.0.1", .port = server.port()};
  plan.event = {7};
  plan.rate = 200;
  plan.duration = 500ms;
  plan.shoppers = 1000;
  plan.connections = 4;
  return plan;
}

Summary run(const Plan& plan, HistoryWriter* history = nullptr) {
  const runtime::SystemClock clock;
  Result<Summary> summary = generate(plan, clock, history, {});
  EXPECT_TRUE(summary.has_value()) << (summary.has_error() ? summary.error().detail : "");
  return summary.has_value() ? *summary : Summary{};
}

std::int64_t count(const Summary& summary, Outcome outcome) {
  return summary.outcomes[to_index(outcome)];
}

TEST(Generator, CountsVerdictsByKind) {
  SmallServer server([](int n) -> Reaction {
    switch (n % 5) {
      case 0:
        return {.answer = issued(n)};
      case 1:
        return {.answer = answer_of(200, R"({"state":"sold_out"})")};
      case 2:
        return {.answer = answer_of(202, R"({"state":"queued"})")};
      case 3:
        return {.answer = answer_of(409, R"({"code":"event_paused"})")};
      default:
        return {.answer = answer_of(500, R"({"code":"internal"})")};
    }
  });
  const Summary summary = run(plan_for(server));
  EXPECT_EQ(summary.requests, 100);
  EXPECT_EQ(count(summary, Outcome::issued), 20);
  EXPECT_EQ(count(summary, Outcome::sold_out), 20);
  EXPECT_EQ(count(summary, Outcome::queued), 20);
  EXPECT_EQ(count(summary, Outcome::refused), 20);
  EXPECT_EQ(count(summary, Outcome::error), 20);
  EXPECT_EQ(summary.refusals.at("event_paused"), 20);
  EXPECT_EQ(summary.errors.at("status 500 internal"), 20);
  EXPECT_EQ(summary.latency.count(), 80);
}

// Coordinated omission: with 4 connections a generator that waits for answers would see 4 slow
// requests. Here the 80 that became due during the stall are all slow.
TEST(Generator, ShowsAStallInTheLatencyOfEverybodyItKeptWaiting) {
  SmallServer server(
      [](int n) -> Reaction { return {.answer = issued(n), .stall = n == 20 ? 400ms : 0ms}; });
  Plan plan = plan_for(server);
  plan.duration = 1000ms;
  const Summary summary = run(plan);
  EXPECT_EQ(count(summary, Outcome::issued), 200);
  EXPECT_GE(summary.latency.percentile(75), 80'000);
  EXPECT_GE(summary.latency.percentile(95), 250'000);
  EXPECT_GE(summary.latency.max(), 390'000);
  EXPECT_GE(summary.backlog_max, 50);
}

TEST(Generator, GivesUpARequestThatIsNeverAnswered) {
  SmallServer server([](int n) -> Reaction { return {.answer = n == 5 ? "" : issued(n)}; });
  Plan plan = plan_for(server);
  plan.answer_time_max = 300ms;
  const Summary summary = run(plan);
  EXPECT_EQ(count(summary, Outcome::timeout), 1);
  EXPECT_EQ(count(summary, Outcome::issued), 99);
  EXPECT_GE(summary.latency.max(), 300'000);
}

TEST(Generator, ConnectsAgainAfterTheServerHungUp) {
  SmallServer server(
      [](int n) -> Reaction { return {.answer = issued(n), .hang_up = n % 10 == 0}; });
  const Summary summary = run(plan_for(server));
  EXPECT_EQ(summary.requests, 100);
  EXPECT_EQ(count(summary, Outcome::issued) + count(summary, Outcome::error), 100);
  EXPECT_EQ(count(summary, Outcome::error), 10);
  EXPECT_GE(summary.reconnects, 4);
}

TEST(Generator, SaysThatNobodyListens) {
  std::uint16_t port = 0;
  {
    SmallServer server([](int) -> Reaction { return {}; });
    port = server.port();
  }
  Plan plan;
  plan.target = {.host = "127.0.0.1", .port = port};
  plan.event = {1};
  const runtime::SystemClock clock;
  const Result<Summary> summary = generate(plan, clock, nullptr, {});
  ASSERT_TRUE(summary.has_error());
  EXPECT_EQ(summary.error().code, Errc::unavailable);
}

TEST(Generator, RefusesAPlanThatIsOutOfBounds) {
  const auto is_refused = [](auto change) {
    Plan plan;
    plan.target = {.host = "127.0.0.1", .port = 1};
    change(plan);
    const Result<void> checked = check(plan);
    return checked.has_error() && checked.error().code == Errc::invalid_input;
  };
  EXPECT_FALSE(is_refused([](Plan&) {}));
  EXPECT_TRUE(is_refused([](Plan& plan) { plan.rate = 0; }));
  EXPECT_TRUE(is_refused([](Plan& plan) { plan.rate = 1e9; }));
  EXPECT_TRUE(is_refused([](Plan& plan) { plan.duration = 0ms; }));
  EXPECT_TRUE(is_refused([](Plan& plan) { plan.shoppers = 0; }));
  EXPECT_TRUE(is_refused([](Plan& plan) { plan.connections = 0; }));
  EXPECT_TRUE(is_refused([](Plan& plan) { plan.connections = 1'000'000; }));
  EXPECT_TRUE(is_refused([](Plan& plan) { plan.shopper_prefix = "not a word"; }));
  EXPECT_TRUE(is_refused([](Plan& plan) {
    plan.rate = 1e6;
    plan.duration = 1h;
  }));
}

TEST(Generator, WritesEveryRequestThatWasSentIntoTheHistory) {
  const std::string path = testing::TempDir() + "generator_history.jsonl";
  SmallServer server([](int n) -> Reaction { return {.answer = issued(n)}; });
  Result<HistoryWriter> history = HistoryWriter::create(path);
  ASSERT_TRUE(history.has_value());
  run(plan_for(server), &*history);
  ASSERT_TRUE(history->finish().has_value());

  std::ifstream file(path);
  std::set<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    EXPECT_NE(line.find(R"("user":"shopper-0000)"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("event":7,"invoke_us":)"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("complete_us":)"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("outcome":"issued","coupon_id":)"), std::string::npos) << line;
    lines.insert(line);
  }
  EXPECT_EQ(lines.size(), 100U);
}

TEST(HistoryWriter, WritesFromWhichQuantityOnARunStarts) {
  const std::string path = testing::TempDir() + "seen_history.jsonl";
  Result<HistoryWriter> history = HistoryWriter::create(path);
  ASSERT_TRUE(history.has_value());
  history->write(SeenEvent{
      .event = {7}, .quantity = 100, .invoked = Timestamp(3us), .completed = Timestamp(5us)});
  ASSERT_TRUE(history->finish().has_value());
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line,
            R"({"kind":"seen","op":1,"event":7,"invoke_us":3,"complete_us":5,"outcome":"done",)"
            R"("quantity":100})");
}

TEST(Generator, ReportsProgressWhileItRuns) {
  SmallServer server([](int n) -> Reaction { return {.answer = issued(n)}; });
  const runtime::SystemClock clock;
  std::vector<std::int64_t> due;
  const Result<Summary> summary =
      generate(plan_for(server), clock, nullptr,
               [&due](const Progress& progress) { due.push_back(progress.due); });
  ASSERT_TRUE(summary.has_value());
  EXPECT_GE(due.size(), 3U);
  EXPECT_EQ(due.back(), 100);
}

}  // namespace
}  // namespace rushline::load
