// The verbs `event create|list|show|pause|resume|close`.
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "app/failure.hpp"
#include "app/output.hpp"
#include "app/remote.hpp"
#include "app/values.hpp"
#include "app/verbs.hpp"
#include "core/limits.hpp"
#include "core/money.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

const std::array<Column, 6> list_columns{{{"ID", "coupon_event_id", true},
                                          {"NAME", "name"},
                                          {"STATE", "state"},
                                          {"ISSUED", "issued", true},
                                          {"QUANTITY", "quantity", true},
                                          {"OPENS", "opens_at"}}};

const std::array<Column, 13> event_columns{{{"id", "coupon_event_id"},
                                            {"name", "name"},
                                            {"state", "state"},
                                            {"quantity", "quantity"},
                                            {"issued", "issued"},
                                            {"remaining", "remaining"},
                                            {"waiting", "waiting"},
                                            {"discount", "discount.type"},
                                            {"value", "discount.value"},
                                            {"opens at", "opens_at"},
                                            {"closes at", "closes_at"},
                                            {"sold out at", "sold_out_at"},
                                            {"ack", "ack"}}};

json::object discount_of(const Arguments& arguments) {
  const std::string text = text_of(arguments, "--discount");
  const std::size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  if (colon == std::string::npos || (kind != "fixed" && kind != "rate")) {
    throw usage_failure(fmt::format("--discount cannot be '{}'", text),
                        "write fixed:AMOUNT or rate:PERCENT, such as rate:10");
  }
  const std::int64_t max = kind == "rate" ? 100 : json_integer_max;
  return {{"type", kind}, {"value", to_count("--discount", text.substr(colon + 1), 1, max)}};
}

std::string path_of(const Arguments& arguments) {
  const std::string id = arguments.positional(0).value_or("");
  return fmt::format("/v1/coupon-events/{}", to_count("ID", id, 1, json_integer_max));
}

ExitCode steer(const Arguments& arguments, Console& console, std::string_view step) {
  const json::object body{{"reason", text_of(arguments, "--reason")}};
  const json::value event =
      Remote(arguments).post(fmt::format("{}/{}", path_of(arguments), step), body);
  print_one(console.out, format_of(arguments), event, event_columns);
  return ExitCode::ok;
}

}  // namespace

ExitCode event_create(const Arguments& arguments, Console& console) {
  json::object body{{"name", text_of(arguments, "--name")},
                    {"quantity", count_of(arguments, "--quantity", 1, limits::event_quantity_max)},
                    {"discount", discount_of(arguments)},
                    {"ack", text_of(arguments, "--ack")}};
  if (const auto time = arguments.value("--opens-at")) body["opens_at"] = *time;
  if (const auto time = arguments.value("--closes-at")) body["closes_at"] = *time;
  if (arguments.is_set("--coupon-valid-days")) {
    body["coupon_valid_days"] =
        count_of(arguments, "--coupon-valid-days", 1, limits::coupon_valid_days_max);
  }
  const json::value event = Remote(arguments).post("/v1/coupon-events", body);
  print_one(console.out, format_of(arguments), event, event_columns);
  return ExitCode::ok;
}

ExitCode event_list(const Arguments& arguments, Console& console) {
  const std::int64_t limit = count_of(arguments, "--limit", 1, limits::page_size_max);
  const json::value list = Remote(arguments).get(fmt::format("/v1/coupon-events?limit={}", limit));
  print_list(console.out, format_of(arguments), list, list_columns);
  return ExitCode::ok;
}

ExitCode event_show(const Arguments& arguments, Console& console) {
  const json::value event = Remote(arguments).get(path_of(arguments));
  print_one(console.out, format_of(arguments), event, event_columns);
  return ExitCode::ok;
}

ExitCode event_pause(const Arguments& arguments, Console& console) {
  return steer(arguments, console, "pause");
}
ExitCode event_resume(const Arguments& arguments, Console& console) {
  return steer(arguments, console, "resume");
}
ExitCode event_close(const Arguments& arguments, Console& console) {
  return steer(arguments, console, "close");
}

}  // namespace rushline::app
