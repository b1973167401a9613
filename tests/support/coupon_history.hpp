// What happened to one coupon event: who asked, what was committed, who was told what; and which
// promises that broke.
//
// Time is the number of the happening, so "before" needs no clock. Promises, by their short names:
//   S1  never more coupons than the quantity      S4  a verdict is true and stays so in its round
//   S2  one coupon per user                       S5  who was told before another asked comes first
//   S3  only for those who asked                  S6  sold out means: the whole quantity is
//   committed L1  who waits is told                         L2  nothing is held back at rest L3 the
//   line comes back
#pragma once

#include <fmt/format.h>

#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coupons/admission.hpp"
#include "tests/support/coupon_samples.hpp"
#include "tests/support/fake_coupon_store.hpp"

namespace rushline::tests {

struct BrokenPromise {
  std::string promise;
  std::string how;
};

// For one thread. observe() after everything that may have committed something.
class CouponHistory final : public coupons::AnswerSink {
 public:
  CouponHistory(const FakeCouponStore& store, CouponEventId event, const Clock& clock)
      : store_(store), event_(event), clock_(clock) {}

  // Somebody asks; the token to be told with.
  std::uint64_t pressed(int number, std::size_t server) {
    observe();
    presses_.push_back({.user = number, .server = server, .at = ++now_, .round = round_});
    return presses_.size() - 1;
  }
  void tell(std::span<const coupons::Told> answers) override {
    for (const coupons::Told& told : answers) told_one(told.token, told.answer);
  }
  void told_one(std::uint64_t token, const coupons::Answer& answer) {
    observe();
    Press& press = presses_.at(token);
    if (press.told_at != never) broken("L1", "told twice", press.user);
    if (press.is_abandoned) broken("L1", "told by a dead server", press.user);
    press.told_at = ++now_;
    press.told_in = round_;
    if (answer.error) return;
    press.outcome = answer.settled.outcome;
    switch (answer.settled.outcome) {
      case coupons::Outcome::issued:
        if (!told_issued_.insert(press.user).second) broken("S4", "issued twice", press.user);
        return check_coupon(press, answer.settled);
      case coupons::Outcome::already_issued:
        return check_coupon(press, answer.settled);
      case coupons::Outcome::sold_out:
        return check_sold_out(press);
      default:
        return;
    }
  }
  // Nobody hears any more what a server that dies would have told.
  void died(std::size_t server) {
    for (Press& press : presses_) {
      if (press.server != server || press.told_at != never) continue;
      press.is_abandoned = true;
      press.told_in = round_;
    }
  }

  void observe() {
    ++now_;
    const coupons::CouponEvent& row = store_.record.events.at(event_);
    if (row.raise && !had_raise_) ++round_;
    had_raise_ = row.raise.has_value();
    const Timestamp now = clock_.now();
    if (row.issued >= coupons::effective_quantity(row, now)) sold_out_at_ = now_;
    const auto count = static_cast<std::int64_t>(store_.record.coupons.size());
    if (row.issued > row.quantity || count != row.issued) broken("S1", "too many coupons", 0);
    for (auto at = store_.record.by_number.find({event_, coupons_seen_ + 1});
         at != store_.record.by_number.end();
         at = store_.record.by_number.find({event_, coupons_seen_ + 1})) {
      ++coupons_seen_;
      committed(store_.record.coupons.at(at->second));
    }
  }

  // How many wait on servers that live.
  std::size_t waiting() const {
    std::size_t count = 0;
    for (const Press& press : presses_) {
      if (press.told_at == never && !press.is_abandoned) ++count;
    }
    return count;
  }
  bool is_told(std::uint64_t token) const { return presses_.at(token).told_at != never; }
  std::optional<coupons::Outcome> outcome(std::uint64_t token) const {
    return presses_.at(token).outcome;
  }

  void broken(std::string promise, std::string_view how, int number) {
    broken_.push_back(
        {std::move(promise), fmt::format("{} (user {}, happening {})", how, number, now_)});
  }
  // In the order in which it was noticed.
  const std::vector<BrokenPromise>& broken() const { return broken_; }
  void check_order() {
    for (const Press& told : presses_) {
      if (!told.outcome || !is_coupon(*told.outcome) || !issued_.contains(told.user)) continue;
      for (const auto& [number, given] : issued_) {
        const bool asked_later = first_press_at(number) > told.told_at;
        if (asked_later && given.issue_no < issued_.at(told.user).issue_no) {
          broken("S5", "overtook somebody who was told", number);
        }
      }
    }
  }

 private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  struct Press {
    int user = 0;
    std::size_t server = 0;
    std::int64_t at = 0;
    int round = 0;
    std::int64_t told_at = never;
    int told_in = 0;  // the round
    std::optional<coupons::Outcome> outcome = std::nullopt;
    bool is_abandoned = false;
  };
  struct Given {
    std::int64_t at = 0;
    std::int64_t issue_no = 0;
  };

  static bool is_coupon(coupons::Outcome outcome) {
    return outcome == coupons::Outcome::issued || outcome == coupons::Outcome::already_issued;
  }
  static int number_of(const UserId& user) {
    return std::stoi(std::string(user.view().substr(std::string_view("user-").size())));
  }
  std::int64_t first_press_at(int number) const {
    for (const Press& press : presses_) {
      if (press.user == number) return press.at;
    }
    return never;
  }

  // A request that may still be given a coupon: it waits, or has a place in this round's line that
  // nobody here waits for.
  bool is_open(const Press& press) const {
    const bool has_place = press.outcome == coupons::Outcome::queued || press.is_abandoned;
    if (has_place) return press.told_in == round_;
    return press.told_at == never;
  }

  void committed(const coupons::Coupon& coupon) {
    const int number = number_of(coupon.user);
    if (first_press_at(number) == never) broken("S3", "never asked", number);
    if (!issued_.emplace(number, Given{now_, coupon.issue_no}).second) {
      broken("S2", "a second coupon", number);
    }
    bool was_refused = false;
    bool asks = false;
    for (const Press& press : presses_) {
      if (press.user != number) continue;
      was_refused |= press.outcome == coupons::Outcome::sold_out;
      // Told with an error = not told whether it stands.
      asks |= is_open(press) || (press.told_at != never && !press.outcome);
    }
    if (was_refused && !asks) broken("S4", "given a coupon after sold out", number);
  }

  void check_coupon(const Press& press, const coupons::Settled& told) {
    const auto at = store_.record.by_user.find({event_, user(press.user)});
    if (at == store_.record.by_user.end()) {
      return broken("S4", "told of a coupon that is not committed", press.user);
    }
    const coupons::Coupon& coupon = store_.record.coupons.at(at->second);
    if (coupon.id != told.coupon || coupon.issue_no != told.issue_no) {
      broken("S4", "told of another coupon", press.user);
    }
  }
  void check_sold_out(const Press& press) {
    if (sold_out_at_ < press.at) broken("S6", "told sold out too early", press.user);
    const auto held = issued_.find(press.user);
    if (held == issued_.end()) return;
    if (held->second.at < press.at || press.round == round_) {
      broken("S4", "a holder is told sold out", press.user);
    }
  }

  const FakeCouponStore& store_;
  const CouponEventId event_;
  const Clock& clock_;
  std::int64_t now_ = 0;
  int round_ = 0;
  bool had_raise_ = false;
  std::int64_t sold_out_at_ = -1;
  std::int64_t coupons_seen_ = 0;
  std::vector<Press> presses_;
  std::map<int, Given> issued_;
  std::set<int> told_issued_;
  std::vector<BrokenPromise> broken_;
};

}  // namespace rushline::tests
