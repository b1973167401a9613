// How the settings of a start come together: flags over environment over file over default.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "runtime/settings.hpp"

namespace rushline::runtime {

enum class Origin : std::uint8_t { by_default, file, environment, flag };

// Which value won, and where it came from.
struct ConfiguredValue {
  const Setting* setting = nullptr;  // row of the table, never null
  std::string text;                  // as it was given
  Origin origin = Origin::by_default;
  std::string where;  // "default", "rushline.toml:3", "RUSHLINE_LISTEN", "--listen"
};

// The text as anybody may see it: without passwords.
std::string shown_text(const ConfiguredValue& value);

struct Configuration {
  Settings settings;
  std::vector<ConfiguredValue> values;  // one per setting, in the order of the table
};

struct ConfigurationSources {
  std::map<std::string, std::string> flags;        // key of the setting → text
  std::map<std::string, std::string> environment;  // variables whose name begins with RUSHLINE_
  std::optional<std::filesystem::path> file;       // --config; else RUSHLINE_CONFIG names it
};

// Errc::configuration with a sentence about the first thing that is wrong; `fields` holds every
// one: a key that is unknown (with the one that was probably meant), a value that cannot be, with
// its origin and what would be right, a file that cannot be read. Secrets are taken out.
Result<Configuration> configure(const ConfigurationSources& sources);

// The RUSHLINE_ variables of this process. Not while another thread changes the environment.
std::map<std::string, std::string> rushline_environment();

// Variables that are no settings, and what they are for: known, so never "unknown".
struct OtherVariable {
  std::string_view name;
  std::string_view description;
};
std::span<const OtherVariable> other_variables();

}  // namespace rushline::runtime
