// Puts the kept answers of each key beside each other; see key_checks.hpp.
#include "verify/key_checks.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace rushline::verify {
namespace {

// A refusal that is kept: a conflict of states. Those that say "later" are not.
bool is_kept(std::string_view code) {
  return code == "event_closed" || code == "event_not_open" || code == "event_paused" ||
         code == "out_of_stock" || code == "coupon_not_usable" || code == "not_found";
}

struct Answer {
  std::int64_t op = 0;
  std::string text;
};

// Of which coupon a user was told, or what else.
std::string text_of(const Press& press) {
  switch (press.told) {
    case Told::issued:
    case Told::repeat:
      return fmt::format("coupon {} number {} of user {}", press.coupon->value, press.issue_no,
                         press.user.view());
    case Told::sold_out:
      return fmt::format("sold out for user {}", press.user.view());
    default:
      return fmt::format("{} for user {}", press.code, press.user.view());
  }
}

class KeyChecks {
 public:
  void see(const Press& press) {
    if (press.key.empty() || press.ask == Ask::query || !press.is_answered()) return;
    if (press.told == Told::refused && !is_kept(press.code)) return;
    if (press.told == Told::queued) return;  // no answer yet, and not kept
    see_answer(presses_, press.op, press.key, text_of(press));
  }

  void see(const OrderPlacing& placing) {
    asked_.emplace(placing.key, placing.op);
    if (placing.ended == Ended::unknown) return;
    if (placing.ended == Ended::refused && !is_kept(placing.code)) return;
    see_answer(orders_, placing.op, placing.key,
               placing.ended == Ended::done ? text_of(placing.order) : placing.code);
    if (placing.ended == Ended::done) see_order(placing.order, placing.key);
  }

  void see_stored(const std::vector<StoredOrder>& orders) {
    std::unordered_map<std::string_view, std::int64_t> order_of;
    for (const StoredOrder& stored : orders) {
      ++check_.rows;
      see_order(stored.order, stored.key);
      const auto [at, is_new] = order_of.emplace(stored.key, stored.order.value);
      if (!is_new) {
        check_.find(fmt::format("key {} has two orders: {} and {}", stored.key, at->second,
                                stored.order.value));
      }
      if (!asked_.contains(stored.key)) {
        check_.find(fmt::format("order {} is stored under key {}, which nobody used",
                                stored.order.value, stored.key));
      }
    }
    for (const auto& [key, answer] : orders_) {
      const auto at = order_of.find(key);
      const std::string stored = at == order_of.end() ? "none" : text_of(OrderId{at->second});
      const bool is_refusal = is_kept(answer.text);
      if (is_refusal ? at != order_of.end() : stored != answer.text) {
        check_.find(fmt::format("op {}: key {} was answered with {}, stored is {}", answer.op, key,
                                answer.text, stored));
      }
    }
  }

  Check finish() { return std::move(check_); }

 private:
  using Answers = std::unordered_map<std::string_view, Answer>;

  static std::string text_of(OrderId order) { return fmt::format("order {}", order.value); }
  static std::string text_of(const Press& press) { return verify::text_of(press); }

  void see_answer(Answers& answers, std::int64_t op, std::string_view key, std::string text) {
    ++check_.rows;
    const auto [at, is_new] = answers.try_emplace(key, Answer{op, text});
    if (!is_new && at->second.text != text) {
      check_.find(fmt::format("key {} was answered with {} (op {}) and with {} (op {})", key,
                              at->second.text, at->second.op, text, op));
    }
  }

  void see_order(OrderId order, std::string_view key) {
    const auto [at, is_new] = key_of_.emplace(order, key);
    if (!is_new && at->second != key) {
      check_.find(
          fmt::format("order {} belongs to two keys: {} and {}", order.value, at->second, key));
    }
  }

  Answers presses_;
  Answers orders_;
  std::unordered_map<std::string_view, std::int64_t> asked_;
  std::unordered_map<OrderId, std::string_view> key_of_;
  Check check_{.promise = "S7", .states = "the same key gives the same answer; one order per key"};
};

}  // namespace

Check check_keys(const History& history, const AtRest& rest) {
  KeyChecks checks;
  for (const Press& press : history.presses) checks.see(press);
  for (const OrderPlacing& placing : history.orders) checks.see(placing);
  if (rest.orders) checks.see_stored(*rest.orders);
  return checks.finish();
}

}  // namespace rushline::verify
