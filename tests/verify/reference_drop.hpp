// The coupon half of the reference shop: one event, decided in the order of virtual time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <vector>

#include "tests/verify/reference_shop.hpp"

namespace rushline::tests {

// Things to do, in the order of their time.
class Agenda {
 public:
  void at(std::int64_t us, std::function<void()> act) {
    entries_.push({us, next_++, std::move(act)});
  }
  std::int64_t now_us() const { return now_us_; }
  void run() {
    while (!entries_.empty()) {
      const Entry entry = entries_.top();
      entries_.pop();
      now_us_ = entry.us;
      entry.act();
    }
  }

 private:
  struct Entry {
    std::int64_t us;
    std::int64_t order;
    std::function<void()> act;
    bool operator<(const Entry& other) const {
      return std::tie(us, order) > std::tie(other.us, other.order);
    }
  };
  std::priority_queue<Entry> entries_;
  std::int64_t next_ = 0;
  std::int64_t now_us_ = 0;
};

class ReferenceDrop {
 public:
  ReferenceDrop(const ShopPlan& plan, Agenda& agenda, verify::History& history);

  // Puts everything that happens to the drop on the agenda.
  void plan_all();
  // After the agenda has run.
  verify::EventRecord stored() const;

 private:
  // One request on its way; `index` is that of its press.
  struct Open {
    std::size_t index = 0;
    bool is_lost = false;  // nobody will hear the answer
  };
  struct Place {
    UserId user;
    std::int64_t seq = 0;
    std::vector<Open> waiting = {};  // for the verdict
  };
  // The first answer of a key; nothing yet = the first request is still running.
  using Kept = std::optional<verify::Press>;

  void plan_press(std::int64_t us, const UserId& user);
  void plan_look(std::int64_t us, const UserId& user);
  void plan_raise(std::int64_t us);
  void plan_pause(std::int64_t us);
  std::size_t begin_change(verify::Change change, std::int64_t quantity);
  void end_change(std::size_t index);
  void arrive(const Open& open);
  void enter_line(const Open& open);
  void decide(const Open& open);
  bool is_kept_answer(const Open& open);
  void issue(const UserId& user, std::optional<std::int64_t> seq);
  void settle();
  void settle_first();
  void give_up_waiting(std::size_t index);
  void answer_look(std::size_t index);
  void raise(std::int64_t quantity);
  void begin_fault();
  void empty_line(const std::function<void(const Open&)>& answer);

  bool is_sold_out() const { return std::ssize(issued_) >= quantity_; }
  void tell_verdict(const Open& open, bool is_new);
  void tell(const Open& open, verify::Told told, std::string code = {},
            std::optional<std::int64_t> position = {});
  std::size_t send(const UserId& user, verify::Ask ask);
  void choose_key(verify::Press& press);
  std::int64_t pick(std::int64_t least, std::int64_t most);
  bool is(int percent) { return pick(1, 100) <= percent; }

  const ShopPlan plan_;
  Agenda& agenda_;
  verify::History& history_;
  std::mt19937_64 random_;

  std::int64_t quantity_ = 0;
  std::int64_t pending_ = 0;
  std::int64_t epoch_ = 1;
  std::int64_t next_seq_ = 1;
  bool is_paused_ = false;
  bool is_direct_ = false;  // there is no line now
  std::vector<coupons::Coupon> issued_;
  std::map<UserId, std::size_t> held_;
  std::deque<Place> line_;
  std::map<std::string, Kept> kept_;
};

}  // namespace rushline::tests
