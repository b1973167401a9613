// The configuration file as plain keys and texts. The only place that knows TOML.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rushline::runtime {

// One value of the file, in no table any more.
struct TomlEntry {
  enum class Kind : std::uint8_t { text, integer, other };

  std::string key;  // with the names of its tables: "http.threads"
  std::string text;
  Kind kind = Kind::text;
  std::string where;  // "rushline.toml:3"

  friend bool operator==(const TomlEntry&, const TomlEntry&) = default;
};

// In the order of the lines; a table without values is an entry of kind other, so that a misspelt
// one is noticed. Errc::configuration, with file, line and column, when it cannot be read or is no
// TOML.
Result<std::vector<TomlEntry>> read_toml(const std::filesystem::path& file);
Result<std::vector<TomlEntry>> parse_toml(std::string_view content, std::string_view file_name);

}  // namespace rushline::runtime
