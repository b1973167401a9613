// The verb `claim`: one press of the button.
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "app/output.hpp"
#include "app/remote.hpp"
#include "app/values.hpp"
#include "app/verbs.hpp"
#include "core/money.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

const std::array<Column, 6> columns{{{"state", "state"},
                                     {"coupon", "coupon_id"},
                                     {"number", "issue_no"},
                                     {"issued at", "issued_at"},
                                     {"expires at", "expires_at"},
                                     {"told before", "repeat"}}};

}  // namespace

ExitCode claim(const Arguments& arguments, Console& console) {
  const std::int64_t event =
      to_count("EVENT", arguments.positional(0).value_or(""), 1, json_integer_max);
  const std::int64_t wait = count_of(arguments, "--wait", 0, 30);
  const std::chrono::milliseconds deadline =
      duration_of(arguments, "--timeout") + std::chrono::seconds(wait);
  const json::object body{{"user_id", arguments.positional(1).value_or("")}};
  const json::value verdict =
      Remote(arguments).press(fmt::format("/v1/coupon-events/{}/requests", event), body,
                              std::chrono::seconds(wait), deadline);
  print_one(console.out, format_of(arguments), verdict, columns);
  return ExitCode::ok;
}

}  // namespace rushline::app
