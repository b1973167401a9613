// Writes down what was asked and told, and checks what only the world can see; see
// drop_history.hpp.
#include "tests/simulation/drop_history.hpp"

#include "coupons/decide.hpp"
#include "tests/support/coupon_samples.hpp"

namespace rushline::tests {
namespace {

using coupons::Outcome;

std::string_view word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::issued:
      return "issued";
    case Outcome::already_issued:
      return "already issued";
    case Outcome::sold_out:
      return "sold out";
    case Outcome::closed:
      return "event_closed";
    case Outcome::not_open:
      return "event_not_open";
    case Outcome::paused:
      return "event_paused";
    case Outcome::line_full:
      return "line_full";
    case Outcome::queued:
      return "queued";
  }
  return "";
}

verify::Told told_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::issued:
      return verify::Told::issued;
    case Outcome::already_issued:
      return verify::Told::repeat;
    case Outcome::sold_out:
      return verify::Told::sold_out;
    case Outcome::queued:
      return verify::Told::queued;
    default:
      return verify::Told::refused;
  }
}

int number_of(const UserId& user) {
  return std::stoi(std::string(user.view().substr(std::string_view("user-").size())));
}

// Whether the change was surely not made.
bool is_refusal(Errc code) {
  return code != Errc::unavailable && code != Errc::timed_out && code != Errc::overloaded;
}

}  // namespace

DropHistory::DropHistory(World& world, const FakeCouponStore& store, CouponEventId event,
                         verify::History& history)
    : world_(world), store_(store), event_(event), history_(history) {
  history_.changes.push_back({.op = 0,
                              .event = event,
                              .change = verify::Change::create,
                              .quantity = row().quantity,
                              .when = {world.now_us() - 2, world.now_us() - 1},
                              .ended = verify::Ended::done});
  observe(false);
}

std::uint64_t DropHistory::pressed(int number, std::size_t server) {
  world_.tick();
  const std::int64_t now = world_.now_us();
  world_.story.add("event {}: user {} presses on server {}", event_.value, number, server);
  history_.presses.push_back({.op = std::ssize(history_.presses),
                              .user = user(number),
                              .event = event_,
                              .when = {now, std::nullopt}});
  presses_.push_back({.index = history_.presses.size() - 1,
                      .user = number,
                      .server = server,
                      .at = now,
                      .round = round_});
  return presses_.size() - 1;
}

void DropHistory::tell(std::span<const coupons::Told> answers) {
  for (const coupons::Told& told : answers) told_one(told.token, told.answer);
}

void DropHistory::told_one(std::uint64_t token, const coupons::Answer& answer) {
  observe(false);
  Press& press = presses_.at(token);
  if (press.told_at != never) broken("L1", "told twice", press.user);
  if (press.is_abandoned) broken("L1", "told by a dead server", press.user);
  press.told_at = world_.now_us();
  press.told_in = round_;
  write_down(press, answer);
  if (answer.error) return;
  press.outcome = answer.settled.outcome;
  switch (answer.settled.outcome) {
    case Outcome::issued:
      if (!told_issued_.insert(press.user).second) broken("S4", "issued twice", press.user);
      return check_coupon(press, answer.settled);
    case Outcome::already_issued:
      return check_coupon(press, answer.settled);
    case Outcome::sold_out:
      return check_sold_out(press);
    case Outcome::queued:
      return;
    default:
      return check_refusal(press);
  }
}

void DropHistory::write_down(const Press& press, const coupons::Answer& answer) {
  verify::Press& told = history_.presses[press.index];
  told.when.complete_us = press.told_at;
  if (answer.error) {
    told.code = to_word(*answer.error);
    world_.story.add("event {}: user {} is told an error, {}", event_.value, press.user, told.code);
    return;
  }
  const coupons::Settled& settled = answer.settled;
  told.told = told_of(settled.outcome);
  if (told.has_coupon()) {
    told.coupon = settled.coupon;
    told.issue_no = settled.issue_no;
  } else if (told.told == verify::Told::refused) {
    told.code = word_of(settled.outcome);
  } else if (told.told == verify::Told::queued) {
    told.position = settled.position;
  }
  world_.story.add("event {}: user {} is told {}, number {} position {}", event_.value, press.user,
                   word_of(settled.outcome), settled.issue_no, settled.position);
}

std::size_t DropHistory::looked(int number) {
  world_.tick();
  world_.story.add("event {}: user {} looks", event_.value, number);
  history_.presses.push_back({.op = std::ssize(history_.presses),
                              .ask = verify::Ask::query,
                              .user = user(number),
                              .event = event_,
                              .when = {world_.now_us(), std::nullopt}});
  return history_.presses.size() - 1;
}

// As the answer to GET .../requests/{user_id} is made.
void DropHistory::saw(std::size_t look, const coupons::RequestView& view,
                      std::optional<coupons::Sequence> place, bool waited) {
  using State = coupons::RequestView::State;
  verify::Press& told = history_.presses[look];
  told.when.complete_us = world_.now_us();
  if (view.state == State::issued) {
    told.told = verify::Told::repeat;
    told.coupon = view.holder->coupon;
    told.issue_no = view.holder->issue_no;
  } else if (view.state == State::sold_out) {
    told.told = verify::Told::sold_out;
  } else if (place && *place > view.event.mark) {
    told.told = verify::Told::queued;
    told.position = coupons::position_in_line(view.event, *place);
  } else {
    told.told = waited ? verify::Told::queued : verify::Told::none;
  }
  world_.story.add("event {}: user {} sees {}, number {} position {}", event_.value,
                   told.user.view(), static_cast<int>(told.told), told.issue_no,
                   told.position.value_or(0));
}

std::size_t DropHistory::change_begun(std::optional<verify::Change> change, std::int64_t quantity) {
  world_.tick();
  OperatorStep step{change, {}};
  if (change) {
    step.index = history_.changes.size();
    history_.changes.push_back({.op = std::ssize(history_.changes),
                                .event = event_,
                                .change = *change,
                                .quantity = quantity,
                                .when = {world_.now_us(), std::nullopt},
                                .ended = verify::Ended::unknown});
  } else {
    ++closing_times_;
  }
  world_.story.add("event {}: operator step {}, kind {} quantity {}", event_.value, steps_.size(),
                   change ? static_cast<int>(*change) : -1, quantity);
  steps_.push_back(step);
  return steps_.size() - 1;
}

void DropHistory::change_committed(const coupons::CouponEvent& row) {
  states_.see(row_state(row, world_.clock.now()), world_.now_us());
}

void DropHistory::change_done(std::size_t change, std::int64_t committed_us) {
  observe(false);
  const std::int64_t now = world_.now_us();
  world_.story.add("event {}: operator step {} is done", event_.value, change);
  const OperatorStep& step = steps_[change];
  if (!step.change) {
    --closing_times_;
    closing_known_us_ = now;
    return;
  }
  verify::EventChange& told = history_.changes[*step.index];
  told.when.complete_us = now;
  told.ended = verify::Ended::done;
  for (auto [kind, hold] :
       {std::pair(verify::Change::pause, &pause_), std::pair(verify::Change::close, &close_)}) {
    // It has been in force from this commit on, not from a later one.
    const bool is_in_force = hold->since_us && *hold->since_us <= committed_us;
    if (kind == *step.change && is_in_force && !hold->known_us) hold->known_us = now;
  }
}

void DropHistory::change_failed(std::size_t change, Errc code) {
  world_.story.add("event {}: operator step {} is told {}", event_.value, change, to_word(code));
  const OperatorStep& step = steps_[change];
  if (!is_refusal(code)) return;
  if (!step.change) {
    --closing_times_;
    return;
  }
  verify::EventChange& told = history_.changes[*step.index];
  told.when.complete_us = world_.now_us();
  told.ended = verify::Ended::refused;
}

void DropHistory::died(std::size_t server) {
  for (Press& press : presses_) {
    if (press.server != server || press.told_at != never) continue;
    press.is_abandoned = true;
    press.told_in = round_;
  }
}

void DropHistory::observe(bool is_line_full) {
  const std::int64_t now = world_.now_us();
  const coupons::CouponEvent& row = this->row();
  if (row.raise && !had_raise_) ++round_;
  had_raise_ = row.raise.has_value();
  if (row.raise) round_from_us_ = row.raise->effective_at.time_since_epoch().count();
  states_.see(row_state(row, world_.clock.now()), now);
  if (states_.last() == RowState::sold_out) sold_out_us_ = now;
  if (is_line_full) line_full_us_ = now;
  for (auto [is_held, hold] :
       {std::pair(row.paused, &pause_), std::pair(row.closed_at.has_value(), &close_)}) {
    if (!is_held) {
      *hold = {};
    } else if (!hold->since_us) {
      hold->since_us = now;
    }
  }
  if (const RowSeen seen = row_seen(row); seen != row_seen_) {
    tell_row(row);
    row_seen_ = seen;
  }
  const auto& by_number = store_.record.by_number;
  const auto first = by_number.lower_bound({event_, 0});
  const auto end = by_number.lower_bound({CouponEventId{event_.value + 1}, 0});
  const auto count = std::distance(first, end);
  if (row.issued > row.quantity || count != row.issued) broken("S1", "too many coupons", 0);
  for (auto at = by_number.find({event_, coupons_seen_ + 1}); at != by_number.end();
       at = by_number.find({event_, coupons_seen_ + 1})) {
    ++coupons_seen_;
    committed(store_.record.coupons.at(at->second));
  }
}

DropHistory::RowSeen DropHistory::row_seen(const coupons::CouponEvent& row) {
  return {row.mode,     row.epoch.value, row.mark.value, row.issued,
          row.quantity, row.raise,       row.paused,     row.closed_at.has_value()};
}

void DropHistory::tell_row(const coupons::CouponEvent& row) {
  world_.story.add("event {}: row {} epoch {} mark {}, issued {} of {}{}{}{}", event_.value,
                   to_word(row.mode), row.epoch.value, row.mark.value, row.issued, row.quantity,
                   row.raise ? ", raise pending" : "", row.paused ? ", paused" : "",
                   row.closed_at ? ", closed" : "");
}

std::size_t DropHistory::waiting() const {
  std::size_t count = 0;
  for (const Press& press : presses_) {
    if (press.told_at == never && !press.is_abandoned) ++count;
  }
  return count;
}

std::optional<Outcome> DropHistory::outcome(std::uint64_t token) const {
  return presses_.at(token).outcome;
}

void DropHistory::broken(std::string promise, std::string_view how, int number) {
  world_.story.broken(std::move(promise),
                      fmt::format("event {}: {} (user {})", event_.value, how, number));
}

bool DropHistory::is_coupon(Outcome outcome) {
  return outcome == Outcome::issued || outcome == Outcome::already_issued;
}

std::int64_t DropHistory::first_press_at(int number) const {
  for (const Press& press : presses_) {
    if (press.user == number) return press.at;
  }
  return never;
}

// A request that may still be given a coupon: it waits, or has a place in this round's line that
// nobody here waits for.
bool DropHistory::is_open(const Press& press) const {
  const bool has_place = press.outcome == Outcome::queued || press.is_abandoned;
  if (has_place) return press.told_in == round_;
  return press.told_at == never;
}

void DropHistory::committed(const coupons::Coupon& coupon) {
  const int number = number_of(coupon.user);
  world_.story.add("event {}: number {} is user {}'s", event_.value, coupon.issue_no, number);
  issued_us_.emplace(number, world_.now_us());
  bool was_refused = false;
  bool asks = false;
  for (const Press& press : presses_) {
    if (press.user != number) continue;
    was_refused |= press.outcome == Outcome::sold_out;
    // Told with an error = not told whether it stands.
    asks |= is_open(press) || (press.told_at != never && !press.outcome);
  }
  if (was_refused && !asks) broken("S4", "given a coupon after sold out", number);
  check_holds(number);
}

void DropHistory::check_holds(int number) {
  const coupons::CouponEvent& row = this->row();
  const std::int64_t asked = first_press_at(number);
  if (row.opens_at && *row.opens_at > world_.clock.now()) {
    broken("hold", "given a coupon before the opening", number);
  }
  if (pause_.known_us && asked > *pause_.known_us) {
    broken("hold", "asked after the pause was told, and was given a coupon in it", number);
  }
  if (close_.known_us && asked > *close_.known_us) {
    broken("hold", "asked after the closing was told", number);
  }
  if (!row.closes_at || closing_times_ > 0) return;
  const std::int64_t closes_us = row.closes_at->time_since_epoch().count();
  if (asked > std::max(closes_us, closing_known_us_)) {
    broken("hold", "asked after the closing time", number);
  }
}

void DropHistory::check_coupon(const Press& press, const coupons::Settled& told) {
  const auto at = store_.record.by_user.find({event_, user(press.user)});
  if (at == store_.record.by_user.end()) {
    return broken("S4", "told of a coupon that is not committed", press.user);
  }
  const coupons::Coupon& coupon = store_.record.coupons.at(at->second);
  if (coupon.id != told.coupon || coupon.issue_no != told.issue_no) {
    broken("S4", "told of another coupon", press.user);
  }
}

void DropHistory::check_sold_out(const Press& press) {
  if (sold_out_us_ < press.at) broken("S6", "told sold out too early", press.user);
  const auto held = issued_us_.find(press.user);
  if (held == issued_us_.end()) return;
  // Who asks before the new round is open may be told of the old one, whatever another request of
  // theirs brings.
  const bool is_of_this_round = press.round == round_ && press.at >= round_from_us_;
  if (held->second < press.at || is_of_this_round) {
    broken("S4", "a holder is told sold out", press.user);
  }
}

// Refusals are no verdicts, but they are true: at some time since the press this was the first row
// of the table that fitted.
void DropHistory::check_refusal(const Press& press) {
  const auto held = issued_us_.find(press.user);
  if (held != issued_us_.end() && held->second < press.at) {
    broken("answer", fmt::format("a holder is told {}", word_of(*press.outcome)), press.user);
  }
  bool was_so = false;
  if (press.outcome == Outcome::closed) was_so = states_.was(RowState::closed, press.at);
  if (press.outcome == Outcome::not_open) was_so = states_.was(RowState::not_open, press.at);
  if (press.outcome == Outcome::paused) was_so = states_.was(RowState::paused, press.at);
  if (press.outcome == Outcome::line_full) {
    was_so = states_.was(RowState::open, press.at) && line_full_us_ >= press.at;
  }
  if (!was_so) {
    broken("answer", fmt::format("told {}, which the row did not say", word_of(*press.outcome)),
           press.user);
  }
}

}  // namespace rushline::tests
