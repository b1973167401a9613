// The verb `verify`: one snapshot of the database, and histories, against the promises.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <iterator>

#include "app/configured.hpp"
#include "app/failure.hpp"
#include "app/output.hpp"
#include "app/stored_shop.hpp"
#include "app/values.hpp"
#include "app/verbs.hpp"
#include "app/verification_text.hpp"
#include "core/money.hpp"
#include "verify/history.hpp"
#include "verify/history_checks.hpp"
#include "verify/stored_checks.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

verify::History read_histories(const std::vector<std::string>& paths) {
  verify::History history;
  for (const std::string& path : paths) value_or_fail(verify::read_history(path, history));
  return history;
}

}  // namespace

ExitCode verify_verb(const Arguments& arguments, Console& console) {
  std::optional<CouponEventId> event;
  if (arguments.is_set("--event")) {
    event = CouponEventId{count_of(arguments, "--event", 1, json_integer_max)};
  }
  verify::HistoryBounds bounds;
  bounds.decided_within = duration_of(arguments, "--answer-within");
  if (arguments.value("--clock-error"))
    bounds.clock_error = duration_of(arguments, "--clock-error");
  const Format format = format_of(arguments);
  const std::vector<std::string> histories = arguments.values("--history");
  // Before the snapshot: what was told by then must be stored.
  const verify::History history = read_histories(histories);

  StoredShop shop(configuration_of(arguments).settings);
  verify::Verification verification =
      value_or_fail(shop.database().read_and_wait([&](Transaction& transaction) {
        return verify::check_stored(transaction, shop.records(), shop.calendar(), event);
      }));
  if (!histories.empty()) {
    const auto rest = value_or_fail(shop.database().read_and_wait([&](Transaction& transaction) {
      return verify::read_at_rest(transaction, shop.records(), history);
    }));
    std::vector<verify::Check> told = verify::check_history(history, rest, bounds);
    std::move(told.begin(), told.end(), std::back_inserter(verification.checks));
  }

  if (format == Format::table) {
    print_checks(console.out, verification);
  } else {
    const json::value result = to_json(verification);
    if (format == Format::json) console.out.line(json::serialize(result));
    if (format == Format::jsonl) print_list(console.out, format, result.at("checks"), {});
  }
  if (verification.holds()) return ExitCode::ok;
  console.err.line(console.err.in(Ink::red, "a promise is broken; the rows are named above"));
  return ExitCode::discrepancy;
}

}  // namespace rushline::app
