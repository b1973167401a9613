// The table of verbs, docs/cli.md, the completion and the exit codes agree.
#include "app/verbs.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "app/completion.hpp"
#include "app/configured.hpp"
#include "app/failure.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rushline::app {
namespace {

using testing::HasSubstr;

std::string read(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Described in docs/config.md. Another option may have the name of a setting's flag.
bool is_setting(const Option& option) {
  for (const Option& setting : setting_options()) {
    if (setting.name == option.name && setting.help == option.help) return true;
  }
  return false;
}

// The section of docs/cli.md that is headed by the verb.
std::string section_of(const std::string& page, const std::string& verb) {
  const std::string heading = "\n### " + verb + "\n";
  const std::size_t begin = page.find(heading);
  if (begin == std::string::npos) return {};
  const std::size_t end = page.find("\n### ", begin + heading.size());
  return page.substr(begin, end - begin);
}

TEST(Verbs, AreAllInThePageWithEveryOptionOfTheirOwn) {
  const std::string page = read(RUSHLINE_SOURCE_DIR "/docs/cli.md");
  std::set<std::string> in_table;
  for (const Verb& verb : all_verbs()) {
    in_table.insert(verb.name);
    const std::string section = section_of(page, verb.name);
    EXPECT_THAT(section, HasSubstr(verb.summary)) << verb.name;
    for (const Option& option : verb.options) {
      if (is_setting(option)) continue;
      const std::string left =
          option.value.empty() ? option.name : option.name + " " + option.value;
      EXPECT_THAT(section, HasSubstr(fmt::format("`{}` | {}", left, option.help))) << verb.name;
      if (!option.usual.empty()) {
        EXPECT_THAT(section, HasSubstr(fmt::format("`{}` |", option.usual))) << left;
      }
    }
  }
  std::size_t at = 0;
  while ((at = page.find("\n### ", at)) != std::string::npos) {
    at += 5;
    EXPECT_TRUE(in_table.contains(page.substr(at, page.find('\n', at) - at)))
        << "docs/cli.md describes a verb that does not exist";
  }
}

TEST(Verbs, HaveOptionsThatCanBeToldApart) {
  for (const Verb& verb : all_verbs()) {
    std::set<std::string> names;
    for (const Option& option : verb.options) {
      EXPECT_TRUE(names.insert(option.name).second) << verb.name << " " << option.name;
      EXPECT_FALSE(option.help.empty() || option.help.ends_with('.')) << option.name;
    }
  }
}

TEST(Completion, KnowsEveryVerbAndEveryOption) {
  const std::string script = bash_completion(all_verbs());
  for (const Verb& verb : all_verbs()) {
    EXPECT_THAT(script, HasSubstr("['" + verb.name + "']='"));
    for (const Option& option : verb.options) EXPECT_THAT(script, HasSubstr(option.name));
  }
}

// Asks bash itself what it would offer for the words typed so far.
std::string offered(const std::string& words, int at) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "completion") << bash_completion(all_verbs());
  const std::string command = fmt::format(
      "bash --norc -c 'source {0}; COMP_WORDS=({1}); COMP_CWORD={2}; _rushline; "
      "echo \"${{COMPREPLY[@]}}\"' > {3}",
      folder / "completion", words, at, folder / "offered");
  EXPECT_EQ(std::system(command.c_str()), 0);
  return read(folder / "offered");
}

TEST(Completion, OffersVerbsOptionsAndChoices) {
  EXPECT_EQ(offered("rushline ver", 1), "verify version\n");
  EXPECT_EQ(offered("rushline event c", 2), "close create\n");
  EXPECT_EQ(offered("rushline load --thr", 2), "--threshold\n");
  EXPECT_EQ(offered("rushline event list -o j", 4), "json jsonl\n");
}

TEST(ExitCodes, AreThoseOfTheContract) {
  EXPECT_EQ(exit_code_of(Errc::configuration), ExitCode::configuration);
  EXPECT_EQ(exit_code_of(Errc::unavailable), ExitCode::unreachable);
  EXPECT_EQ(exit_code_of(Errc::timed_out), ExitCode::timed_out);
  EXPECT_EQ(exit_code_of(Errc::event_closed), ExitCode::refused);
  EXPECT_EQ(exit_code_of(Errc::not_found), ExitCode::refused);
  EXPECT_EQ(static_cast<int>(ExitCode::discrepancy), 6);
  EXPECT_EQ(static_cast<int>(ExitCode::threshold_missed), 7);
}

}  // namespace
}  // namespace rushline::app
