// Tries every order, remembering the states that led nowhere; see every_order.hpp.
#include "tests/verify/every_order.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace rushline::tests {
namespace {

using verify::Ask;
using verify::Change;
using verify::Ended;
using verify::EventChange;
using verify::Press;
using verify::Told;

enum class Moment : std::uint8_t { invoke, complete, deadline };

struct Point {
  std::int64_t us = 0;
  Moment moment = Moment::invoke;
  bool is_raise = false;
  std::size_t index = 0;
};

// Everything that decides what may happen next.
struct State {
  std::size_t passed = 0;  // points
  std::int64_t quantity = 0;
  std::int64_t pending = 0;  // quantity that is not effective yet; 0 = none
  std::size_t issued = 0;
  std::vector<std::int64_t> observed;  // of each press: 0 = not yet, else 1 + quantity by then
  std::vector<bool> committed;         // of each raise

  auto key() const { return std::tie(passed, quantity, pending, issued, observed, committed); }
  friend bool operator<(const State& a, const State& b) { return a.key() < b.key(); }
};

class Search {
 public:
  Search(const verify::History& history, const verify::EventRecord& record,
         std::int64_t raise_delay_us)
      : presses_(history.presses), record_(record) {
    for (std::size_t i = 0; i < presses_.size(); ++i) {
      const verify::When& when = presses_[i].when;
      points_.push_back({when.invoke_us, Moment::invoke, false, i});
      if (when.complete_us) points_.push_back({*when.complete_us, Moment::complete, false, i});
    }
    for (const EventChange& change : history.changes) {
      if (change.change == Change::create) start_ = change.quantity;
      if (change.change != Change::raise || change.ended == Ended::refused) continue;
      const std::size_t index = raises_.size();
      points_.push_back({change.when.invoke_us, Moment::invoke, true, index});
      if (change.ended == Ended::done) {
        const std::int64_t end_us = change.when.end_us();
        points_.push_back({end_us, Moment::complete, true, index});
        points_.push_back({end_us + raise_delay_us, Moment::deadline, true, index});
      }
      raises_.push_back(change);
    }
    std::sort(points_.begin(), points_.end(), [](const Point& a, const Point& b) {
      return std::tie(a.us, a.moment) < std::tie(b.us, b.moment);
    });
  }

  bool run() {
    if (!is_sound()) return false;
    State state{.quantity = start_,
                .observed = std::vector<std::int64_t>(presses_.size()),
                .committed = std::vector<bool>(raises_.size())};
    return leads_on(state);
  }

 private:
  // What no order can mend.
  bool is_sound() const {
    std::set<UserId> users;
    std::int64_t number = 0;
    for (const coupons::Coupon& coupon : record_.coupons) {
      if (coupon.issue_no != ++number || !users.insert(coupon.user).second) return false;
    }
    return std::all_of(presses_.begin(), presses_.end(), [&](const Press& press) {
      if (!press.has_coupon()) return true;
      const std::size_t index = index_of(press.user);
      return index < record_.coupons.size() && record_.coupons[index].id == press.coupon &&
             record_.coupons[index].issue_no == press.issue_no;
    });
  }

  std::size_t index_of(const UserId& user) const {
    const auto at = std::find_if(record_.coupons.begin(), record_.coupons.end(),
                                 [&](const auto& coupon) { return coupon.user == user; });
    return static_cast<std::size_t>(at - record_.coupons.begin());
  }

  bool has_passed(const State& state, Moment moment, bool is_raise, std::size_t index) const {
    for (std::size_t i = 0; i < state.passed; ++i) {
      const Point& point = points_[i];
      if (point.moment == moment && point.is_raise == is_raise && point.index == index) return true;
    }
    return false;
  }

  bool is_open(const State& state, bool is_raise, std::size_t index) const {
    return has_passed(state, Moment::invoke, is_raise, index) &&
           !has_passed(state, Moment::complete, is_raise, index);
  }

  bool leads_on(const State& state) {
    if (!seen_.insert(state).second) return false;
    if (state.passed == points_.size() && state.issued == record_.coupons.size() &&
        std::max(state.quantity, state.pending) == record_.event.quantity) {
      return true;
    }
    return pass(state) || issue(state) || observe(state) || raise(state);
  }

  bool pass(State state) {
    if (state.passed == points_.size()) return false;
    const Point& point = points_[state.passed];
    if (point.moment == Moment::complete) {
      if (point.is_raise ? !state.committed[point.index] : state.observed[point.index] == 0) {
        return false;
      }
    }
    if (point.moment == Moment::deadline && state.quantity < raises_[point.index].quantity) {
      return false;
    }
    ++state.passed;
    return leads_on(state);
  }

  bool can_have_brought(const State& state, const Press& press, std::size_t index) const {
    if (press.ask == Ask::query || press.told == Told::sold_out) return false;
    if (!has_passed(state, Moment::invoke, false, index)) return false;
    if (press.told != Told::refused && !(press.told == Told::queued && press.position)) return true;
    for (std::size_t i = 0; i < presses_.size(); ++i) {
      if (presses_[i].user == press.user && presses_[i].told == Told::sold_out &&
          state.observed[i] != 0 && press.when.is_before(presses_[i].when)) {
        return false;
      }
    }
    return true;
  }

  bool issue(State state) {
    if (state.issued == record_.coupons.size() ||
        static_cast<std::int64_t>(state.issued) >= state.quantity) {
      return false;
    }
    const UserId& user = record_.coupons[state.issued].user;
    for (std::size_t i = 0; i < presses_.size(); ++i) {
      if (presses_[i].user == user && can_have_brought(state, presses_[i], i)) {
        ++state.issued;
        return leads_on(state);
      }
    }
    return false;
  }

  bool can_be_told(const State& state, const Press& press) const {
    const bool is_holder = index_of(press.user) < state.issued;
    if (press.has_coupon()) return is_holder;
    if (press.told == Told::sold_out) {
      return !is_holder && static_cast<std::int64_t>(state.issued) >= state.quantity;
    }
    if (press.told != Told::none) return true;
    for (std::size_t i = 0; i < presses_.size(); ++i) {
      if (presses_[i].user == press.user && presses_[i].told == Told::sold_out &&
          presses_[i].when.is_before(press.when) && state.observed[i] == 1 + state.quantity) {
        return false;
      }
    }
    return !is_holder;
  }

  bool observe(const State& state) {
    for (std::size_t i = 0; i < presses_.size(); ++i) {
      if (state.observed[i] != 0 || !presses_[i].when.complete_us || !is_open(state, false, i) ||
          !can_be_told(state, presses_[i])) {
        continue;
      }
      State next = state;
      next.observed[i] = 1 + state.quantity;
      if (leads_on(next)) return true;
    }
    return false;
  }

  bool raise(const State& state) {
    if (state.pending != 0) {
      State next = state;
      next.quantity = state.pending;
      next.pending = 0;
      if (leads_on(next)) return true;
    }
    for (std::size_t i = 0; i < raises_.size(); ++i) {
      const std::int64_t quantity = raises_[i].quantity;
      if (state.committed[i] || !is_open(state, true, i) ||
          quantity < std::max(state.quantity, state.pending)) {
        continue;
      }
      State next = state;
      next.committed[i] = true;
      const bool is_new_round =
          static_cast<std::int64_t>(state.issued) >= state.quantity && quantity > state.quantity;
      if (state.pending != 0 || is_new_round) {
        next.pending = quantity;
      } else {
        next.quantity = quantity;
      }
      if (leads_on(next)) return true;
    }
    return false;
  }

  const std::vector<Press>& presses_;
  const verify::EventRecord& record_;
  std::int64_t start_ = 0;
  std::vector<EventChange> raises_;
  std::vector<Point> points_;
  std::set<State> seen_;
};

}  // namespace

bool is_explained(const verify::History& history, const verify::EventRecord& record,
                  std::int64_t raise_delay_us) {
  return Search(history, record, raise_delay_us).run();
}

}  // namespace rushline::tests
