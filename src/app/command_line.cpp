// Reads command lines by the table of verbs, and prints that table as help.
#include "app/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/failure.hpp"
#include "runtime/did_you_mean.hpp"

namespace rushline::app {
namespace {

bool is_help(std::string_view word) { return word == "--help" || word == "-h"; }

std::string meant(std::string_view word, const std::vector<std::string_view>& candidates,
                  std::string otherwise) {
  const auto found = runtime::did_you_mean(word, candidates);
  return found ? fmt::format("did you mean `{}`?", *found) : std::move(otherwise);
}

std::size_t word_count(std::string_view name) {
  return 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), ' '));
}

std::string joined(std::span<const std::string> words, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < std::min(count, words.size()); ++i) {
    text += (i == 0 ? "" : " ") + words[i];
  }
  return text;
}

const Verb* find_verb(std::span<const Verb> verbs, std::span<const std::string> words) {
  for (const Verb& verb : verbs) {
    if (joined(words, word_count(verb.name)) == verb.name) return &verb;
  }
  return nullptr;
}

// The verbs of a group such as `event`; empty when there is no such group.
std::vector<const Verb*> group_of(std::span<const Verb> verbs, std::string_view first_word) {
  std::vector<const Verb*> group;
  for (const Verb& verb : verbs) {
    if (verb.name.starts_with(std::string(first_word) + " ")) group.push_back(&verb);
  }
  return group;
}

std::string verb_lines(std::span<const Verb* const> verbs) {
  std::string text;
  for (const Verb* verb : verbs) text += fmt::format("  {:<18}{}\n", verb->name, verb->summary);
  return text;
}

std::string group_help(std::span<const Verb* const> group) {
  return fmt::format("{}\n`rushline {} --help` tells the options of the first, and so on.\n",
                     verb_lines(group), group.front()->name);
}

[[noreturn]] void fail_unknown_verb(std::span<const Verb> verbs,
                                    std::span<const std::string> words) {
  std::vector<std::string_view> names;
  const std::vector<const Verb*> group = group_of(verbs, words[0]);
  if (group.empty()) {
    for (const Verb& verb : verbs) {
      names.push_back(std::string_view(verb.name).substr(0, verb.name.find(' ')));
    }
    throw usage_failure(fmt::format("there is no verb '{}'", words[0]),
                        meant(words[0], names, "see `rushline --help`"));
  }
  std::string all;
  for (const Verb* verb : group) {
    names.push_back(std::string_view(verb->name).substr(verb->name.find(' ') + 1));
    all += fmt::format("{}{}", all.empty() ? "" : ", ", names.back());
  }
  if (words.size() < 2 || words[1].starts_with("-")) {
    throw usage_failure(fmt::format("'{}' needs one of: {}", words[0], all),
                        fmt::format("see `rushline {} --help`", words[0]));
  }
  throw usage_failure(fmt::format("there is no '{} {}'", words[0], words[1]),
                      meant(words[1], names, fmt::format("'{}' has: {}", words[0], all)));
}

const Option* find_option(const Verb& verb, std::string_view name) {
  for (const Option& option : verb.options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::string usage_line(const Verb& verb) {
  std::string text = "rushline " + verb.name;
  for (const Positional& positional : verb.positionals) {
    text += positional.is_required ? " " + positional.name : " [" + positional.name + "]";
  }
  if (!verb.options.empty()) text += " [options]";
  return text;
}

}  // namespace

// Reads the words behind the verb.
class CommandLineParser {
 public:
  CommandLineParser(const Verb& verb, std::span<const std::string> words)
      : verb_(verb), words_(words) {}

  Arguments parse() {
    for (const Option& option : verb_.options) {
      if (!option.usual.empty()) arguments_.usual_.emplace(option.name, option.usual);
    }
    while (position_ < words_.size()) {
      const std::string& word = words_[position_++];
      if (word == "--") {
        while (position_ < words_.size()) take_positional(words_[position_++]);
      } else if (word.size() > 1 && word[0] == '-') {
        take_option(word);
      } else {
        take_positional(word);
      }
    }
    for (std::size_t i = arguments_.positionals_.size(); i < verb_.positionals.size(); ++i) {
      if (verb_.positionals[i].is_required) {
        throw usage_failure(fmt::format("'{}' needs {}", verb_.name, verb_.positionals[i].name),
                            "usage: " + usage_line(verb_));
      }
    }
    return std::move(arguments_);
  }

 private:
  void take_positional(const std::string& word) {
    if (arguments_.positionals_.size() == verb_.positionals.size()) {
      throw usage_failure(fmt::format("'{}' does not take '{}'", verb_.name, word),
                          "usage: " + usage_line(verb_));
    }
    arguments_.positionals_.push_back(word);
  }

  // "--name value" or "--name=value".
  void take_option(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Option* option = find_option(verb_, name);
    if (option == nullptr) {
      std::vector<std::string_view> names;
      for (const Option& known : verb_.options) names.emplace_back(known.name);
      throw usage_failure(fmt::format("'{}' has no option {}", verb_.name, name),
                          meant(name, names, fmt::format("see `rushline {} --help`", verb_.name)));
    }
    std::vector<std::string>& values = arguments_.options_[name];
    if (!values.empty() && !option->is_repeatable) {
      throw usage_failure(fmt::format("{} is given twice", name), "leave one of them out");
    }
    if (option->value.empty()) {
      if (equals != std::string::npos) {
        throw usage_failure(fmt::format("{} takes no value", name),
                            fmt::format("write {} alone", name));
      }
      values.emplace_back();
    } else if (equals != std::string::npos) {
      values.push_back(word.substr(equals + 1));
    } else if (position_ < words_.size()) {
      values.push_back(words_[position_++]);
    } else {
      throw usage_failure(fmt::format("{} needs a value", name),
                          fmt::format("write {} {}", name, option->value));
    }
    check_choice(*option, values.back());
  }

  static void check_choice(const Option& option, const std::string& value) {
    if (option.choices.empty()) return;
    std::vector<std::string_view> choices;
    std::string_view rest = option.choices;
    while (!rest.empty()) {
      const std::size_t end = rest.find(' ');
      choices.push_back(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
      throw usage_failure(fmt::format("{} cannot be '{}'", option.name, value),
                          fmt::format("use one of: {}", fmt::join(choices, ", ")));
    }
  }

  const Verb& verb_;
  const std::span<const std::string> words_;
  std::size_t position_ = 0;
  Arguments arguments_;
};

std::optional<std::string> Arguments::value(std::string_view option) const {
  if (const auto found = options_.find(option); found != options_.end()) {
    return found->second.back();
  }
  if (const auto found = usual_.find(option); found != usual_.end()) return found->second;
  return std::nullopt;
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::string> Arguments::positional(std::size_t index) const {
  if (index >= positionals_.size()) return std::nullopt;
  return positionals_[index];
}

ParsedCommand parse_command(std::span<const Verb> verbs, std::span<const std::string> words) {
  if (words.empty()) throw usage_failure("a verb is missing", "see `rushline --help`");
  if (is_help(words[0]) || words[0] == "help") {
    return {.verb = nullptr, .arguments = {}, .help = help_text(verbs)};
  }
  const Verb* verb = find_verb(verbs, words);
  if (verb == nullptr) {
    const std::vector<const Verb*> group = group_of(verbs, words[0]);
    if (!group.empty() && words.size() > 1 && is_help(words[1])) {
      return {.verb = nullptr, .arguments = {}, .help = group_help(group)};
    }
    fail_unknown_verb(verbs, words);
  }
  const std::span<const std::string> rest = words.subspan(word_count(verb->name));
  const auto end = std::find(rest.begin(), rest.end(), "--");
  if (std::any_of(rest.begin(), end, is_help)) {
    return {.verb = nullptr, .arguments = {}, .help = help_text(*verb)};
  }
  return {.verb = verb, .arguments = CommandLineParser(*verb, rest).parse(), .help = {}};
}

std::string help_text(std::span<const Verb> verbs) {
  std::vector<const Verb*> all;
  for (const Verb& verb : verbs) all.push_back(&verb);
  return "Rushline: best-seller lists and first-come-first-served coupon drops.\n\n"
         "usage: rushline VERB [options]\n\n" +
         verb_lines(all) +
         "\n`rushline VERB --help` tells the options of a verb. Data goes to stdout, talk to "
         "stderr.\nExit codes: 0 ok, 1 internal, 2 usage, 3 configuration, 4 unreachable, "
         "5 refused,\n6 verification found a discrepancy, 7 threshold missed, 8 degraded, "
         "9 timed out.\n";
}

std::string help_text(const Verb& verb) {
  std::string text = fmt::format("{}\n\nusage: {}\n", verb.summary, usage_line(verb));
  if (!verb.details.empty()) text += "\n" + verb.details + "\n";
  text += "\noptions:\n";
  for (const Option& option : verb.options) {
    const std::string left = option.value.empty() ? option.name : option.name + " " + option.value;
    text += fmt::format("  {:<28}{}", left, option.help);
    if (!option.choices.empty()) {
      std::string choices = option.choices;
      std::replace(choices.begin(), choices.end(), ' ', '|');
      text += fmt::format(": {}", choices);
    }
    if (option.is_repeatable) text += "; may be repeated";
    if (!option.usual.empty()) text += fmt::format(" (default {})", option.usual);
    text += "\n";
  }
  return text + fmt::format("  {:<28}{}\n", "--help", "shows this");
}

}  // namespace rushline::app
