// toml++ ends here: its exceptions become errors, its tree becomes a list.
#include "runtime/toml_file.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace rushline::runtime {
namespace {

struct Found {
  std::uint32_t line = 0;
  TomlEntry entry;
};

void collect(const toml::table& table, const std::string& prefix, std::string_view file_name,
             std::vector<Found>& found) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const std::uint32_t line = node.source().begin.line;
    if (const auto* const inner = node.as_table(); inner != nullptr && !inner->empty()) {
      collect(*inner, key + ".", file_name, found);
      continue;
    }
    TomlEntry entry{key, {}, TomlEntry::Kind::other, fmt::format("{}:{}", file_name, line)};
    if (const auto* const text = node.as_string()) {
      entry.text = text->get();
      entry.kind = TomlEntry::Kind::text;
    } else if (const auto* const integer = node.as_integer()) {
      entry.text = fmt::format("{}", integer->get());
      entry.kind = TomlEntry::Kind::integer;
    }
    found.push_back({line, std::move(entry)});
  }
}

}  // namespace

Result<std::vector<TomlEntry>> parse_toml(std::string_view content, std::string_view file_name) {
  try {
    const toml::table root = toml::parse(content, file_name);
    std::vector<Found> found;
    collect(root, "", file_name, found);
    std::ranges::stable_sort(found, {}, &Found::line);
    std::vector<TomlEntry> entries;
    entries.reserve(found.size());
    for (Found& one : found) entries.push_back(std::move(one.entry));
    return entries;
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    return fail(Errc::configuration, fmt::format("{}:{}:{} is not TOML: {}.", file_name, at.line,
                                                 at.column, error.description()));
  }
}

Result<std::vector<TomlEntry>> read_toml(const std::filesystem::path& file) {
  std::error_code is_no_file;
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file, is_no_file)) {
    const int reason = errno == 0 ? EISDIR : errno;
    return fail(Errc::configuration,
                fmt::format("The configuration file {} cannot be read: {}. Name another one with "
                            "--config, or start without.",
                            file.string(), std::generic_category().message(reason)));
  }
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  return parse_toml(content, file.string());
}

}  // namespace rushline::runtime
