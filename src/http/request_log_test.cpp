// What failed or was slow has a line with route, id and trace; nothing else has, and no path.
#include "http/request_log.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "tests/support/log_in_memory.hpp"

namespace rushline::http {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

const Route orders{Method::post, "/v1/orders/{id}", Scope::none, Body::none, {}};
const Route events{Method::post, "/v1/coupon-events/{id}/pause", Scope::admin, Body::json, {}};
const Route ready{Method::get, "/readyz", Scope::none, Body::none, {}};

class RequestLogTest : public testing::Test {
 protected:
  RequestLogTest() {
    request.method = Method::post;
    request.path = "/v1/orders/4711";
    request.id = {0x5f0c9a1e2b3d4c5fULL};
    request.arrived = Monotonic{1h};
  }
  void answer(int status, std::chrono::milliseconds took, const Route* route = &orders) {
    request_log.answered(request, route, status, request.arrived + took, -1);
  }
  void header(Header name, std::string_view value) {
    request.headers[static_cast<std::size_t>(name)] = value;
  }
  // Everything that was written.
  std::vector<json::object> lines() {
    background.start();
    background.stop();
    std::vector<json::object> parsed;
    std::istringstream text(paper.text());
    for (std::string line; std::getline(text, line);) {
      parsed.push_back(json::parse(line).as_object());
    }
    return parsed;
  }

  tests::LogInMemory paper{runtime::LogFormat::json};
  runtime::BackgroundLog background{paper.log(), limits::request_lines_waiting_max};
  RequestLog request_log{background, 1'000ms};
  Request request;
};

TEST_F(RequestLogTest, SaysNothingOfWhatWentWell) {
  answer(200, 5ms);
  answer(409, 1'000ms);
  answer(404, 5ms, nullptr);
  EXPECT_TRUE(lines().empty());
}

TEST_F(RequestLogTest, NamesTheRouteAndTheTraceOfWhatFailed) {
  header(Header::traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  answer(500, 12ms);
  const auto said = lines();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].at("level"), "error");
  EXPECT_EQ(said[0].at("message"), "a request failed");
  EXPECT_EQ(said[0].at("request_id"), "5f0c9a1e2b3d4c5f");
  EXPECT_EQ(said[0].at("method"), "POST");
  EXPECT_EQ(said[0].at("route"), "/v1/orders/{id}");
  EXPECT_EQ(said[0].at("status"), 500);
  EXPECT_EQ(said[0].at("ms").to_number<double>(), 12);
  EXPECT_EQ(said[0].at("trace_id"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(said[0].at("parent_id"), "00f067aa0ba902b7");
  EXPECT_EQ(json::serialize(said[0]).find("4711"), std::string::npos);
}

TEST_F(RequestLogTest, SaysWhatWasSlow) {
  answer(201, 1'001ms);
  const auto said = lines();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].at("level"), "warning");
  EXPECT_EQ(said[0].at("message"), "a request was slow");
  EXPECT_FALSE(said[0].contains("trace_id"));
}

TEST_F(RequestLogTest, LeavesOutATraceThatIsMalformed) {
  header(Header::traceparent, "00-nonsense");
  answer(503, 5ms);
  EXPECT_FALSE(lines().at(0).contains("trace_id"));
}

TEST_F(RequestLogTest, DoesNotCallSlowWhoAskedToWait) {
  header(Header::prefer, "wait=5");
  answer(202, 5'900ms);
  header(Header::prefer, {});
  request.query = "wait=30";
  answer(200, 30'900ms);
  EXPECT_TRUE(lines().empty());
}

TEST_F(RequestLogTest, CallsSlowWhatTookLongerThanItAskedToWait) {
  header(Header::prefer, "wait=5");
  answer(202, 6'100ms);
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(RequestLogTest, TakesTheNotReadyOfAProbeForAnAnswer) {
  answer(503, 5ms, &ready);
  EXPECT_TRUE(lines().empty());
}

TEST_F(RequestLogTest, NamesTheKeyAndTheEventOfAnOperatorsChange) {
  const Caller owner{"back office", Scope::admin};
  request.caller = &owner;
  request.path = "/v1/coupon-events/7/pause";
  answer(200, 5ms, &events);
  const auto said = lines();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].at("level"), "info");
  EXPECT_EQ(said[0].at("message"), "an operator asked for a change");
  EXPECT_EQ(said[0].at("path"), "/v1/coupon-events/7/pause");
  EXPECT_EQ(said[0].at("key"), "back office");
  EXPECT_EQ(said[0].at("status"), 200);
}

TEST_F(RequestLogTest, TellsAChangeAndThatItWasSlow) {
  request.path = "/v1/coupon-events/7/pause";
  answer(200, 1'001ms, &events);
  EXPECT_EQ(lines().size(), 2U);
}

TEST_F(RequestLogTest, SaysWhoWasDeniedButNoShopper) {
  answer(401, 5ms, nullptr);
  const Caller shop{"web", Scope::shop};
  request.caller = &shop;
  answer(403, 5ms, nullptr);
  const Caller shopper{"shopper/4711", Scope::shopper, *UserId::parse("4711")};
  request.caller = &shopper;
  answer(403, 5ms);
  const auto said = lines();
  ASSERT_EQ(said.size(), 3U);
  EXPECT_EQ(said[0].at("message"), "a request was denied");
  EXPECT_EQ(said[0].at("route"), "-");
  EXPECT_FALSE(said[0].contains("key"));
  EXPECT_EQ(said[1].at("key"), "web");
  EXPECT_EQ(said[2].at("route"), "/v1/orders/{id}");
  EXPECT_EQ(json::serialize(said[2]).find("4711"), std::string::npos);
}

TEST_F(RequestLogTest, KeepsTheRestFromAFloodOfDenials) {
  for (int i = 0; i < 1'000; ++i) answer(401, 5ms, nullptr);
  answer(503, 5ms);
  EXPECT_EQ(lines().back().at("message"), "a request failed");
}

TEST_F(RequestLogTest, NamesNoMethodOfARequestThatWasNotRead) {
  request.path = {};
  answer(503, 0ms, nullptr);
  EXPECT_FALSE(lines().at(0).contains("method"));
}

TEST_F(RequestLogTest, LeavesLinesOutInAFloodAndSaysHowMany) {
  for (int i = 0; i < 1'000; ++i) answer(503, 5ms);
  request_log.tell_left_out();
  request_log.tell_left_out();
  const auto said = lines();
  ASSERT_EQ(said.size(), static_cast<std::size_t>(limits::request_lines_burst) + 1);
  EXPECT_EQ(said.back().at("message"), "lines about requests were left out");
  EXPECT_EQ(said.back().at("count"), 1'000 - limits::request_lines_burst);
}

TEST_F(RequestLogTest, SpeaksAgainAfterAFlood) {
  for (int i = 0; i < 1'000; ++i) answer(503, 5ms);
  request.arrived += 1s;
  for (int i = 0; i < 1'000; ++i) answer(503, 5ms);
  EXPECT_EQ(lines().size(), static_cast<std::size_t>(limits::request_lines_burst +
                                                     limits::request_lines_per_second));
}

}  // namespace
}  // namespace rushline::http
