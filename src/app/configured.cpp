// Turns rows of the table of settings into options, and options into settings.
#include "app/configured.hpp"

#include <algorithm>

#include "app/failure.hpp"

namespace rushline::app {
namespace {

Option config_option() {
  return {.name = "--config",
          .value = "FILE",
          .help = "TOML file with settings",
          .usual = {},
          .choices = {}};
}

// The help shows the defaults; they are not given as if they had been typed.
Option to_option(const runtime::Setting& setting) {
  std::string help(setting.description);
  if (help.ends_with('.')) help.pop_back();
  if (!setting.default_text.empty()) {
    help += " (default ";
    help += setting.default_text;
    if (!setting.unit.empty()) help += " " + std::string(setting.unit);
    help += ")";
  }
  return {.name = std::string(setting.flag),
          .value = setting.is_number() ? "N" : "TEXT",
          .help = std::move(help),
          .usual = {},
          .choices = {}};
}

}  // namespace

std::vector<Option> setting_options() {
  std::vector<Option> options{config_option()};
  for (const runtime::Setting& setting : runtime::all_settings()) {
    options.push_back(to_option(setting));
  }
  return options;
}

std::vector<Option> setting_options(std::initializer_list<std::string_view> keys) {
  std::vector<Option> options;
  for (const runtime::Setting& setting : runtime::all_settings()) {
    if (std::find(keys.begin(), keys.end(), setting.key) != keys.end()) {
      options.push_back(to_option(setting));
    }
  }
  options.push_back(config_option());
  return options;
}

runtime::Configuration configuration_of(const Arguments& arguments) {
  runtime::ConfigurationSources sources;
  sources.environment = runtime::rushline_environment();
  if (const auto file = arguments.value("--config")) sources.file = *file;
  for (const runtime::Setting& setting : runtime::all_settings()) {
    if (const auto text = arguments.value(setting.flag)) {
      sources.flags.emplace(setting.key, *text);
    }
  }
  Result<runtime::Configuration> configuration = runtime::configure(sources);
  if (configuration.has_error()) throw StartFailure(configuration.error());
  return std::move(*configuration);
}

}  // namespace rushline::app
