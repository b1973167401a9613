// Looks for the few fields that are needed: lists are read a hundred thousand times in a run.
#include "tests/simulation/list_reading.hpp"

#include <charconv>
#include <chrono>
#include <string_view>

#include "core/assert.hpp"

namespace rushline::tests {
namespace {

// What follows `name` from `at` on; moves `at` behind the name. Nothing when it is not there.
std::string_view after(std::string_view text, std::string_view name, std::size_t& at) {
  const std::size_t found = text.find(name, at);
  if (found == std::string_view::npos) return {};
  at = found + name.size();
  return text.substr(at);
}

std::int64_t number_at(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  RUSHLINE_ASSERT(error == std::errc());
  return number;
}

Day day_at(std::string_view iso) {
  using namespace std::chrono;
  const auto part = [&](std::size_t at, std::size_t size) {
    return static_cast<unsigned>(number_at(iso.substr(at, size)));
  };
  const year_month_day date{year{static_cast<int>(part(0, 4))}, month{part(5, 2)},
                            std::chrono::day{part(8, 2)}};
  return {static_cast<std::int32_t>(sys_days{date}.time_since_epoch().count())};
}

}  // namespace

ReadList read_list(const ranking::ListBytes& bytes) {
  const std::string_view body = bytes.body;
  ReadList list;
  list.revision = number_at(std::string_view(bytes.etag).substr(1));
  std::size_t at = 0;
  list.day = day_at(after(body, R"("to":")", at));
  list.is_stale = after(body, R"("stale":)", at).starts_with("true");
  for (;;) {
    const std::string_view id = after(body, R"("product_id":")", at);
    if (id.empty()) return list;
    const auto product = ProductId::parse(id.substr(0, id.find('"')));
    RUSHLINE_ASSERT(product.has_value());
    list.entries.push_back({*product, number_at(after(body, R"("score":)", at))});
  }
}

}  // namespace rushline::tests
