// Layers the sources, collects everything that is wrong, and says it all at once.
#include "runtime/configuration.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/assert.hpp"
#include "runtime/did_you_mean.hpp"
#include "runtime/redact.hpp"
#include "runtime/toml_file.hpp"

namespace rushline::runtime {
namespace {

constexpr std::string_view variable_prefix = "RUSHLINE_";
constexpr std::string_view file_variable = "RUSHLINE_CONFIG";

constexpr std::array<OtherVariable, 3> other_variable_table = {{
    {file_variable, "The configuration file, when `--config` does not name one."},
    {"RUSHLINE_KEY", "The API key of verbs that talk to a server."},
    {"RUSHLINE_FAIL_POINT", "For tests: where the process shall end itself."},
}};

// Tables that may also be written as the text of their url: database = "sqlite:..."
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> short_keys = {{
    {"database", "database.url"},
    {"redis", "redis.url"},
}};

class Problems {
 public:
  void add(std::string_view field, std::string message) {
    all_.push_back({std::string(field), std::move(message)});
  }

  void add_unknown(std::string_view kind, std::string_view name, std::string_view where,
                   std::span<const std::string_view> candidates) {
    const auto meant = did_you_mean(name, candidates);
    add(name, fmt::format("unknown {} {}{}; {}", kind, name,
                          where.empty() ? std::string() : fmt::format(" ({})", where),
                          meant ? fmt::format("did you mean {}?", *meant)
                                : std::string("docs/config.md lists what there is.")));
  }

  // The first problem as a sentence; all of them as fields.
  std::optional<Error> outcome() && {
    if (all_.empty()) return std::nullopt;
    std::string detail = all_.front().message;
    if (all_.size() > 1) detail += fmt::format(" ({} more)", all_.size() - 1);
    return Error{Errc::configuration, std::move(detail), std::move(all_)};
  }

 private:
  std::vector<FieldError> all_;
};

std::vector<std::string_view> names_of(std::string_view Setting::*name) {
  std::vector<std::string_view> names;
  for (const Setting& setting : all_settings()) names.push_back(setting.*name);
  return names;
}

std::string_view long_key(std::string_view key) {
  for (const auto& [short_key, meant] : short_keys) {
    if (key == short_key) return meant;
  }
  return key;
}

// "http.threads = 'many' (--http-threads) must be an integer from 0 to 256"
std::string refusal(const ConfiguredValue& value, std::string_view why) {
  return fmt::format("{} = '{}' ({}) {}.", value.setting->key, shown_text(value), value.where, why);
}

void take(const ConfiguredValue& value, Settings& settings, Problems& problems) {
  const Setting& setting = *value.setting;
  if (!setting.is_number()) {
    const auto refused = setting.take_text(settings, value.text);
    if (refused) problems.add(setting.key, refusal(value, *refused));
    return;
  }
  std::int64_t number = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [stopped, error] = std::from_chars(value.text.data(), end, number);
  if (error != std::errc{} || stopped != end || number < setting.min || number > setting.max) {
    problems.add(setting.key, refusal(value, fmt::format("must be {}", allowed_values(setting))));
    return;
  }
  setting.take_number(settings, number);
}

// The winning value of each setting while the sources are laid over one another.
class Layers {
 public:
  Layers() {
    for (const Setting& setting : all_settings()) {
      values_.push_back(
          {&setting, std::string(setting.default_text), Origin::by_default, "default"});
    }
  }

  void put(const Setting& setting, std::string text, Origin origin, std::string where) {
    const auto index = static_cast<std::size_t>(&setting - all_settings().data());
    values_[index] = {&setting, std::move(text), origin, std::move(where)};
  }

  std::vector<ConfiguredValue> values() && { return std::move(values_); }

 private:
  std::vector<ConfiguredValue> values_;
};

void lay_file(const std::filesystem::path& file, Layers& layers, Problems& problems) {
  auto entries = read_toml(file);
  if (entries.has_error()) {
    problems.add("config", entries.error().detail);
    return;
  }
  const auto keys = names_of(&Setting::key);
  for (TomlEntry& entry : *entries) {
    const Setting* const setting =
        find_setting(entry.kind == TomlEntry::Kind::text ? long_key(entry.key) : entry.key);
    if (setting == nullptr) {
      problems.add_unknown("key", entry.key, entry.where, keys);
      continue;
    }
    const auto right = setting->is_number() ? TomlEntry::Kind::integer : TomlEntry::Kind::text;
    if (entry.kind != right) {
      problems.add(setting->key, fmt::format("{} ({}) must be {}.", setting->key, entry.where,
                                             right == TomlEntry::Kind::integer
                                                 ? allowed_values(*setting) + ", without quotes"
                                                 : std::string("a text in quotes")));
      continue;
    }
    layers.put(*setting, std::move(entry.text), Origin::file, std::move(entry.where));
  }
}

// A variable that is close to a known one is a mistake; any other is somebody else's business: an
// orchestrator sets RUSHLINE_SERVICE_HOST and the like for a service of that name.
void lay_environment(const std::map<std::string, std::string>& environment, Layers& layers,
                     Problems& problems) {
  constexpr std::size_t prefix = std::string_view("RUSHLINE_").size();
  auto names = names_of(&Setting::environment);
  for (const OtherVariable& other : other_variable_table) names.push_back(other.name);
  // Compared without what all of them begin with.
  auto words = names;
  for (std::string_view& word : words) word.remove_prefix(prefix);
  for (const auto& [name, text] : environment) {
    const auto settings = all_settings();
    const auto setting = std::ranges::find(settings, name, &Setting::environment);
    if (setting != settings.end()) {
      layers.put(*setting, text, Origin::environment, name);
    } else if (std::ranges::find(names, name) == names.end() &&
               did_you_mean(std::string_view(name).substr(prefix), words)) {
      problems.add_unknown("environment variable", name, "", names);
    }
  }
}

std::optional<std::filesystem::path> file_of(const ConfigurationSources& sources) {
  if (sources.file) return sources.file;
  const auto named = sources.environment.find(std::string(file_variable));
  if (named == sources.environment.end() || named->second.empty()) return std::nullopt;
  return named->second;
}

}  // namespace

std::string shown_text(const ConfiguredValue& value) {
  return value.setting->may_hold_secret ? redact_url(value.text) : value.text;
}

Result<Configuration> configure(const ConfigurationSources& sources) {
  Layers layers;
  Problems problems;
  if (const auto file = file_of(sources)) lay_file(*file, layers, problems);
  lay_environment(sources.environment, layers, problems);
  for (const auto& [key, text] : sources.flags) {
    const Setting* const setting = find_setting(key);
    RUSHLINE_ASSERT(setting != nullptr);
    layers.put(*setting, text, Origin::flag, std::string(setting->flag));
  }

  Configuration configuration;
  configuration.values = std::move(layers).values();
  for (const ConfiguredValue& value : configuration.values) {
    take(value, configuration.settings, problems);
  }
  if (auto error = std::move(problems).outcome()) return std::move(*error);
  return configuration;
}

std::map<std::string, std::string> rushline_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with(variable_prefix) || equals == std::string_view::npos) continue;
    variables.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return variables;
}

std::span<const OtherVariable> other_variables() { return other_variable_table; }

}  // namespace rushline::runtime
