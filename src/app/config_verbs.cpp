// The verbs `config show` and `config validate`.
#include <boost/json.hpp>
#include <vector>

#include "app/configured.hpp"
#include "app/failure.hpp"
#include "app/key_files.hpp"
#include "app/output.hpp"
#include "app/verbs.hpp"
#include "http/cors.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

}  // namespace

ExitCode config_show(const Arguments& arguments, Console& console) {
  const runtime::Configuration configuration = configuration_of(arguments);
  const bool tells_origin = arguments.is_set("--origin");
  json::array settings;
  for (const runtime::ConfiguredValue& value : configuration.values) {
    json::object setting{{"key", value.setting->key}, {"value", runtime::shown_text(value)}};
    if (tells_origin) setting["origin"] = value.where;
    settings.push_back(std::move(setting));
  }
  std::vector<Column> columns{{"KEY", "key"}, {"VALUE", "value"}};
  if (tells_origin) columns.push_back({"ORIGIN", "origin"});
  print_list(console.out, format_of(arguments), settings, columns);
  return ExitCode::ok;
}

ExitCode config_validate(const Arguments& arguments, Console& console) {
  const runtime::Configuration configuration = configuration_of(arguments);
  value_or_fail(runtime::check_exposure(configuration.settings));
  value_or_fail(runtime::check_shopper_secrets(configuration.settings));
  value_or_fail(KeyFiles(configuration.settings).read());
  value_or_fail(http::Cors::for_origins(configuration.settings.http_cors_origins));
  value_or_fail(runtime::check_redis(configuration.settings));
  console.err.line("the settings are valid");
  return ExitCode::ok;
}

}  // namespace rushline::app
