// The file becomes keys and texts, each with the line it stands on.
#include "runtime/toml_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace rushline::runtime {
namespace {

using Kind = TomlEntry::Kind;

TEST(TomlFile, GivesKeysWithTheirTablesInTheOrderOfTheLines) {
  const auto entries = parse_toml(
      "listen = \"127.0.0.1:1\"\n"
      "[http]\n"
      "threads = 4\n"
      "connections_max = 20_000\n"
      "[log]\n"
      "level = 'debug'\n",
      "a.toml");
  ASSERT_TRUE(entries.has_value());
  const std::vector<TomlEntry> right{
      {"listen", "127.0.0.1:1", Kind::text, "a.toml:1"},
      {"http.threads", "4", Kind::integer, "a.toml:3"},
      {"http.connections_max", "20000", Kind::integer, "a.toml:4"},
      {"log.level", "debug", Kind::text, "a.toml:6"},
  };
  EXPECT_EQ(*entries, right);
}

TEST(TomlFile, TakesDottedKeysAndInlineTablesAlike) {
  const auto entries = parse_toml("http.threads = 4\nlog = { level = \"off\" }\n", "a.toml");
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].key, "http.threads");
  EXPECT_EQ((*entries)[1].key, "log.level");
}

TEST(TomlFile, KeepsWhatIsNeitherTextNorInteger) {
  const auto entries = parse_toml("a = true\nb = 1.5\nc = [1]\nd = 2026-01-01\n[e]\n", "a.toml");
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 5U);
  for (const TomlEntry& entry : *entries) EXPECT_EQ(entry.kind, Kind::other) << entry.key;
}

TEST(TomlFile, PointsAtTheLineAndColumnThatIsNoToml) {
  const auto broken = parse_toml("listen = \"x\"\nthreads = = 4\n", "a.toml");
  ASSERT_TRUE(broken.has_error());
  EXPECT_EQ(broken.error().code, Errc::configuration);
  EXPECT_TRUE(broken.error().detail.starts_with("a.toml:2:")) << broken.error().detail;
}

TEST(TomlFile, RefusesAKeyThatStandsTwice) {
  EXPECT_TRUE(parse_toml("listen = \"a\"\nlisten = \"b\"\n", "a.toml").has_error());
}

TEST(TomlFile, SaysWhyAFileCannotBeRead) {
  const auto missing = read_toml("no-such-folder/rushline.toml");
  ASSERT_TRUE(missing.has_error());
  EXPECT_EQ(missing.error().code, Errc::configuration);
  EXPECT_NE(missing.error().detail.find("no-such-folder/rushline.toml"), std::string::npos);
  EXPECT_NE(missing.error().detail.find("No such file"), std::string::npos);

  const auto folder = read_toml(std::filesystem::temp_directory_path());
  ASSERT_TRUE(folder.has_error());
  EXPECT_NE(folder.error().detail.find("directory"), std::string::npos) << folder.error().detail;
}

}  // namespace
}  // namespace rushline::runtime
