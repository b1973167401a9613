// Every series is there from the start, at 0, and docs/metrics.md lists exactly these.
#include "ops/metrics.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace rushline::ops {
namespace {

std::set<std::string> exported_names(const std::string& text) {
  std::set<std::string> names;
  const std::regex type("# TYPE (\\S+) (counter|gauge)\n");
  for (std::sregex_iterator at(text.begin(), text.end(), type), end; at != end; ++at) {
    EXPECT_TRUE(names.insert((*at)[1]).second) << (*at)[1];
  }
  return names;
}

TEST(Metrics, AreAllExportedFromTheStartAtZero) {
  const std::string text = render_metrics({});
  std::set<std::string> wanted;
  for (const MetricFamily& family : all_metric_families()) wanted.emplace(family.name);
  EXPECT_EQ(exported_names(text), wanted);
  const std::regex sample("\n(rushline_[a-z_]+)(\\{[^}]*\\})? (\\S+)");
  for (std::sregex_iterator at(text.begin(), text.end(), sample), end; at != end; ++at) {
    const bool is_one = (*at)[1] == "rushline_build_info" || (*at)[1] == "rushline_direct_mode";
    EXPECT_EQ((*at)[3], is_one ? "1" : "0") << (*at)[0];
  }
}

TEST(Metrics, AreNamedAsTheirKindDemands) {
  for (const MetricFamily& family : all_metric_families()) {
    EXPECT_TRUE(family.name.starts_with("rushline_"));
    EXPECT_EQ(family.name.ends_with("_total"), family.type == "counter") << family.name;
  }
}

TEST(Metrics, TellWhatWasSeen) {
  Observation seen;
  seen.server.answers[3] = 5;
  seen.admission.issued = 7;
  seen.database.writes.failed = 2;
  const std::string text = render_metrics(seen);
  EXPECT_NE(text.find("rushline_http_answers_total{class=\"4xx\"} 5\n"), std::string::npos);
  EXPECT_NE(text.find("rushline_coupons_issued_total 7\n"), std::string::npos);
  EXPECT_NE(text.find("rushline_database_units_total{kind=\"write\",outcome=\"failed\"} 2\n"),
            std::string::npos);
}

TEST(Metrics, StandInTheirPageWithTheirType) {
  std::ifstream file(RUSHLINE_SOURCE_DIR "/docs/metrics.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string> documented;
  const std::regex row("\\| `(rushline_[a-z_]+)` \\| (counter|gauge) \\|");
  for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) {
    documented.insert((*at)[1].str() + " " + (*at)[2].str());
  }
  std::set<std::string> known;
  for (const MetricFamily& family : all_metric_families()) {
    known.insert(std::string(family.name) + " " + std::string(family.type));
  }
  EXPECT_EQ(documented, known);
}

}  // namespace
}  // namespace rushline::ops
