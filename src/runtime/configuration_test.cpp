// Flags win over environment over file over default, and whatever is wrong is said with its place.
#include "runtime/configuration.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace rushline::runtime {
namespace {

// A configuration file that goes away with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    std::string name = (std::filesystem::temp_directory_path() / "rushline-XXXXXX.toml").string();
    const int descriptor = ::mkstemps(name.data(), 5);
    EXPECT_GE(descriptor, 0);
    ::close(descriptor);
    path_ = name;
    std::ofstream(path_) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Result<Configuration> with_file(std::string_view content) {
  const TemporaryFile file(content);
  return configure({.flags = {}, .environment = {}, .file = file.path()});
}

Result<Configuration> with_environment(std::map<std::string, std::string> environment) {
  return configure({.flags = {}, .environment = std::move(environment), .file = {}});
}

Result<Configuration> with_flags(std::map<std::string, std::string> flags) {
  return configure({.flags = std::move(flags), .environment = {}, .file = {}});
}

const ConfiguredValue& value_of(const Configuration& configuration, std::string_view key) {
  return *std::ranges::find(configuration.values, key,
                            [](const ConfiguredValue& value) { return value.setting->key; });
}

std::string only_problem(const Result<Configuration>& refused) {
  if (refused.has_value()) return "taken";
  EXPECT_EQ(refused.error().code, Errc::configuration);
  EXPECT_EQ(refused.error().fields.size(), 1U);
  EXPECT_EQ(refused.error().detail, refused.error().fields.at(0).message);
  return refused.error().detail;
}

TEST(Configuration, IsTheDefaultWhenNothingIsGiven) {
  const auto configuration = configure({});
  ASSERT_TRUE(configuration.has_value());
  EXPECT_EQ(configuration->settings, Settings{});
  ASSERT_EQ(configuration->values.size(), all_settings().size());
  for (const ConfiguredValue& value : configuration->values) {
    EXPECT_EQ(value.origin, Origin::by_default);
    EXPECT_EQ(value.where, "default");
  }
}

TEST(Configuration, LaysFlagsOverEnvironmentOverFileOverDefault) {
  const TemporaryFile file("[http]\nthreads = 1\nconnections_max = 100\nbody_bytes_max = 2000\n");
  const auto configuration = configure({
      .flags = {{"http.threads", "3"}},
      .environment = {{"RUSHLINE_HTTP_THREADS", "2"}, {"RUSHLINE_HTTP_CONNECTIONS_MAX", "200"}},
      .file = file.path(),
  });
  ASSERT_TRUE(configuration.has_value());
  EXPECT_EQ(configuration->settings.http_threads, 3U);
  EXPECT_EQ(configuration->settings.http_connections_max, 200U);
  EXPECT_EQ(configuration->settings.http_body_bytes_max, 2000U);
  EXPECT_EQ(configuration->settings.database_readers, Settings{}.database_readers);

  const auto where = [&](std::string_view key) { return value_of(*configuration, key).where; };
  EXPECT_EQ(where("http.threads"), "--http-threads");
  EXPECT_EQ(where("http.connections_max"), "RUSHLINE_HTTP_CONNECTIONS_MAX");
  EXPECT_EQ(where("http.body_bytes_max"), file.path().string() + ":4");
  EXPECT_EQ(where("database.readers"), "default");
}

TEST(Configuration, DoesNotJudgeAValueThatAnotherOneOverrides) {
  const auto configuration = configure({.flags = {{"http.threads", "3"}},
                                        .environment = {{"RUSHLINE_HTTP_THREADS", "many"}},
                                        .file = {}});
  ASSERT_TRUE(configuration.has_value());
  EXPECT_EQ(configuration->settings.http_threads, 3U);
}

TEST(Configuration, ReadsEverySettingIntoItsPlace) {
  const auto configuration = with_file(R"(
    listen = "[::1]:9000"
    admin_listen = "127.0.0.1:9001"
    keys = "/etc/rushline/keys"
    [database]
    url = "sqlite:/var/lib/rushline/shop.db"
    readers = 5
    [shop]
    time_zone = "America/Santiago"
    [http]
    threads = 6
    connections_max = 7
    body_bytes_max = 8000
    drain_seconds = 9
    [orders]
    unpaid_minutes = 10
    [coupons]
    verdict_wait_ms = 11
    [log]
    level = "warning"
    format = "json"
  )");
  ASSERT_TRUE(configuration.has_value()) << configuration.error().detail;
  Settings right;
  right.listen = {"::1", 9000};
  right.admin_listen = {"127.0.0.1", 9001};
  right.keys_file = "/etc/rushline/keys";
  right.database_url = "sqlite:/var/lib/rushline/shop.db";
  right.database_readers = 5;
  right.time_zone = "America/Santiago";
  right.http_threads = 6;
  right.http_connections_max = 7;
  right.http_body_bytes_max = 8000;
  right.http_drain_time = std::chrono::seconds(9);
  right.unpaid_time = std::chrono::minutes(10);
  right.verdict_wait = std::chrono::milliseconds(11);
  right.log_level = LogLevel::warning;
  right.log_format = LogFormat::json;
  EXPECT_EQ(configuration->settings, right);
}

TEST(Configuration, TakesTheDatabaseOfTheFileInOneLine) {
  const auto configuration = with_file("database = \"sqlite:a.db\"\n");
  ASSERT_TRUE(configuration.has_value()) << configuration.error().detail;
  EXPECT_EQ(configuration->settings.database_url, "sqlite:a.db");
}

TEST(Configuration, TakesTheFileThatTheEnvironmentNames) {
  const TemporaryFile file("http.threads = 7\n");
  const auto configuration = with_environment({{"RUSHLINE_CONFIG", file.path().string()}});
  ASSERT_TRUE(configuration.has_value());
  EXPECT_EQ(configuration->settings.http_threads, 7U);
}

TEST(Configuration, SuggestsTheKeyThatWasMeant) {
  const std::string problem = only_problem(with_file("[http]\nthread = 4\n"));
  EXPECT_NE(problem.find("unknown key http.thread ("), std::string::npos) << problem;
  EXPECT_NE(problem.find(".toml:2)"), std::string::npos) << problem;
  EXPECT_NE(problem.find("did you mean http.threads?"), std::string::npos) << problem;
}

TEST(Configuration, SuggestsTheVariableThatWasMeant) {
  EXPECT_EQ(only_problem(with_environment({{"RUSHLINE_HTTP_THREAD", "4"}})),
            "unknown environment variable RUSHLINE_HTTP_THREAD; did you mean "
            "RUSHLINE_HTTP_THREADS?");
}

TEST(Configuration, LeavesVariablesAloneThatOnlyShareThePrefix) {
  EXPECT_TRUE(with_environment({{"RUSHLINE_SERVICE_HOST", "10.0.0.7"},
                                {"RUSHLINE_PORT", "tcp://10.0.0.7:8080"},
                                {"RUSHLINE_BINARY", "build/dev/rushline"}})
                  .has_value());
}

TEST(Configuration, PointsAtTheListWhenNothingIsNear) {
  const std::string problem = only_problem(with_file("colour = \"red\"\n"));
  EXPECT_NE(problem.find("docs/config.md lists what there is."), std::string::npos) << problem;
}

TEST(Configuration, NoticesAnUnknownTableWithoutValues) {
  const std::string problem = only_problem(with_file("[htpp]\n"));
  EXPECT_NE(problem.find("unknown key htpp"), std::string::npos) << problem;
}

TEST(Configuration, KnowsTheVariablesThatAreNoSettings) {
  EXPECT_TRUE(with_environment({{"RUSHLINE_FAIL_POINT", "write.begun"}, {"RUSHLINE_KEY", "k"}})
                  .has_value());
}

TEST(Configuration, SaysForABadNumberWhereItCameFromAndWhatWouldBeRight) {
  const std::string right = "must be an integer from 0 to 256.";
  for (const auto* text : {"many", "", "-1", "257", "1.5", "4 ", "0x4", "99999999999999999999"}) {
    EXPECT_EQ(only_problem(with_flags({{"http.threads", text}})),
              "http.threads = '" + std::string(text) + "' (--http-threads) " + right);
  }
  EXPECT_EQ(only_problem(with_environment({{"RUSHLINE_HTTP_THREADS", "x"}})),
            "http.threads = 'x' (RUSHLINE_HTTP_THREADS) " + right);
}

TEST(Configuration, WantsNumbersWithoutQuotesAndTextsWithinThem) {
  EXPECT_NE(only_problem(with_file("http.threads = \"4\"\n")).find("without quotes"),
            std::string::npos);
  EXPECT_NE(only_problem(with_file("listen = 8080\n")).find("a text in quotes"), std::string::npos);
  EXPECT_NE(only_problem(with_file("listen = true\n")).find("a text in quotes"), std::string::npos);
}

TEST(Configuration, RefusesTextsThatCannotBeRight) {
  const std::map<std::string, std::string> wrong{
      {"listen", "8080"},          {"admin_listen", "nowhere"}, {"database.url", "rushline.db"},
      {"shop.time_zone", "Seoul"}, {"log.level", "loud"},       {"log.format", "xml"},
  };
  for (const auto& [key, text] : wrong) {
    const std::string problem = only_problem(with_flags({{key, text}}));
    EXPECT_TRUE(problem.starts_with(key + " = '" + text + "'")) << problem;
    EXPECT_NE(problem.find("must be "), std::string::npos) << problem;
  }
}

TEST(Configuration, TakesPostgresqlAndWhatBelongsToIt) {
  const std::string url = "postgresql://shop:s3cret@db1:5432,db2:5432/shop";
  const auto configuration = with_flags(
      {{"database.url", url}, {"database.writers", "8"}, {"database.pooler", "transaction"}});
  ASSERT_TRUE(configuration.has_value());
  EXPECT_EQ(configuration->settings.database_url, url);
  EXPECT_EQ(configuration->settings.database_writers, 8U);
  EXPECT_TRUE(configuration->settings.database_pooled);
}

TEST(Configuration, NamesTheDatabasesThatItTakesAndShowsNoPassword) {
  const std::string problem =
      only_problem(with_flags({{"database.url", "mysql://shop:s3cret@db/shop"}}));
  EXPECT_NE(problem.find("postgresql://"), std::string::npos);
  EXPECT_NE(problem.find("mysql://shop:***@db/shop"), std::string::npos) << problem;
  EXPECT_EQ(problem.find("s3cret"), std::string::npos);
}

TEST(Configuration, NamesTheAddressesOfRedisThatItTakesAndShowsNoPassword) {
  const std::string problem =
      only_problem(with_environment({{"RUSHLINE_REDIS", "memcached://:s3cret@cache:6379"}}));
  EXPECT_NE(problem.find("rediss"), std::string::npos) << problem;
  EXPECT_EQ(problem.find("s3cret"), std::string::npos);
}

TEST(Configuration, SaysEverythingThatIsWrongAtOnce) {
  const TemporaryFile file("[http]\nthread = 4\n");
  const auto refused = configure({.flags = {{"log.level", "loud"}},
                                  .environment = {{"RUSHLINE_LISTENS", "[::1]:0"}},
                                  .file = file.path()});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().fields.size(), 3U);
  EXPECT_TRUE(refused.error().detail.ends_with(" (2 more)")) << refused.error().detail;
}

TEST(Configuration, RefusesAFileThatIsNotThere) {
  const auto refused = configure({.flags = {}, .environment = {}, .file = "no-such.toml"});
  EXPECT_NE(only_problem(refused).find("no-such.toml"), std::string::npos);
}

TEST(Configuration, ShowsValuesWithoutPasswords) {
  const ConfiguredValue value{find_setting("database.url"), "sqlite://u:s3cret@x", Origin::flag,
                              "--database"};
  EXPECT_EQ(shown_text(value), "sqlite://u:***@x");
}

TEST(Environment, GivesOnlyTheVariablesOfRushline) {
  ASSERT_EQ(::setenv("RUSHLINE_TEST_VARIABLE", "a=b", 1), 0);
  const auto variables = rushline_environment();
  ::unsetenv("RUSHLINE_TEST_VARIABLE");
  EXPECT_EQ(variables.at("RUSHLINE_TEST_VARIABLE"), "a=b");
  for (const auto& [name, value] : variables) EXPECT_TRUE(name.starts_with("RUSHLINE_")) << name;
  EXPECT_FALSE(rushline_environment().contains("RUSHLINE_TEST_VARIABLE"));
}

}  // namespace
}  // namespace rushline::runtime
