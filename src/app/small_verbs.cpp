// The verbs that say or make one small thing: `version`, `key create`.
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <span>
#include <string>

#include "app/failure.hpp"
#include "app/output.hpp"
#include "app/private_file.hpp"
#include "app/values.hpp"
#include "app/verbs.hpp"
#include "http/access.hpp"
#include "http/shopper_token.hpp"
#include "runtime/version.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

// Shows what was made, and adds its line to the file of --keys.
ExitCode hand_out(const Arguments& arguments, Console& console, const json::object& made,
                  std::span<const Column> columns, std::string_view where_it_belongs) {
  const auto path = arguments.value("--keys");
  if (path) append_to_private_file(*path, std::string(made.at("line").as_string()) + "\n");
  print_one(console.out, format_of(arguments), made, columns);
  console.err.line(path ? fmt::format("the line is in {}", *path)
                        : fmt::format("add the line to the file of {}", where_it_belongs));
  return ExitCode::ok;
}

ExitCode create_key(const std::string& name, const Arguments& arguments, Console& console) {
  const Result<http::Scope> scopes = http::parse_scopes(text_of(arguments, "--scopes"));
  if (scopes.has_error()) {
    throw usage_failure(fmt::format("--scopes cannot be '{}'", text_of(arguments, "--scopes")),
                        "use shop, admin or shop,admin");
  }
  const std::string key = value_or_fail(http::generate_key());
  const json::object made{{"name", name},
                          {"scopes", http::scopes_text(*scopes)},
                          {"key", key},
                          {"line", http::key_line(name, *scopes, http::hash_key(key))}};
  const std::array<Column, 4> columns{
      {{"name", "name"}, {"scopes", "scopes"}, {"key", "key"}, {"line", "line"}}};
  return hand_out(arguments, console, made, columns, "`serve --keys`; the key is shown only now");
}

ExitCode create_secret(const std::string& name, const Arguments& arguments, Console& console) {
  const std::string secret = value_or_fail(http::generate_key());
  const json::object made{
      {"name", name}, {"secret", secret}, {"line", http::shopper_secret_line(name, secret)}};
  const std::array<Column, 3> columns{{{"name", "name"}, {"secret", "secret"}, {"line", "line"}}};
  return hand_out(arguments, console, made, columns,
                  "`serve --shopper-secrets`, and give the secret to the shop's backend, which "
                  "signs with it");
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
  return arguments.is_set("--shopper") ? create_secret(name, arguments, console)
                                       : create_key(name, arguments, console);
}

}  // namespace rushline::app
