// The table is consistent in itself, and docs/config.md says the same.
#include "runtime/settings.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "runtime/configuration.hpp"

namespace rushline::runtime {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string code_or_none(std::string_view text) {
  return text.empty() ? std::string("none") : fmt::format("`{}`", text);
}

// How docs/config.md shows a setting.
std::string document_row(const Setting& setting) {
  return fmt::format("| `{}` | {} | {} | {} | `{}` | `{}` | {} |", setting.key,
                     code_or_none(setting.default_text), setting.unit.empty() ? "" : setting.unit,
                     allowed_values(setting), setting.environment, setting.flag,
                     setting.description);
}

std::string document_row(const OtherVariable& variable) {
  return fmt::format("| `{}` | {} |", variable.name, variable.description);
}

TEST(Settings, HaveAFlagAndAVariableThatFollowFromTheKey) {
  for (const Setting& setting : all_settings()) {
    const std::string key(setting.key);
    std::string name = key == "database.url" ? "database" : key == "redis.url" ? "redis" : key;
    EXPECT_EQ(setting.flag, "--" + replaced(replaced(name, ".", "-"), "_", "-"));
    name = replaced(name, ".", "_");
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_EQ(setting.environment, "RUSHLINE_" + name);
  }
}

TEST(Settings, AreEachNamedOnceAndFoundByTheirKey) {
  std::set<std::string_view> keys;
  for (const Setting& setting : all_settings()) {
    EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
    EXPECT_EQ(find_setting(setting.key), &setting);
    EXPECT_NE(setting.take_number == nullptr, setting.take_text == nullptr) << setting.key;
    EXPECT_FALSE(setting.description.empty()) << setting.key;
  }
  EXPECT_EQ(find_setting("no.such"), nullptr);
}

TEST(Settings, TakeBothEndsOfTheirRangeAndNothingBeyond) {
  for (const Setting& setting : all_settings()) {
    if (!setting.is_number()) continue;
    const auto is_taken = [&](std::int64_t number) {
      return configure({.flags = {{std::string(setting.key), fmt::format("{}", number)}},
                        .environment = {},
                        .file = {}})
          .has_value();
    };
    EXPECT_TRUE(is_taken(setting.min)) << setting.key;
    EXPECT_TRUE(is_taken(setting.max)) << setting.key;
    EXPECT_FALSE(is_taken(setting.min - 1)) << setting.key;
    EXPECT_FALSE(is_taken(setting.max + 1)) << setting.key;
  }
}

TEST(Settings, AgreeWithTheDocument) {
  std::ifstream document(RUSHLINE_SOURCE_DIR "/docs/config.md");
  ASSERT_TRUE(document.good());
  std::vector<std::string> rows;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("| `")) rows.push_back(line);
  }
  std::vector<std::string> right;
  for (const Setting& setting : all_settings()) right.push_back(document_row(setting));
  for (const OtherVariable& variable : other_variables()) right.push_back(document_row(variable));
  EXPECT_EQ(rows, right);
}

TEST(CheckExposure, WantsKeysWhereOthersCanReachTheServer) {
  Settings settings;
  EXPECT_TRUE(check_exposure(settings).has_value());

  settings.listen = {"0.0.0.0", 8080};
  const auto refused = check_exposure(settings);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::configuration);
  EXPECT_NE(refused.error().detail.find("listen = 0.0.0.0:8080"), std::string::npos);
  EXPECT_NE(refused.error().detail.find("rushline key create"), std::string::npos);

  settings.keys_file = "keys";
  EXPECT_TRUE(check_exposure(settings).has_value());
}

TEST(CheckExposure, MindsTheAdminListenerToo) {
  Settings settings;
  settings.admin_listen = ListenAddress{"::", 9000};
  const auto refused = check_exposure(settings);
  ASSERT_TRUE(refused.has_error());
  EXPECT_NE(refused.error().detail.find("admin_listen = [::]:9000"), std::string::npos);
  settings.admin_listen = ListenAddress{"::1", 9000};
  EXPECT_TRUE(check_exposure(settings).has_value());
}

TEST(ShowsMetricsToAll, WithASingleListenerThatOtherMachinesReach) {
  Settings settings;
  EXPECT_FALSE(shows_metrics_to_all(settings));
  settings.listen = {"0.0.0.0", 8080};
  EXPECT_TRUE(shows_metrics_to_all(settings));
  settings.admin_listen = ListenAddress{"0.0.0.0", 9090};
  EXPECT_FALSE(shows_metrics_to_all(settings));
}

TEST(Settings, RefusesRedisBesideSqliteAndSaysWhy) {
  Settings settings;
  EXPECT_TRUE(check_redis(settings).has_value());
  settings.redis_url = "redis://:s3cret@cache:6379/0";
  const auto refused = check_redis(settings);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::configuration);
  EXPECT_NE(refused.error().detail.find("cannot be used with SQLite"), std::string::npos);
  EXPECT_EQ(refused.error().detail.find("s3cret"), std::string::npos);
  settings.database_url = "postgresql://shop@db/shop";
  EXPECT_TRUE(check_redis(settings).has_value());
}

}  // namespace
}  // namespace rushline::runtime
