// Reads option values; see values.hpp.
#include "app/values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "app/failure.hpp"

namespace rushline::app {
namespace {

struct Quantity {
  double number = 0;
  std::string_view unit;
};

std::optional<Quantity> to_quantity(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string digits(text.substr(0, end));
  char* stop = nullptr;
  const double number = std::strtod(digits.c_str(), &stop);
  if (digits.empty() || stop != digits.c_str() + digits.size()) return std::nullopt;
  return Quantity{number, text.substr(end)};
}

}  // namespace

std::string text_of(const Arguments& arguments, std::string_view option) {
  std::optional<std::string> text = arguments.value(option);
  if (!text) {
    throw usage_failure(fmt::format("{} is missing", option), fmt::format("add {} VALUE", option));
  }
  return *text;
}

std::int64_t to_count(std::string_view option, std::string_view text, std::int64_t min,
                      std::int64_t max) {
  std::string digits;
  for (const char c : text) {
    if (c != '_') digits += c;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < min ||
      number > max) {
    throw usage_failure(fmt::format("{} cannot be '{}'", option, text),
                        fmt::format("use a whole number from {} to {}", min, max));
  }
  return number;
}

std::int64_t count_of(const Arguments& arguments, std::string_view option, std::int64_t min,
                      std::int64_t max) {
  return to_count(option, text_of(arguments, option), min, max);
}

std::chrono::milliseconds duration_of(const Arguments& arguments, std::string_view option) {
  const std::string text = text_of(arguments, option);
  const std::optional<Quantity> quantity = to_quantity(text);
  double factor_ms = 0;
  if (quantity) {
    if (quantity->unit.empty() || quantity->unit == "s") factor_ms = 1e3;
    if (quantity->unit == "ms") factor_ms = 1;
    if (quantity->unit == "m" || quantity->unit == "min") factor_ms = 60e3;
  }
  const double ms = quantity ? quantity->number * factor_ms : 0;
  if (!(ms >= 1 && ms <= 86'400e3)) {
    throw usage_failure(fmt::format("{} cannot be '{}'", option, text),
                        "use a duration above 0, such as 250ms, 10s or 2m");
  }
  return std::chrono::milliseconds(std::llround(ms));
}

double rate_of(const Arguments& arguments, std::string_view option) {
  const std::string text = text_of(arguments, option);
  const std::optional<Quantity> quantity = to_quantity(text);
  if (!quantity || quantity->number <= 0 || (!quantity->unit.empty() && quantity->unit != "/s")) {
    throw usage_failure(fmt::format("{} cannot be '{}'", option, text),
                        "use requests per second, such as 1000 or 1000/s");
  }
  return quantity->number;
}

}  // namespace rushline::app
