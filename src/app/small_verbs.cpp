// The verbs that say or make one small thing: `version`, `key create`.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>

#include "app/failure.hpp"
#include "app/output.hpp"
#include "app/values.hpp"
#include "app/verbs.hpp"
#include "http/access.hpp"
#include "runtime/version.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

// Adds the line to the file, which only its owner may read.
void append_line(const std::string& path, const std::string& line) {
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  const std::string text = line + "\n";
  const bool is_written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  const bool is_closed = file < 0 || ::close(file) == 0;
  if (!is_written || !is_closed) {
    throw VerbFailure(ExitCode::configuration, "configuration",
                      fmt::format("the key cannot be added to {}: {}", path, std::strerror(error)),
                      "name a file in a folder that you may write to");
  }
}

}  // namespace

ExitCode version_verb(const Arguments& arguments, Console& console) {
  const json::value version{{"version", runtime::version()}, {"commit", runtime::commit()}};
  if (format_of(arguments) == Format::table) {
    console.out.line(fmt::format("rushline {} ({})", runtime::version(), runtime::commit()));
  } else {
    console.out.line(json::serialize(version));
  }
  return ExitCode::ok;
}

ExitCode key_create(const Arguments& arguments, Console& console) {
  const std::string name = arguments.positional(0).value_or("");
  if (!http::is_key_name(name)) {
    throw usage_failure(fmt::format("a key cannot be called '{}'", name),
                        "use 1 to 64 of A-Z a-z 0-9 . _ : @ -");
  }
  const Result<http::Scope> scopes = http::parse_scopes(text_of(arguments, "--scopes"));
  if (scopes.has_error()) {
    throw usage_failure(fmt::format("--scopes cannot be '{}'", text_of(arguments, "--scopes")),
                        "use shop, admin or shop,admin");
  }
  const std::string key = value_or_fail(http::generate_key());
  const std::string line = http::key_line(name, *scopes, http::hash_key(key));
  const auto path = arguments.value("--keys");
  if (path) append_line(*path, line);

  const json::value made{
      {"name", name}, {"scopes", http::scopes_text(*scopes)}, {"key", key}, {"line", line}};
  const std::array<Column, 4> columns{
      {{"name", "name"}, {"scopes", "scopes"}, {"key", "key"}, {"line", "line"}}};
  print_one(console.out, format_of(arguments), made, columns);
  console.err.line(path ? fmt::format("the line is in {}; the key is shown only now", *path)
                        : "add the line to the file of `serve --keys`; the key is shown only now");
  return ExitCode::ok;
}

}  // namespace rushline::app
