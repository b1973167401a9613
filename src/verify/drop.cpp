// Joins presses, changes and stored coupons of each event; see drop.hpp.
#include "verify/drop.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "verify/asker_index.hpp"

namespace rushline::verify {
namespace {

bool is_earlier(const Press* a, const Press* b) {
  return b == nullptr || a->when.end_us() < b->when.end_us();
}

bool is_later(const Press* a, const Press* b) {
  return b == nullptr || a->when.invoke_us > b->when.invoke_us;
}

// What one answer says of its user.
void learn(Asker& asker, const SeenPress& seen) {
  const Press& press = *seen.press;
  if (press.ask == Ask::request) {
    asker.asked_us = std::min(asker.asked_us, seen.invoke_us);
    asker.last_asked_us = std::max(asker.last_asked_us, press.when.invoke_us);
    asker.has_unanswered |= !press.is_answered();
  }
  if (press.told == Told::sold_out || press.told == Told::none) {
    if (asker.bare == nullptr || seen.invoke_us > asker.bare_us) {
      asker.bare = &press;
      asker.bare_us = seen.invoke_us;
    }
  }
  if (press.has_coupon() && is_earlier(&press, asker.told)) asker.told = &press;
  // The answer that a key kept says how things stood when it was used first.
  if (seen.invoke_us != press.when.invoke_us) return;
  if (press.told == Told::sold_out) {
    if (is_earlier(&press, asker.first_sold_out)) asker.first_sold_out = &press;
    if (is_later(&press, asker.last_sold_out)) asker.last_sold_out = &press;
  }
  if (press.told == Told::queued) {
    if (press.ask == Ask::request && is_earlier(&press, asker.first_queued)) {
      asker.first_queued = &press;
    }
    if (is_later(&press, asker.last_queued)) asker.last_queued = &press;
    if (press.position && is_earlier(&press, asker.placed)) asker.placed = &press;
  } else if (press.is_answered() && !press.has_coupon()) {
    asker.first_other_us = std::min(asker.first_other_us, press.when.invoke_us);
  }
  if (press.is_answered() && is_later(&press, asker.last_answer)) asker.last_answer = &press;
}

// Whether a request can have brought its user a coupon. One that was answered with a place or a
// refusal is over when the user was told sold out afterwards: the line of a new round is empty.
bool can_have_brought(const Press& press, const Asker& asker) {
  if (press.ask == Ask::query || press.told == Told::sold_out) return false;
  const bool is_decided_later =
      press.told == Told::refused || (press.told == Told::queued && press.position.has_value());
  return !is_decided_later || asker.last_sold_out == nullptr ||
         press.when.end_us() >= asker.last_sold_out->when.invoke_us;
}

// Stored coupons in the order of their numbers, each with its asker.
void number(Drop& drop, AskerIndex& index) {
  for (const coupons::Coupon& coupon : drop.record->coupons) {
    drop.coupons.push_back({.coupon = &coupon, .asker = index.find(drop.askers, coupon.user)});
  }
  std::stable_sort(
      drop.coupons.begin(), drop.coupons.end(),
      [](const Numbered& a, const Numbered& b) { return a.coupon->issue_no < b.coupon->issue_no; });
  for (std::size_t i = 0; i < drop.coupons.size(); ++i) {
    const std::int32_t at = drop.coupons[i].asker;
    if (at < 0) continue;
    Asker& asker = drop.askers[static_cast<std::size_t>(at)];
    if (asker.coupon == Asker::no_coupon) asker.coupon = static_cast<std::int32_t>(i);
  }
}

// What each user's coupon can have come from, and by when it was told.
void learn_asking_and_holding(Drop& drop) {
  for (const SeenPress& seen : drop.presses) {
    const Press& press = *seen.press;
    Asker& asker = drop.askers[seen.asker];
    if (can_have_brought(press, asker)) asker.ask_us = std::min(asker.ask_us, seen.invoke_us);
    if (!press.has_coupon() || asker.coupon == Asker::no_coupon) continue;
    const coupons::Coupon& coupon = *drop.coupons[static_cast<std::size_t>(asker.coupon)].coupon;
    if (coupon.id == press.coupon && coupon.issue_no == press.issue_no) {
      asker.held_us = std::min(asker.held_us, press.when.end_us());
    }
  }
}

// The quantity that everybody who raised it was promised.
std::int64_t promised_quantity(const coupons::CouponEvent& event) {
  return event.raise ? event.raise->quantity : event.quantity;
}

// Without the raises, a new round can only have begun where the epoch changes: every new round has
// a new epoch.
std::set<std::int64_t> guess_quantities(const Drop& drop) {
  const coupons::CouponEvent& event = drop.record->event;
  std::set<std::int64_t> quantities{event.quantity, promised_quantity(event)};
  for (std::size_t i = 1; i < drop.coupons.size(); ++i) {
    if (drop.coupons[i].coupon->epoch != drop.coupons[i - 1].coupon->epoch) {
      quantities.insert(static_cast<std::int64_t>(i));
    }
  }
  if (!drop.coupons.empty() && drop.coupons.back().coupon->epoch != event.epoch) {
    quantities.insert(drop.issued());
  }
  return quantities;
}

// A raise that was acknowledged found no larger quantity, so a larger one came after it began.
void begin_levels_after_smaller_raises(Drop& drop) {
  for (const EventChange* change : drop.changes) {
    if (change->change != Change::raise || change->ended != Ended::done) continue;
    for (Level& level : drop.levels) {
      if (level.quantity > change->quantity) {
        level.from_us = std::max(level.from_us, change->when.invoke_us);
      }
    }
  }
}

void find_levels(Drop& drop) {
  std::int64_t first_press_us = never_us;
  for (const SeenPress& seen : drop.presses) {
    first_press_us = std::min(first_press_us, seen.invoke_us);
  }
  std::map<std::int64_t, std::int64_t> from_us;
  std::int64_t known_since_us = never_us;
  for (const EventChange* change : drop.changes) {
    const bool is_raise = change->change == Change::raise;
    const bool is_start =
        change->change == Change::create ||
        (change->change == Change::seen && change->when.end_us() <= first_press_us);
    if (!is_raise && !is_start) continue;
    const std::int64_t begin_us = is_raise ? change->when.invoke_us : always_us;
    const auto [at, is_new] = from_us.emplace(change->quantity, begin_us);
    if (!is_new) at->second = std::min(at->second, begin_us);
    drop.knows_raises |= is_start;
    if (is_start) known_since_us = std::min(known_since_us, change->when.invoke_us);
    drop.knows_creation |= change->change == Change::create;
  }
  // What nobody here asked for was raised by somebody else, at any time since.
  const std::int64_t stored = promised_quantity(drop.record->event);
  if (!drop.knows_raises) known_since_us = always_us;
  if (!drop.knows_creation && !from_us.contains(stored)) drop.knows_raises = false;
  if (!drop.knows_raises) {
    for (const std::int64_t quantity : guess_quantities(drop)) {
      from_us.emplace(quantity, known_since_us);
    }
  }
  from_us.emplace(stored, known_since_us);
  for (const auto& [quantity, begin_us] : from_us) {
    if (quantity <= stored) drop.levels.push_back({quantity, begin_us});
  }
  begin_levels_after_smaller_raises(drop);
}

void bound_from_below(Drop& drop, std::optional<std::int64_t> clock_error_us) {
  std::int64_t from_us = always_us;
  std::size_t from_of = 0;
  std::vector<std::int64_t> raised_us(drop.levels.size() + 1, never_us);
  for (std::size_t i = drop.levels.size(); i-- > 0;) {
    raised_us[i] = std::min(raised_us[i + 1], drop.levels[i].from_us);
  }
  std::size_t level = 0;
  for (std::size_t i = 0; i < drop.coupons.size(); ++i) {
    Numbered& numbered = drop.coupons[i];
    const auto bound = [&numbered](std::int64_t us, Because because) {
      if (us <= numbered.own_from_us) return;
      numbered.own_from_us = us;
      numbered.because = because;
    };
    if (numbered.asker >= 0) {
      const Asker& asker = drop.askers[static_cast<std::size_t>(numbered.asker)];
      if (asker.ask_us != never_us) bound(asker.ask_us, Because::asked);
      bound(asker.bare_us, Because::bare);
    }
    while (level < drop.levels.size() &&
           drop.levels[level].quantity <= static_cast<std::int64_t>(i)) {
      ++level;
    }
    if (level < drop.levels.size()) bound(raised_us[level], Because::raised);
    if (clock_error_us) {
      bound(numbered.coupon->issued_at.time_since_epoch().count() - *clock_error_us,
            Because::recorded);
    }
    // What contradicts itself is told as such, and bounds nobody else.
    if (numbered.own_from_us > from_us && numbered.own_from_us <= numbered.until_us) {
      from_us = numbered.own_from_us;
      from_of = i;
    }
    numbered.from_us = from_us;
    numbered.from_of = from_of;
  }
}

void bound_from_above(Drop& drop) {
  std::int64_t until_us = never_us;
  std::size_t until_of = 0;
  for (std::size_t i = drop.coupons.size(); i-- > 0;) {
    Numbered& numbered = drop.coupons[i];
    if (numbered.asker >= 0) {
      const Asker& asker = drop.askers[static_cast<std::size_t>(numbered.asker)];
      if (asker.coupon == static_cast<std::int32_t>(i) && asker.held_us <= until_us) {
        until_us = asker.held_us;
        until_of = i;
      }
    }
    numbered.until_us = until_us;
    numbered.until_of = until_of;
  }
}

// Whether a clock was set meanwhile, or so short a time before that it was not noticed.
bool is_clock_set(std::span<const Fault> faults, std::int64_t from_us, std::int64_t until_us) {
  constexpr std::int64_t unnoticed_us = 1'000'000;
  return std::ranges::any_of(faults, [&](const Fault& fault) {
    return fault.what.find("clock") != std::string::npos && fault.begin_us <= until_us &&
           from_us <= fault.end_us.value_or(never_us - unnoticed_us) + unnoticed_us;
  });
}

// A level ends with the first acknowledged raise beyond it: at once, or after the delay when it can
// have been sold out by then. The delay is by the database's clock: set back, it puts the round off
// until it has caught up.
void end_levels(Drop& drop, const DropBounds& bounds) {
  for (Level& level : drop.levels) {
    if (level.quantity < 1 || level.quantity > drop.issued()) continue;
    const Numbered& last = drop.coupons[static_cast<std::size_t>(level.quantity) - 1];
    for (const EventChange* change : drop.changes) {
      const bool is_beyond = change->change == Change::raise && change->ended == Ended::done &&
                             change->when.complete_us && change->quantity > level.quantity;
      if (!is_beyond) continue;
      const std::int64_t raised_us = *change->when.complete_us;
      const bool is_new_round = last.from_us <= raised_us;
      const std::int64_t begins_us = is_new_round ? raised_us + bounds.raise_delay_us : raised_us;
      const bool is_put_off =
          is_new_round && is_clock_set(bounds.faults, change->when.invoke_us, begins_us);
      if (!is_put_off) level.until_us = std::min(level.until_us, begins_us);
    }
  }
}

class Join {
 public:
  Join(const History& history, const AtRest& rest) {
    for (const EventRecord& record : rest.events) records_.emplace(record.event.id, &record);
    for (const Press& press : history.presses) index_key(press);
    for (const EventChange& change : history.changes) {
      if (change.ended != Ended::refused) event_of(change.event).drop.changes.push_back(&change);
    }
    for (const Press& press : history.presses) see(press);
  }

  std::vector<Drop> run(const DropBounds& bounds) {
    std::vector<Drop> drops;
    for (Event& event : events_) {
      Drop& drop = event.drop;
      if (drop.record != nullptr) {
        number(drop, event.index);
        learn_asking_and_holding(drop);
        find_levels(drop);
        bound_from_above(drop);
        bound_from_below(drop, bounds.clock_error_us);
        end_levels(drop, bounds);
      }
      drops.push_back(std::move(drop));
    }
    return drops;
  }

 private:
  struct Event {
    Drop drop;
    AskerIndex index = {};
  };

  void index_key(const Press& press) {
    if (press.key.empty()) return;
    const auto [at, is_new] = first_use_us_.emplace(press.key, press.when.invoke_us);
    if (!is_new) at->second = std::min(at->second, press.when.invoke_us);
  }

  Event& event_of(CouponEventId id) {
    if (last_ < events_.size() && events_[last_].drop.id == id) return events_[last_];
    const auto [at, is_new] = at_.emplace(id, events_.size());
    last_ = at->second;
    if (is_new) {
      events_.push_back({.drop = {.id = id}});
      const auto record = records_.find(id);
      if (record != records_.end()) events_.back().drop.record = record->second;
    }
    return events_[last_];
  }

  void see(const Press& press) {
    Event& event = event_of(press.event);
    Drop& drop = event.drop;
    const std::uint32_t asker = event.index.find_or_add(drop.askers, press.user);
    const std::int64_t invoke_us =
        press.key.empty() ? press.when.invoke_us : first_use_us_.at(press.key);
    drop.presses.push_back({&press, asker, invoke_us});
    learn(drop.askers[asker], drop.presses.back());
  }

  std::unordered_map<CouponEventId, const EventRecord*> records_;
  std::unordered_map<std::string_view, std::int64_t> first_use_us_;  // of each key
  std::unordered_map<CouponEventId, std::size_t> at_;
  std::vector<Event> events_;
  std::size_t last_ = 0;  // presses of one event mostly follow each other
};

}  // namespace

std::vector<Drop> join_drops(const History& history, const AtRest& rest, const DropBounds& bounds) {
  return Join(history, rest).run(bounds);
}

}  // namespace rushline::verify
