// The verbs `rank top` (asks a server) and `rank rebuild` (works on the database itself).
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "app/configured.hpp"
#include "app/failure.hpp"
#include "app/output.hpp"
#include "app/remote.hpp"
#include "app/stored_shop.hpp"
#include "app/values.hpp"
#include "app/verbs.hpp"
#include "core/limits.hpp"
#include "verify/sales_checks.hpp"

namespace rushline::app {
namespace {

namespace json = boost::json;

const std::array<Column, 5> top_columns{{{"RANK", "rank", true},
                                         {"PRODUCT", "product_id"},
                                         {"NAME", "name"},
                                         {"PRICE", "price", true},
                                         {"SCORE", "score", true}}};

const std::array<Column, 3> rebuild_columns{{{"product-days looked at", "product_days"},
                                             {"corrected", "corrected"},
                                             {"revision", "revision"}}};

}  // namespace

ExitCode rank_top(const Arguments& arguments, Console& console) {
  const std::int64_t limit = count_of(arguments, "--limit", 1, limits::popular_limit_max);
  const json::value list = Remote(arguments).get(fmt::format(
      "/v1/products/popular?window={}&limit={}", text_of(arguments, "--window"), limit));
  print_list(console.out, format_of(arguments), list, top_columns);
  return ExitCode::ok;
}

ExitCode rank_rebuild(const Arguments& arguments, Console& console) {
  StoredShop shop(configuration_of(arguments).settings);
  const verify::Recount recount =
      value_or_fail(shop.database().write_and_wait([&](Transaction& transaction) {
        return verify::recount_sales(transaction, shop.records(), shop.sales(), shop.calendar());
      }));
  const json::value result{{"product_days", recount.product_days},
                           {"corrected", recount.corrected},
                           {"revision", recount.revision.value}};
  print_one(console.out, format_of(arguments), result, rebuild_columns);
  return ExitCode::ok;
}

}  // namespace rushline::app
