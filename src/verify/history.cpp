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

constexpr std::array<std::string_view, 8> told_words{"issued",  "repeat", "sold_out", "queued",
                                                     "refused", "error",  "timeout",  "none"};
constexpr std::array<std::string_view, 3> ended_words{"done", "refused", "unknown"};
constexpr std::array<std::string_view, 6> change_words{"create", "seen",   "raise",
                                                       "pause",  "resume", "close"};

template <class Enum, std::size_t count>
std::optional<Enum> named(const std::array<std::string_view, count>& words, std::string_view word) {
  for (std::size_t i = 0; i < count; ++i) {
    if (words[i] == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

Error unreadable(std::string why) { return fail(Errc::unreadable, std::move(why)); }

// The fields of one line. Keeps the first thing that is wrong.
class Line {
 public:
  explicit Line(const json::object& object) : object_(object) {}

  std::optional<std::int64_t> number_if(std::string_view name) const {
    const json::value* value = object_.if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
  }

  std::int64_t number(std::string_view name) {
    const std::optional<std::int64_t> value = number_if(name);
    if (!value) wrong(fmt::format("\"{}\" is missing or no integer", name));
    return value.value_or(0);
  }

  // From 1 on.
  std::int64_t count(std::string_view name) {
    const std::int64_t value = number(name);
    if (value < 1) wrong(fmt::format("\"{}\" must be at least 1", name));
    return value;
  }

  std::string_view text(std::string_view name) const {
    const json::value* value = object_.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return value->get_string();
  }

  std::string word(std::string_view name) {
    const std::string_view value = text(name);
    if (value.empty()) wrong(fmt::format("\"{}\" is missing or no text", name));
    return std::string(value);
  }

  template <class Id>
  Id id(std::string_view name) {
    const std::optional<Id> value = Id::parse(text(name));
    if (!value) wrong(fmt::format("\"{}\" is missing or no id of the shop", name));
    return value ? *value : *Id::parse("-");
  }

  When when() {
    const When when{number("invoke_us"), number_if("complete_us")};
    if (when.complete_us && *when.complete_us < when.invoke_us) {
      wrong("\"complete_us\" is before \"invoke_us\"");
    }
    return when;
  }

  // What is not said to be refused or unknown is done when it was answered.
  Ended ended(const When& when) {
    const std::string_view said = text("outcome");
    if (said.empty()) return when.complete_us ? Ended::done : Ended::unknown;
    const std::optional<Ended> ended = named<Ended>(ended_words, said);
    if (!ended) wrong("\"outcome\" is unknown");
    if (ended == Ended::done && !when.complete_us) answer_missing();
    return ended.value_or(Ended::unknown);
  }

  std::vector<Score> items() {
    std::vector<Score> scores;
    const json::value* value = object_.if_contains("items");
    if (value == nullptr || !value->is_array()) {
      wrong("\"items\" is missing or no list");
      return scores;
    }
    for (const json::value& item : value->get_array()) {
      if (!item.is_object()) {
        wrong("an item is no object");
        return scores;
      }
      Line line(item.get_object());
      scores.push_back({line.id<ProductId>("product_id"), line.number("score")});
      if (!line.wrong_.empty()) wrong(std::move(line.wrong_));
    }
    return scores;
  }

  void answer_missing() { wrong("\"complete_us\" is missing from an operation that was answered"); }

  void wrong(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  Result<void> result() const {
    if (!wrong_.empty()) return unreadable(wrong_);
    return {};
  }

 private:
  const json::object& object_;
  std::string wrong_;
};

Result<void> add_press(Line& line, Ask ask, History& history) {
  const std::optional<Told> told = named<Told>(told_words, line.text("outcome"));
  Press press{.op = line.number("op"),
              .ask = ask,
              .user = line.id<UserId>("user"),
              .event = {line.count("event")},
              .when = line.when(),
              .told = told.value_or(Told::error),
              .coupon = {},
              .issue_no = 0,
              .position = line.number_if("position"),
              .key = std::string(line.text("key")),
              .code = std::string(line.text("code"))};
  if (!told || (told == Told::none && ask == Ask::request)) {
    line.wrong("\"outcome\" is missing or unknown");
  }
  if (press.is_answered() && !press.when.complete_us) line.answer_missing();
  if (press.has_coupon()) {
    const std::optional<std::int64_t> coupon = line.number_if("coupon_id");
    const std::optional<std::int64_t> issue_no = line.number_if("issue_no");
    if (!coupon || !issue_no) line.wrong("a coupon was told without its id or number");
    press.coupon = CouponId{coupon.value_or(0)};
    press.issue_no = issue_no.value_or(0);
  }
  history.presses.push_back(std::move(press));
  return line.result();
}

Result<void> add_change(Line& line, Change change, History& history) {
  const bool has_quantity =
      change == Change::create || change == Change::seen || change == Change::raise;
  const When when = line.when();
  history.changes.push_back({.op = line.number("op"),
                             .event = {line.count("event")},
                             .change = change,
                             .quantity = has_quantity ? line.count("quantity") : 0,
                             .when = when,
                             .ended = line.ended(when)});
  return line.result();
}

Result<void> add_order(Line& line, History& history) {
  const When when = line.when();
  OrderPlacing placing{.op = line.number("op"),
                       .key = line.word("key"),
                       .when = when,
                       .ended = line.ended(when),
                       .order = {},
                       .code = std::string(line.text("code"))};
  if (placing.ended == Ended::done) placing.order = {line.count("order_id")};
  history.orders.push_back(std::move(placing));
  return line.result();
}

Result<void> add_sale(Line& line, History& history) {
  const When when = line.when();
  history.sales.push_back({.op = line.number("op"),
                           .purchase = line.id<PurchaseId>("purchase_id"),
                           .product = line.id<ProductId>("product_id"),
                           .quantity = line.count("quantity"),
                           .day = {static_cast<std::int32_t>(line.number("day"))},
                           .when = when,
                           .ended = line.ended(when)});
  return line.result();
}

Result<void> add_take_back(Line& line, History& history) {
  const When when = line.when();
  history.taken_back.push_back({.op = line.number("op"),
                                .purchase = line.id<PurchaseId>("purchase_id"),
                                .when = when,
                                .ended = line.ended(when)});
  return line.result();
}

Result<void> add_list(Line& line, History& history) {
  ListRead read{.op = line.number("op"),
                .server = line.word("server"),
                .list = line.word("list"),
                .day = {static_cast<std::int32_t>(line.number("day"))},
                .revision = line.number("revision"),
                .when = line.when(),
                .entries = line.items()};
  if (!read.when.complete_us) line.answer_missing();
  history.list_reads.push_back(std::move(read));
  return line.result();
}

Result<void> add_fault(Line& line, History& history) {
  const When when = line.when();
  history.faults.push_back({line.word("what"), when.invoke_us, when.complete_us});
  return line.result();
}

}  // namespace

Result<void> add_line(std::string_view text, History& history) {
  // Most lines fit into these; a longer one takes memory of its own.
  std::array<unsigned char, 4096> values;  // NOLINT: written before it is read
  std::array<unsigned char, 1024> stack;   // NOLINT: written before it is read
  json::monotonic_resource memory(values.data(), values.size());
  json::parser parser(json::storage_ptr(), {}, stack.data(), stack.size());
  parser.reset(&memory);
  json::error_code error;
  parser.write(text, error);
  const json::value value = error ? json::value() : parser.release();
  if (error || !value.is_object()) return unreadable("not a JSON object");
  Line line(value.get_object());
  const std::string_view kind = line.text("kind");
  if (kind.empty() || kind == "request") return add_press(line, Ask::request, history);
  if (kind == "query") return add_press(line, Ask::query, history);
  if (kind == "order") return add_order(line, history);
  if (kind == "sale") return add_sale(line, history);
  if (kind == "take_back") return add_take_back(line, history);
  if (kind == "list") return add_list(line, history);
  if (kind == "fault") return add_fault(line, history);
  if (const auto change = named<Change>(change_words, kind)) {
    return add_change(line, *change, history);
  }
  return unreadable("\"kind\" is unknown");
}

Result<void> read_history(const std::string& path, History& history) {
  std::ifstream file(path);
  if (!file) {
    return fail(Errc::unavailable,
                fmt::format("the history {} cannot be read: {}", path, std::strerror(errno)));
  }
  std::int64_t line_number = 0;
  for (std::string line; std::getline(file, line);) {
    ++line_number;
    if (line.empty()) continue;
    const Result<void> added = add_line(line, history);
    if (added.has_error()) {
      return fail(Errc::unreadable,
                  fmt::format("{}:{}: {}", path, line_number, added.error().detail));
    }
  }
  if (file.bad()) return fail(Errc::unavailable, fmt::format("reading {} broke off", path));
  return {};
}

}  // namespace rushline::verify
