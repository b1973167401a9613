// Command lines are read by the table, and what is wrong with one is said with what was meant.
#include "app/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/failure.hpp"

namespace rushline::app {
namespace {

using testing::HasSubstr;

ExitCode nothing(const Arguments&, Console&) { return ExitCode::ok; }

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> table{
      {"event show", "shows one", "", {{"ID"}}, {}, nothing},
      {"event list", "lists them", "", {}, {{"--limit", "N", "at most", "50", "", false}}, nothing},
      {"load",
       "presses",
       "Details.",
       {{"FILE", false}},
       {{"--rate", "N/s", "how many", "", "", false},
        {"--threshold", "BOUND", "a bound", "", "", true},
        {"-o", "FORMAT", "how", "table", "table json", false},
        {"--loud", "", "a switch", "", "", false}},
       nothing}};
  return table;
}

ParsedCommand parse(std::vector<std::string> words) { return parse_command(verbs(), words); }

// What is said of a wrong command line: the sentence and what to do next.
std::string refusal(std::vector<std::string> words) {
  try {
    parse(std::move(words));
  } catch (const VerbFailure& failure) {
    EXPECT_EQ(failure.exit_code(), ExitCode::usage);
    EXPECT_EQ(failure.code(), "usage");
    return std::string(failure.what()) + " | " + failure.next();
  }
  return "taken";
}

TEST(CommandLine, FindsVerbsOfOneAndOfTwoWords) {
  EXPECT_EQ(parse({"load"}).verb->name, "load");
  EXPECT_EQ(parse({"event", "show", "7"}).verb->name, "event show");
  EXPECT_EQ(parse({"event", "show", "7"}).arguments.positional(0), "7");
}

TEST(CommandLine, TakesValuesBehindABlankOrAnEqualsSign) {
  EXPECT_EQ(parse({"load", "--rate", "5"}).arguments.value("--rate"), "5");
  EXPECT_EQ(parse({"load", "--rate=5"}).arguments.value("--rate"), "5");
  EXPECT_EQ(parse({"load", "--threshold=p99<5ms"}).arguments.value("--threshold"), "p99<5ms");
  EXPECT_EQ(parse({"load", "--rate", "-5"}).arguments.value("--rate"), "-5");
}

TEST(CommandLine, KnowsWhatWasGivenAndWhatIsUsual) {
  const Arguments arguments = parse({"load", "--loud"}).arguments;
  EXPECT_TRUE(arguments.is_set("--loud"));
  EXPECT_FALSE(arguments.is_set("-o"));
  EXPECT_EQ(arguments.value("-o"), "table");
  EXPECT_EQ(arguments.value("--rate"), std::nullopt);
  EXPECT_EQ(arguments.positional(0), std::nullopt);
}

TEST(CommandLine, TakesARepeatableOptionAgainAndNoOther) {
  EXPECT_EQ(parse({"load", "--threshold", "a", "--threshold", "b"}).arguments.values("--threshold"),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_THAT(refusal({"load", "--rate", "1", "--rate", "2"}), HasSubstr("--rate is given twice"));
}

TEST(CommandLine, TakesEverythingBehindTwoDashesAsItIs) {
  EXPECT_EQ(parse({"load", "--", "--rate"}).arguments.positional(0), "--rate");
  EXPECT_EQ(parse({"load", "--", "--help"}).arguments.positional(0), "--help");
}

TEST(CommandLine, SuggestsTheVerbAndTheOptionThatWereMeant) {
  EXPECT_THAT(refusal({"laod"}), HasSubstr("did you mean `load`?"));
  EXPECT_THAT(refusal({"event", "lst"}), HasSubstr("did you mean `list`?"));
  EXPECT_THAT(refusal({"load", "--rat", "5"}), HasSubstr("did you mean `--rate`?"));
  EXPECT_THAT(refusal({"load", "--rat=5"}), HasSubstr("did you mean `--rate`?"));
}

TEST(CommandLine, SaysWhatIsMissingOrTooMuch) {
  EXPECT_THAT(refusal({}), HasSubstr("a verb is missing"));
  EXPECT_THAT(refusal({"event"}), HasSubstr("'event' needs one of: show, list"));
  EXPECT_THAT(refusal({"event", "show"}), HasSubstr("'event show' needs ID"));
  EXPECT_THAT(refusal({"event", "show", "1", "2"}), HasSubstr("does not take '2'"));
  EXPECT_THAT(refusal({"load", "--rate"}), HasSubstr("--rate needs a value"));
  EXPECT_THAT(refusal({"load", "--loud=yes"}), HasSubstr("--loud takes no value"));
  EXPECT_THAT(refusal({"load", "-o", "xml"}), HasSubstr("use one of: table, json"));
}

TEST(CommandLine, PrintsHelpInsteadOfWorking) {
  EXPECT_THAT(parse({"--help"}).help, HasSubstr("event list"));
  EXPECT_THAT(parse({"event", "--help"}).help, HasSubstr("shows one"));
  const ParsedCommand help = parse({"load", "--rate", "5", "--help"});
  EXPECT_EQ(help.verb, nullptr);
  EXPECT_THAT(help.help, HasSubstr("usage: rushline load [FILE] [options]"));
  EXPECT_THAT(help.help, HasSubstr("how: table|json (default table)"));
  EXPECT_THAT(help.help, HasSubstr("a bound; may be repeated"));
}

}  // namespace
}  // namespace rushline::app
