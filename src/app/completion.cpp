// Writes the bash completion; see completion.hpp.
#include "app/completion.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "app/verbs.hpp"

namespace rushline::app {
namespace {

// Everything that is the same whatever the verbs are.
constexpr std::string_view body = R"(
_rushline() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local first=${COMP_WORDS[1]} second=${COMP_WORDS[2]} verb words
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "$_rushline_verbs" -- "$current"))
    return
  fi
  if [[ -n ${_rushline_groups[$first]} ]]; then
    if ((COMP_CWORD == 2)); then
      COMPREPLY=($(compgen -W "${_rushline_groups[$first]}" -- "$current"))
      return
    fi
    verb="$first $second"
  else
    verb=$first
  fi
  words=${_rushline_choices[$verb $previous]}
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "${_rushline_options[$verb]} --help" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _rushline rushline
)";

std::string joined(const std::set<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

std::string bash_completion(std::span<const Verb> verbs) {
  std::set<std::string> first_words;
  std::map<std::string, std::set<std::string>> groups;
  std::string options;
  std::string choices;
  for (const Verb& verb : verbs) {
    const std::size_t blank = verb.name.find(' ');
    first_words.insert(verb.name.substr(0, blank));
    if (blank != std::string::npos) {
      groups[verb.name.substr(0, blank)].insert(verb.name.substr(blank + 1));
    }
    std::string names;
    for (const Option& option : verb.options) {
      names += (names.empty() ? "" : " ") + option.name;
      if (!option.choices.empty()) {
        choices += fmt::format("  ['{} {}']='{}'\n", verb.name, option.name, option.choices);
      }
    }
    options += fmt::format("  ['{}']='{}'\n", verb.name, names);
  }
  std::string group_lines;
  for (const auto& [name, words] : groups) {
    group_lines += fmt::format("  ['{}']='{}'\n", name, joined(words));
  }
  return fmt::format(
      "# bash completion of rushline, made by `rushline completion bash`\n"
      "_rushline_verbs='{}'\n"
      "declare -A _rushline_groups=(\n{})\n"
      "declare -A _rushline_options=(\n{})\n"
      "declare -A _rushline_choices=(\n{})\n{}",
      joined(first_words), group_lines, options, choices, body.substr(1));
}

ExitCode completion_bash(const Arguments&, Console& console) {
  console.out.write(bash_completion(all_verbs()));
  return ExitCode::ok;
}

}  // namespace rushline::app
