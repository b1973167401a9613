// Every series is there from the start, at 0, and docs/metrics.md lists exactly these.
#include "ops/metrics.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace rushline::ops {
namespace {

using LabelValues = std::map<std::string, std::set<std::string>>;

// A sample of the text: its name, its labels, its value.
struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  std::string value;
};

std::vector<Sample> samples_of(const std::string& text) {
  std::vector<Sample> samples;
  const std::regex line("((?:rushline|process)_[a-z_]+)(\\{([^}]*)\\})? (\\S+)");
  const std::regex label("([a-z_]+)=\"([^\"]*)\"");
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) {
    if (one.starts_with('#')) continue;
    std::smatch found;
    EXPECT_TRUE(std::regex_match(one, found, line)) << one;
    Sample sample{found[1], {}, found[4]};
    const std::string labels = found[3];
    for (std::sregex_iterator at(labels.begin(), labels.end(), label), end; at != end; ++at) {
      sample.labels.emplace((*at)[1], (*at)[2]);
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

// The family that a sample belongs to.
std::string family_of(const std::string& name) {
  for (const MetricFamily& family : all_metric_families()) {
    if (name == family.name) return name;
    for (const char* suffix : {"_bucket", "_sum", "_count"}) {
      if (family.type == "histogram" && name == std::string(family.name) + suffix) {
        return std::string(family.name);
      }
    }
  }
  return "";
}

TEST(Metrics, AreAllExportedFromTheStartAtZero) {
  const std::string text = render_metrics({});
  std::set<std::string> exported;
  for (const Sample& sample : samples_of(text)) {
    const std::string family = family_of(sample.name);
    EXPECT_NE(family, "") << sample.name;
    exported.insert(family);
    const bool is_one = family == "rushline_build_info" || family == "rushline_direct_mode";
    EXPECT_EQ(sample.value, is_one ? "1" : "0") << sample.name;
  }
  std::set<std::string> wanted;
  for (const MetricFamily& family : all_metric_families()) {
    EXPECT_TRUE(wanted.emplace(family.name).second) << family.name;
    EXPECT_NE(text.find(fmt::format("# TYPE {} {}\n", family.name, family.type)),
              std::string::npos);
  }
  EXPECT_EQ(exported, wanted);
}

TEST(Metrics, AreNamedAsTheirKindDemands) {
  for (const MetricFamily& family : all_metric_families()) {
    // The other prefix is that of every program's own numbers.
    EXPECT_TRUE(family.name.starts_with("rushline_") || family.name.starts_with("process_"));
    EXPECT_EQ(family.name.ends_with("_total"), family.type == "counter") << family.name;
    const bool is_histogram = family.type == "histogram";
    EXPECT_TRUE(is_histogram || !family.name.ends_with("_duration_seconds")) << family.name;
  }
}

TEST(Metrics, TellWhatWasSeen) {
  Observation seen;
  seen.server.answers[3] = 5;
  seen.admission.issued = 7;
  seen.database.units.writes.failed = 2;
  seen.admission.sold_out_from_memory = 3;
  seen.admission.answers.outcomes[static_cast<std::size_t>(coupons::Outcome::sold_out)] = 4;
  seen.admission.oldest_wait = std::chrono::milliseconds{2'250};
  seen.admission.still = std::chrono::milliseconds{1'500};
  seen.fill(Bounded::line_places) = {9, 10};
  seen.fill(Bounded::http_held_bytes) = {11, 12};
  seen.process.started_at = std::chrono::milliseconds{1'764'178'209'125};
  seen.redis.replicas = {.online = 2, .waited_for = 1, .lag = std::chrono::seconds{3}};
  seen.primary.standbys.hidden = 4;
  seen.primary.standbys.flush_lag = std::chrono::milliseconds{250};
  const std::string text = render_metrics(seen);
  for (const char* line : {
           "rushline_http_answers_total{class=\"4xx\"} 5",
           "rushline_coupons_issued_total 7",
           "rushline_database_units_total{kind=\"write\",outcome=\"failed\"} 2",
           "rushline_coupon_answers_total{outcome=\"sold_out\"} 7",
           "rushline_coupon_oldest_wait_seconds 2.25",
           "rushline_line_still_seconds 1.5",
           "rushline_limit_used_bytes{limit=\"http_held_bytes\"} 11",
           "rushline_limit_bytes{limit=\"http_held_bytes\"} 12",
           "process_start_time_seconds 1764178209.125",
           "rushline_redis_replicas 2",
           "rushline_redis_replicas_waited_for 1",
           "rushline_redis_replica_lag_seconds 3",
           "rushline_database_standbys{state=\"hidden\"} 4",
           "rushline_database_standby_lag_seconds{until=\"flushed\"} 0.25",
           "rushline_limit_used{limit=\"line_places\"} 9",
           "rushline_limit{limit=\"line_places\"} 10",
       }) {
    EXPECT_NE(text.find(std::string("\n") + line + "\n"), std::string::npos) << line;
  }
}

TEST(Metrics, ShowAHistogramAsCountsUpToEachBound) {
  Observation seen;
  DurationTally& admit = seen.admission.answers.admit;
  admit.record(std::chrono::microseconds{90});
  admit.record(std::chrono::microseconds{400});
  admit.record(std::chrono::seconds{60});
  const std::string text = render_metrics(seen);
  const std::string name = "rushline_coupon_stage_duration_seconds";
  for (const char* line : {
           R"(_bucket{stage="admit",le="0.0001"} 1)",
           R"(_bucket{stage="admit",le="0.00025"} 1)",
           R"(_bucket{stage="admit",le="0.0005"} 2)",
           R"(_bucket{stage="admit",le="10"} 2)",
           R"(_bucket{stage="admit",le="+Inf"} 3)",
           R"(_sum{stage="admit"} 60.00049)",
           R"(_count{stage="admit"} 3)",
       }) {
    EXPECT_NE(text.find("\n" + name + line + "\n"), std::string::npos) << line;
  }
}

// The page as {name: (type, labels and their values)}; the values of build_info are not listed.
std::map<std::string, std::pair<std::string, LabelValues>> documented() {
  std::ifstream file(RUSHLINE_SOURCE_DIR "/docs/metrics.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::regex row(
      "\\| `((?:rushline|process)_[a-z_]+)` \\| (counter|gauge|histogram) \\| ([^|]*)\\|");
  const std::regex label("`([a-z_]+)`( \\(([^)]*)\\))?");
  const std::regex value("`([^`]+)`");
  std::map<std::string, std::pair<std::string, LabelValues>> found;
  for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) {
    auto& [type, labels] = found[(*at)[1]];
    type = (*at)[2];
    const std::string cell = (*at)[3];
    for (std::sregex_iterator one(cell.begin(), cell.end(), label); one != end; ++one) {
      const std::string values = (*one)[3];
      auto& set = labels[(*one)[1]];
      for (std::sregex_iterator word(values.begin(), values.end(), value); word != end; ++word) {
        set.insert((*word)[1]);
      }
    }
  }
  return found;
}

TEST(Metrics, StandInTheirPageWithTheirTypeAndLabels) {
  std::map<std::string, std::pair<std::string, LabelValues>> known;
  for (const MetricFamily& family : all_metric_families()) {
    known[std::string(family.name)].first = family.type;
  }
  for (const Sample& sample : samples_of(render_metrics({}))) {
    const std::string family = family_of(sample.name);
    for (const auto& [name, value] : sample.labels) {
      if (name == "le") continue;
      auto& values = known[family].second[name];
      if (family != "rushline_build_info") values.insert(value);
    }
  }
  EXPECT_EQ(documented(), known);
}

}  // namespace
}  // namespace rushline::ops
