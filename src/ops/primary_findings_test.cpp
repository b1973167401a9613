// What is unsafe or wrong with PostgreSQL is found, in the status too, and nothing else is.
#include "ops/primary_findings.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "ops/status.hpp"

namespace rushline::ops {
namespace {

std::vector<std::string_view> codes_of(const PrimaryObservation& primary) {
  std::vector<std::string_view> codes;
  for (const Finding& finding : primary_findings(primary)) {
    EXPECT_FALSE(finding.what.empty());
    EXPECT_FALSE(finding.so_what.empty());
    EXPECT_FALSE(finding.do_this.empty());
    codes.push_back(finding.code);
  }
  return codes;
}

using Codes = std::vector<std::string_view>;

TEST(PrimaryFindings, AreNoneWhereNothingIsWrong) {
  EXPECT_EQ(codes_of({}), Codes{});
  EXPECT_EQ(codes_of({.hosts = 2, .connects = 7, .unconfirmed = 3}), Codes{});
}

TEST(PrimaryFindings, NameEachUnsafeSettingAlsoAtTheStart) {
  const PrimaryObservation unsafe{
      .hosts = 2, .nobody_waits = true, .commits_local = true, .fsync_off = true};
  EXPECT_EQ(codes_of(unsafe), (Codes{"database_no_standby_waited_for", "database_commits_local",
                                     "database_fsync_off"}));
  EXPECT_EQ(unsafe_settings(unsafe).size(), 3U);
}

TEST(PrimaryFindings, NameWhatIsWrongAtTheMoment) {
  const PrimaryObservation wrong{.hosts = 2, .stuck = 1, .in_doubt = true, .hangs = true};
  EXPECT_EQ(codes_of(wrong),
            (Codes{"database_commits_hang", "database_in_doubt", "database_rows_held"}));
  EXPECT_TRUE(unsafe_settings(wrong).empty());
}

TEST(PrimaryFindings, AreInTheStatus) {
  Observation seen;
  seen.primary.hangs = true;
  const std::string status = render_status(seen, ranking::RecordState{});
  EXPECT_NE(status.find("database_commits_hang"), std::string::npos);
  EXPECT_NE(status.find(R"("status":"degraded")"), std::string::npos);
}

}  // namespace
}  // namespace rushline::ops
