// Every decision is made at one moment of virtual time, between the sending of a request and the
// reading of its answer; see reference_drop.hpp.
#include "tests/verify/reference_drop.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rushline::tests {
namespace {

using verify::Ask;
using verify::Change;
using verify::Ended;
using verify::Press;
using verify::Told;

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t rush_us = 6 * second;  // in which the presses begin
constexpr std::int64_t rest_us = 30 * second;
constexpr std::int64_t settle_interval_us = 100'000;
constexpr std::int64_t wait_us = 1'900'000;
constexpr std::int64_t raise_delay_us = std::chrono::microseconds(limits::raise_delay).count();
constexpr int settle_batch = 10;

UserId shopper(std::int64_t number) { return *UserId::parse(fmt::format("user-{}", number)); }

}  // namespace

ReferenceDrop::ReferenceDrop(const ShopPlan& plan, Agenda& agenda, verify::History& history)
    : plan_(plan), agenda_(agenda), history_(history), random_(plan.seed) {}

std::int64_t ReferenceDrop::pick(std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
}

void ReferenceDrop::plan_all() {
  quantity_ = plan_.quantity;
  end_change(begin_change(Change::create, quantity_));
  for (int i = 0; i < plan_.presses; ++i) {
    const UserId user = shopper(pick(1, plan_.shoppers));
    plan_press(second / 100 + pick(0, rush_us), user);
    if (is(25)) plan_look(second / 100 + pick(0, rush_us + second), user);
  }
  for (int i = 0; i < plan_.raises; ++i) plan_raise(second + pick(0, rush_us - 2 * second));
  if (plan_.has_pause) plan_pause(pick(second, rush_us));
  if (plan_.has_fault) agenda_.at(pick(second, rush_us), [this] { begin_fault(); });
  for (std::int64_t us = 0; us < rest_us - second; us += settle_interval_us) {
    agenda_.at(us, [this] { settle(); });
  }
  for (int i = 1; i <= plan_.shoppers; ++i) plan_look(rest_us, shopper(i));
}

std::size_t ReferenceDrop::send(const UserId& user, Ask ask) {
  const std::size_t index = history_.presses.size();
  history_.presses.push_back({.op = static_cast<std::int64_t>(index) + 1,
                              .ask = ask,
                              .user = user,
                              .event = {1},
                              .when = {agenda_.now_us(), {}}});
  return index;
}

// Some presses have a key, some the one that their user used before.
void ReferenceDrop::choose_key(Press& press) {
  if (!is(20)) return;
  press.key = fmt::format("key-{}", press.op);
  for (const Press& before : history_.presses) {
    if (before.user == press.user && before.op < press.op && !before.key.empty() && is(50)) {
      press.key = before.key;
    }
  }
}

void ReferenceDrop::plan_press(std::int64_t us, const UserId& user) {
  agenda_.at(us, [this, user] {
    const Open open{.index = send(user, Ask::request), .is_lost = is(4)};
    choose_key(history_.presses[open.index]);
    if (open.is_lost && is(50)) return;  // never arrives
    const std::int64_t travel_us = pick(1, open.is_lost || is(3) ? second : 3'000);
    agenda_.at(agenda_.now_us() + travel_us, [this, open] { arrive(open); });
  });
}

void ReferenceDrop::plan_look(std::int64_t us, const UserId& user) {
  agenda_.at(us, [this, user] {
    const std::size_t index = send(user, Ask::query);
    agenda_.at(agenda_.now_us() + pick(1, 3'000), [this, index] { answer_look(index); });
  });
}

std::size_t ReferenceDrop::begin_change(Change change, std::int64_t quantity) {
  history_.changes.push_back({.op = 100'000 + std::ssize(history_.changes),
                              .event = {1},
                              .change = change,
                              .quantity = quantity,
                              .when = {agenda_.now_us(), {}},
                              .ended = Ended::unknown});
  return history_.changes.size() - 1;
}

void ReferenceDrop::end_change(std::size_t index) {
  history_.changes[index].when.complete_us = agenda_.now_us() + pick(0, 2'000);
  history_.changes[index].ended = Ended::done;
}

void ReferenceDrop::plan_raise(std::int64_t us) {
  agenda_.at(us, [this] {
    const std::int64_t quantity = std::max(quantity_, pending_) + pick(1, 10);
    const std::size_t index = begin_change(Change::raise, quantity);
    const bool is_lost = is(20);
    if (is_lost && is(50)) return;
    agenda_.at(agenda_.now_us() + pick(1, is_lost ? second : 2'000), [this, index, is_lost] {
      const std::int64_t wanted = history_.changes[index].quantity;
      const bool is_larger = wanted > std::max(quantity_, pending_);
      if (is_larger) raise(wanted);
      if (is_lost) return;
      end_change(index);
      if (!is_larger) history_.changes[index].ended = Ended::refused;
    });
  });
}

void ReferenceDrop::plan_pause(std::int64_t us) {
  agenda_.at(us, [this] {
    const std::size_t index = begin_change(Change::pause, 0);
    agenda_.at(agenda_.now_us() + pick(1, 2'000), [this, index] {
      is_paused_ = true;
      end_change(index);
    });
  });
  agenda_.at(us + pick(second / 10, 4 * second), [this] {
    const std::size_t index = begin_change(Change::resume, 0);
    agenda_.at(agenda_.now_us() + pick(1, 2'000), [this, index] {
      is_paused_ = false;
      end_change(index);
    });
  });
}

// A new round of a sold-out event opens later, with an empty line.
void ReferenceDrop::raise(std::int64_t quantity) {
  if (pending_ != 0) {
    pending_ = quantity;
  } else if (is_sold_out()) {
    pending_ = quantity;
    ++epoch_;
    empty_line([this](const Open& open) { tell_verdict(open, false); });
    agenda_.at(agenda_.now_us() + raise_delay_us, [this] {
      quantity_ = pending_;
      pending_ = 0;
    });
  } else {
    quantity_ = quantity;
  }
}

void ReferenceDrop::begin_fault() {
  const std::int64_t end_us = agenda_.now_us() + pick(second / 10, 3 * second);
  history_.faults.push_back({"the line is lost", agenda_.now_us(), end_us});
  is_direct_ = true;
  ++epoch_;
  empty_line([this](const Open& open) { decide(open); });
  agenda_.at(end_us, [this] {
    is_direct_ = false;
    ++epoch_;
  });
}

void ReferenceDrop::empty_line(const std::function<void(const Open&)>& answer) {
  std::deque<Place> line;
  line.swap(line_);
  for (const Place& place : line) {
    for (const Open& open : place.waiting) answer(open);
  }
}

// Whether the key of this press was used before; then that decides the answer.
bool ReferenceDrop::is_kept_answer(const Open& open) {
  const Press& press = history_.presses[open.index];
  if (press.key.empty()) return false;
  const auto [at, is_new] = kept_.try_emplace(press.key);
  if (is_new) return false;
  if (!at->second) {
    tell(open, Told::refused, "in_progress");
    return true;
  }
  const Press& first = *at->second;
  Press& now = history_.presses[open.index];
  if (open.is_lost) return true;
  now.told = first.told;
  now.coupon = first.coupon;
  now.issue_no = first.issue_no;
  now.position = first.position;
  now.code = first.code;
  now.when.complete_us = agenda_.now_us() + pick(1, 1'000);
  return true;
}

void ReferenceDrop::arrive(const Open& open) {
  if (is(2)) return tell(open, Told::refused, "overloaded");
  if (is_kept_answer(open)) return;
  const UserId& user = history_.presses[open.index].user;
  if (held_.contains(user) || is_sold_out()) return tell_verdict(open, false);
  const bool stands = std::any_of(line_.begin(), line_.end(),
                                  [&](const Place& place) { return place.user == user; });
  if (plan_.has_line && !is_direct_ && (stands || !is_paused_)) return enter_line(open);
  decide(open);
}

void ReferenceDrop::enter_line(const Open& open) {
  const UserId user = history_.presses[open.index].user;
  auto place = std::find_if(line_.begin(), line_.end(),
                            [&](const Place& other) { return other.user == user; });
  if (place == line_.end()) {
    line_.push_back({.user = user, .seq = (epoch_ << 32) + next_seq_++});
    place = std::prev(line_.end());
  }
  if (is(40)) return tell(open, Told::queued, "", place - line_.begin() + 1);
  place->waiting.push_back(open);
  agenda_.at(agenda_.now_us() + wait_us, [this, open] { give_up_waiting(open.index); });
}

void ReferenceDrop::give_up_waiting(std::size_t index) {
  for (std::size_t i = 0; i < line_.size(); ++i) {
    std::vector<Open>& waiting = line_[i].waiting;
    const auto open = std::find_if(waiting.begin(), waiting.end(),
                                   [&](const Open& other) { return other.index == index; });
    if (open == waiting.end()) continue;
    tell(*open, Told::queued, "", static_cast<std::int64_t>(i) + 1);
    waiting.erase(open);
    return;
  }
}

void ReferenceDrop::decide(const Open& open) {
  const UserId user = history_.presses[open.index].user;
  if (held_.contains(user) || is_sold_out()) return tell_verdict(open, false);
  if (is_paused_) return tell(open, Told::refused, "event_paused");
  issue(user, {});
  tell_verdict(open, true);
}

void ReferenceDrop::issue(const UserId& user, std::optional<std::int64_t> seq) {
  held_.emplace(user, issued_.size());
  const std::int64_t number = std::ssize(issued_) + 1;
  issued_.push_back({.id = {1'000 + number},
                     .event = {1},
                     .user = user,
                     .issue_no = number,
                     .seq = {},
                     .epoch = {epoch_},
                     .discount = {},
                     .issued_at = Timestamp(std::chrono::microseconds(agenda_.now_us())),
                     .expires_at = {},
                     .order_id = {}});
  if (seq) issued_.back().seq = coupons::Sequence{*seq};
}

void ReferenceDrop::settle() {
  for (int i = 0; i < settle_batch && !line_.empty() && !is_paused_ && !is_direct_; ++i) {
    settle_first();
  }
}

void ReferenceDrop::settle_first() {
  const Place place = std::move(line_.front());
  line_.pop_front();
  bool is_new = !held_.contains(place.user) && !is_sold_out();
  if (is_new) issue(place.user, place.seq);
  for (const Open& open : place.waiting) {
    tell_verdict(open, is_new);
    is_new = false;
  }
}

void ReferenceDrop::answer_look(std::size_t index) {
  const Open open{.index = index};
  const UserId& user = history_.presses[index].user;
  const auto place = std::find_if(line_.begin(), line_.end(),
                                  [&](const Place& other) { return other.user == user; });
  if (held_.contains(user)) {
    tell_verdict(open, true);
  } else if (place != line_.end()) {
    tell(open, Told::queued, "", place - line_.begin() + 1);
  } else {
    tell(open, is_sold_out() ? Told::sold_out : Told::none);
  }
}

void ReferenceDrop::tell_verdict(const Open& open, bool is_new) {
  const bool is_holder = held_.contains(history_.presses[open.index].user);
  tell(open, !is_holder ? Told::sold_out : is_new ? Told::issued : Told::repeat);
}

void ReferenceDrop::tell(const Open& open, Told told, std::string code,
                         std::optional<std::int64_t> position) {
  Press answer = history_.presses[open.index];
  answer.told = told;
  answer.code = std::move(code);
  answer.position = position;
  if (answer.has_coupon()) {
    const coupons::Coupon& coupon = issued_[held_.at(answer.user)];
    answer.coupon = coupon.id;
    answer.issue_no = coupon.issue_no;
  }
  answer.when.complete_us = agenda_.now_us() + pick(1, is(3) ? 100'000 : 1'000);
  const bool comes_later = answer.code == "overloaded" || answer.code == "in_progress";
  if (!answer.key.empty() && !comes_later) kept_[answer.key] = answer;
  if (!open.is_lost) history_.presses[open.index] = std::move(answer);
}

verify::EventRecord ReferenceDrop::stored() const {
  verify::EventRecord record;
  record.event.id = {1};
  record.event.quantity = quantity_;
  record.event.issued = std::ssize(issued_);
  record.event.paused = is_paused_;
  record.event.epoch = {epoch_};
  record.coupons = issued_;
  return record;
}

}  // namespace rushline::tests
