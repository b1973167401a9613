// The report is true to the run, is one file, and cannot be broken out of.
#include "load/report.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace rushline::load {
namespace {

Summary small_run() {
  Summary summary;
  summary.plan.target = {.host = "127.0.0.1", .port = 8080};
  summary.plan.bearer = "rl_very_secret";
  summary.plan.event = {3};
  summary.requests = 101;
  summary.elapsed = std::chrono::seconds(1);
  summary.outcomes[to_index(Outcome::issued)] = 100;
  summary.outcomes[to_index(Outcome::error)] = 1;
  summary.errors["</script><script>alert(1)</script>"] = 1;
  for (int i = 1; i <= 100; ++i) {
    summary.latency.record(i);
    summary.latency_by_outcome[to_index(Outcome::issued)].record(i);
  }
  summary.seconds.push_back({.outcomes = summary.outcomes, .sent = 101});
  return summary;
}

TEST(Report, SaysInJsonWhatTheRunSaw) {
  const std::vector<Threshold> thresholds{*Threshold::parse("p99<50us")};
  const auto report = boost::json::parse(to_json(small_run(), thresholds, "1.2.3")).as_object();
  EXPECT_EQ(report.at("requests"), 101);
  EXPECT_EQ(report.at("version"), "1.2.3");
  EXPECT_EQ(report.at("outcomes").at("issued"), 100);
  EXPECT_EQ(report.at("latency_us").at("p99"), 99);
  EXPECT_EQ(report.at("latency_us").at("max"), 100);
  EXPECT_EQ(report.at("latency_us_by_outcome").at("sold_out").at("count"), 0);
  EXPECT_EQ(report.at("parameters").at("event"), 3);
  EXPECT_EQ(report.at("seconds").as_array().size(), 1U);
  EXPECT_EQ(report.at("thresholds").at(0).at("met"), false);
  EXPECT_EQ(report.at("percentiles").as_array().back().at("us"), 100);
}

TEST(Report, NeverHoldsTheKey) {
  EXPECT_EQ(to_json(small_run(), {}, "1").find("very_secret"), std::string::npos);
  EXPECT_EQ(to_html(small_run(), {}, "1").find("very_secret"), std::string::npos);
}

TEST(Report, IsOneFileWithoutNetwork) {
  const std::string page = to_html(small_run(), {}, "1");
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_NE(page.find(R"("requests":101)"), std::string::npos);
  EXPECT_EQ(page.find("RUN_FIGURES"), std::string::npos);
  for (const char* outside : {"src=", "href=", "@import", "fetch(", "https://"}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
}

TEST(Report, CannotBeBrokenOutOfByWhatAServerAnswers) {
  EXPECT_EQ(to_html(small_run(), {}, "1").find("<script>alert"), std::string::npos);
}

}  // namespace
}  // namespace rushline::load
