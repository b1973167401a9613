// The verbs and options of the program as one table, from which the parser, the help and the
// completion are made.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/console.hpp"
#include "app/start_failure.hpp"

namespace rushline::app {

struct Option {
  std::string name;     // "--rate"
  std::string value;    // what stands behind it in the help: "N"; empty = a switch
  std::string help;     // a sentence without a full stop
  std::string usual;    // default as people write it; empty = none
  std::string choices;  // "table json jsonl": for help and completion; empty = free
  bool is_repeatable = false;
};

struct Positional {
  std::string name;  // "ID"
  bool is_required = true;
};

// What stood on the command line, checked against the verb's table.
class Arguments {
 public:
  bool is_set(std::string_view option) const { return options_.contains(option); }
  // The last value given; the option's default when there is one; else nothing.
  std::optional<std::string> value(std::string_view option) const;
  std::vector<std::string> values(std::string_view option) const;
  // Nothing when it was left out.
  std::optional<std::string> positional(std::size_t index) const;

 private:
  friend class CommandLineParser;
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
  std::map<std::string, std::string, std::less<>> usual_;
  std::vector<std::string> positionals_;
};

struct Verb {
  std::string name;     // "event create"
  std::string summary;  // one line of the overview
  std::string details;  // paragraphs of the verb's own help; may be empty
  std::vector<Positional> positionals;
  std::vector<Option> options;
  // Throws StartFailure; otherwise its result is the exit code.
  ExitCode (*run)(const Arguments& arguments, Console& console);
};

// What a command line asks for: exactly one is set.
struct ParsedCommand {
  const Verb* verb = nullptr;
  Arguments arguments;
  std::string help;  // to be printed instead
};

// `words` without the program's name. Throws VerbFailure (ExitCode::usage) for an unknown verb or
// option, with the one that was probably meant, for a missing value and for what is too much.
ParsedCommand parse_command(std::span<const Verb> verbs, std::span<const std::string> words);

// All verbs, or one.
std::string help_text(std::span<const Verb> verbs);
std::string help_text(const Verb& verb);

}  // namespace rushline::app
