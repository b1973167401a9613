// Reads histories line by line; see history.hpp and docs/history.md.
#include "verify/history.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace rushline::verify {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> words{"issued",  "repeat", "sold_out", "queued",
                                                "refused", "error",  "timeout"};

std::optional<Told> told_named(std::string_view word) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == word) return static_cast<Told>(i);
  }
  return std::nullopt;
}

std::optional<std::int64_t> number(const json::object& line, std::string_view name) {
  const json::value* value = line.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::string_view text(const json::object& line, std::string_view name) {
  const json::value* value = line.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

Error unreadable(std::string_view why) { return fail(Errc::unreadable, std::string(why)); }

}  // namespace

Result<Operation> parse_operation(std::string_view line) {
  json::error_code error;
  const json::value value = json::parse(line, error);
  if (error || !value.is_object()) return unreadable("not a JSON object");
  const json::object& object = value.get_object();

  const std::optional<UserId> user = UserId::parse(text(object, "user"));
  const std::optional<std::int64_t> op = number(object, "op");
  const std::optional<std::int64_t> event = number(object, "event");
  const std::optional<std::int64_t> invoked = number(object, "invoke_us");
  const std::optional<Told> told = told_named(text(object, "outcome"));
  if (!op) return unreadable("\"op\" is missing or no integer");
  if (!user) return unreadable("\"user\" is missing or no user id");
  if (!event) return unreadable("\"event\" is missing or no integer");
  if (!invoked) return unreadable("\"invoke_us\" is missing or no integer");
  if (!told) return unreadable("\"outcome\" is missing or unknown");

  Operation operation{.op = *op,
                      .user = *user,
                      .event = {*event},
                      .invoke_us = *invoked,
                      .complete_us = number(object, "complete_us"),
                      .told = *told,
                      .coupon = {},
                      .issue_no = 0};
  const bool is_unanswered = *told == Told::error || *told == Told::timeout;
  if (!is_unanswered && !operation.complete_us) {
    return unreadable("\"complete_us\" is missing from an operation that was answered");
  }
  if (operation.complete_us && *operation.complete_us < *invoked) {
    return unreadable("\"complete_us\" is before \"invoke_us\"");
  }
  if (operation.has_coupon()) {
    const std::optional<std::int64_t> coupon = number(object, "coupon_id");
    const std::optional<std::int64_t> issue_no = number(object, "issue_no");
    if (!coupon || !issue_no) return unreadable("a coupon was told without its id or number");
    operation.coupon = CouponId{*coupon};
    operation.issue_no = *issue_no;
  }
  return operation;
}

Result<void> read_history(const std::string& path, std::vector<Operation>& operations) {
  std::ifstream file(path);
  if (!file) {
    return fail(Errc::unavailable,
                fmt::format("the history {} cannot be read: {}", path, std::strerror(errno)));
  }
  std::int64_t line_number = 0;
  for (std::string line; std::getline(file, line);) {
    ++line_number;
    if (line.empty()) continue;
    Result<Operation> operation = parse_operation(line);
    if (operation.has_error()) {
      return fail(Errc::unreadable,
                  fmt::format("{}:{}: {}", path, line_number, operation.error().detail));
    }
    operations.push_back(std::move(*operation));
  }
  if (file.bad()) return fail(Errc::unavailable, fmt::format("reading {} broke off", path));
  return {};
}

}  // namespace rushline::verify
