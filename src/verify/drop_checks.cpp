// Holds every number and every verdict against the times that are possible for it.
#include "verify/drop_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace rushline::verify {
namespace {

std::string_view name(const coupons::Coupon& coupon) { return coupon.user.view(); }

std::int64_t promised_quantity(const coupons::CouponEvent& event) {
  return event.raise ? event.raise->quantity : event.quantity;
}

bool sets_quantity(const EventChange& change) {
  return change.change == Change::create || change.change == Change::seen ||
         change.change == Change::raise;
}

}  // namespace

// How a sold out fails to fit one quantity.
struct DropChecks::Misfit {
  std::int64_t quantity = 0;
  bool is_holder = false;                 // the user holds one of these coupons
  bool is_left = false;                   // some of them were never issued
  const Numbered* not_yet = nullptr;      // one that was issued only later
  bool is_not_raised_yet = false;         // nobody had asked for this quantity
  bool is_raised = false;                 // it was surely larger by then
  const Numbered* told_beyond = nullptr;  // a coupon beyond it was told before

  int count() const {
    return is_holder + is_left + (not_yet != nullptr) + is_raised + (told_beyond != nullptr) +
           100 * is_not_raised_yet;
  }
};

void DropChecks::see(const Drop& drop) {
  if (drop.record == nullptr) {
    ++told_stays_.rows;
    if (!drop.presses.empty()) {
      told_stays_.find(fmt::format("event {} of the history does not exist", drop.id.value));
    }
    return;
  }
  check_quantity(drop);
  check_numbers(drop);
  check_asked(drop);
  check_times(drop);
  for (const SeenPress& seen : drop.presses) {
    ++told_stays_.rows;
    const Asker& asker = drop.askers[seen.asker];
    if (seen.press->has_coupon()) check_told_coupon(drop, *seen.press, asker);
    if (seen.press->told == Told::none) check_told_none(drop, *seen.press, asker);
    if (seen.press->told == Told::sold_out) check_sold_out(drop, seen);
  }
}

// S1 at rest, and that no acknowledged raise is lost.
void DropChecks::check_quantity(const Drop& drop) {
  ++quantity_.rows;
  const std::int64_t stored = promised_quantity(drop.record->event);
  if (drop.issued() > stored) {
    quantity_.find(fmt::format("event {}: {} coupons are issued of a quantity of {}", drop.id.value,
                               drop.issued(), stored));
  }
  std::vector<const EventChange*> acknowledged;
  bool is_asked_for = false;
  for (const EventChange* change : drop.changes) {
    if (!sets_quantity(*change)) continue;
    is_asked_for |= change->quantity == stored;
    if (change->ended != Ended::done) continue;
    acknowledged.push_back(change);
    if (change->quantity > stored) {
      sold_out_.find(fmt::format("event {}: op {} made the quantity {}, stored is {}",
                                 drop.id.value, change->op, change->quantity, stored));
    }
  }
  if (drop.knows_creation && !is_asked_for) {
    quantity_.find(
        fmt::format("event {}: nobody asked for the stored quantity of {}", drop.id.value, stored));
  }
  check_raises(drop, std::move(acknowledged));
}

// The quantity only goes up.
void DropChecks::check_raises(const Drop& drop, std::vector<const EventChange*> by_begin) {
  std::vector<const EventChange*> by_end = by_begin;
  std::sort(by_begin.begin(), by_begin.end(), [](const EventChange* a, const EventChange* b) {
    return a->when.invoke_us < b->when.invoke_us;
  });
  std::sort(by_end.begin(), by_end.end(), [](const EventChange* a, const EventChange* b) {
    return a->when.end_us() < b->when.end_us();
  });
  auto ended = by_end.begin();
  const EventChange* largest = nullptr;  // of those that ended before
  for (const EventChange* change : by_begin) {
    for (; ended != by_end.end() && (*ended)->when.is_before(change->when); ++ended) {
      if (largest == nullptr || (*ended)->quantity > largest->quantity) largest = *ended;
    }
    if (largest != nullptr && change->quantity < largest->quantity) {
      quantity_.find(fmt::format("event {}: op {} made the quantity {}, after op {} made it {}",
                                 drop.id.value, change->op, change->quantity, largest->op,
                                 largest->quantity));
    }
  }
}

void DropChecks::check_numbers(const Drop& drop) {
  std::int64_t last = 0;
  for (const Numbered& numbered : drop.coupons) {
    ++numbers_.rows;
    const std::int64_t number = numbered.coupon->issue_no;
    if (number == last) {
      numbers_.find(fmt::format("event {}: user {} has number {}, which is another's too",
                                drop.id.value, name(*numbered.coupon), number));
    } else if (number != last + 1) {
      numbers_.find(
          fmt::format("event {}: number {} follows number {}", drop.id.value, number, last));
    }
    last = number;
  }
}

// S2 and S3 of what is stored.
void DropChecks::check_asked(const Drop& drop) {
  for (std::size_t i = 0; i < drop.coupons.size(); ++i) {
    const coupons::Coupon& coupon = *drop.coupons[i].coupon;
    ++asked_.rows;
    ++one_per_user_.rows;
    const std::int32_t at = drop.coupons[i].asker;
    const Asker* asker = at < 0 ? nullptr : &drop.askers[static_cast<std::size_t>(at)];
    if (asker == nullptr || asker->asked_us == never_us) {
      asked_.find(fmt::format("event {}: coupon {} belongs to user {}, who never asked",
                              drop.id.value, coupon.id.value, name(coupon)));
      continue;
    }
    if (asker->coupon != static_cast<std::int32_t>(i)) {
      one_per_user_.find(fmt::format("event {}: user {} holds a second coupon, {}", drop.id.value,
                                     name(coupon), coupon.id.value));
    } else if (asker->ask_us == never_us) {
      const std::int64_t op = asker->last_sold_out == nullptr ? 0 : asker->last_sold_out->op;
      told_stays_.find(fmt::format(
          "op {}: user {} was told sold out, did not ask again, and holds coupon {} number {}", op,
          name(coupon), coupon.id.value, coupon.issue_no));
    }
  }
}

// S5, first half, and whatever else puts the earliest issue of a number behind its latest.
void DropChecks::check_times(const Drop& drop) {
  for (const Numbered& numbered : drop.coupons) {
    ++in_order_.rows;
    if (drop.knows_creation && !drop.levels.empty() &&
        numbered.coupon->issue_no > drop.levels.back().quantity) {
      quantity_.find(fmt::format("event {}: number {} is beyond the largest quantity, {}",
                                 drop.id.value, numbered.coupon->issue_no,
                                 drop.levels.back().quantity));
    }
    if (numbered.own_from_us > numbered.until_us) {
      tell_wrong_time(drop, numbered, drop.coupons[numbered.until_of]);
    }
  }
}

void DropChecks::tell_wrong_time(const Drop& drop, const Numbered& numbered, const Numbered& told) {
  const coupons::Coupon& coupon = *numbered.coupon;
  const coupons::Coupon& other = *told.coupon;
  const bool is_own = &coupon == &other;
  switch (numbered.because) {
    case Because::nothing:
      return;
    case Because::asked:
      if (is_own) {
        asked_.find(fmt::format("event {}: user {} was told number {} before asking for it",
                                drop.id.value, name(coupon), coupon.issue_no));
      } else {
        in_order_.find(fmt::format(
            "event {}: user {} asked after user {} had been told number {}, and got number {}",
            drop.id.value, name(coupon), name(other), other.issue_no, coupon.issue_no));
      }
      return;
    case Because::bare: {
      const Press& bare = *drop.askers[static_cast<std::size_t>(numbered.asker)].bare;
      Check& check = is_own ? told_stays_ : numbers_;
      check.find(fmt::format(
          "op {}: user {}, who holds number {}, was told {} after user {} had been told number {}",
          bare.op, name(coupon), coupon.issue_no,
          bare.told == Told::none ? "of no request" : "sold out", name(other), other.issue_no));
      return;
    }
    case Because::raised:
      quantity_.find(fmt::format("event {}: number {} was told before anybody raised so far",
                                 drop.id.value, other.issue_no));
      return;
    case Because::recorded: {
      Check& check = is_own ? told_stays_ : numbers_;
      check.find(fmt::format("event {}: user {} was told number {} before number {} was stored",
                             drop.id.value, name(other), other.issue_no, coupon.issue_no));
      return;
    }
  }
}

// S2 and S4: a told coupon is the user's only one, and is stored as it was told.
void DropChecks::check_told_coupon(const Drop& drop, const Press& press, const Asker& asker) {
  if (asker.told->coupon != press.coupon) {
    one_per_user_.find(fmt::format("op {}: user {} was told coupon {} of event {}, and by op {} {}",
                                   press.op, press.user.view(), press.coupon->value, drop.id.value,
                                   asker.told->op, asker.told->coupon->value));
  }
  const coupons::Coupon* stored = asker.coupon == Asker::no_coupon
                                      ? nullptr
                                      : drop.coupons[static_cast<std::size_t>(asker.coupon)].coupon;
  if (stored != nullptr && stored->id == press.coupon && stored->issue_no == press.issue_no) {
    return;
  }
  told_stays_.find(fmt::format(
      "op {}: user {} was told coupon {} number {} of event {}, stored is {}", press.op,
      press.user.view(), press.coupon->value, press.issue_no, drop.id.value,
      stored == nullptr ? std::string("none")
                        : fmt::format("coupon {} number {}", stored->id.value, stored->issue_no)));
  const auto at = static_cast<std::size_t>(press.issue_no) - 1;
  if (press.issue_no >= 1 && at < drop.coupons.size() &&
      drop.coupons[at].coupon->user != press.user) {
    numbers_.find(fmt::format("op {}: user {} was told number {}, which user {} holds", press.op,
                              press.user.view(), press.issue_no, name(*drop.coupons[at].coupon)));
  }
}

// S4: who was told sold out is not told of no request before a raise.
void DropChecks::check_told_none(const Drop& drop, const Press& press, const Asker& asker) {
  for (const Press* sold_out : {asker.first_sold_out, asker.last_sold_out}) {
    if (sold_out == nullptr || !sold_out->when.is_before(press.when)) continue;
    // It was sold out at the lowest quantity at which that can be; was there more by now?
    const auto may_be = [&](const Level& level) {
      return level.until_us >= sold_out->when.invoke_us;
    };
    const auto lowest = std::find_if(drop.levels.begin(), drop.levels.end(), may_be);
    const auto is_begun = [&](const Level& level) { return level.from_us <= press.when.end_us(); };
    if (lowest == drop.levels.end() ||
        std::any_of(std::next(lowest), drop.levels.end(), is_begun)) {
      continue;
    }
    told_stays_.find(fmt::format(
        "op {}: user {} was told of no request in the round in which op {} had told sold out",
        press.op, press.user.view(), sold_out->op));
    return;
  }
}

// S4, S5 and S6 of a sold out: there is a quantity that was wholly issued while it was told.
void DropChecks::check_sold_out(const Drop& drop, const SeenPress& seen) {
  ++sold_out_.rows;
  const Press& press = *seen.press;
  const std::int64_t number = drop.askers[seen.asker].coupon + 1;  // 0 = none
  std::optional<Misfit> best;
  for (std::size_t i = drop.levels.size(); i-- > 0;) {
    const Level& level = drop.levels[i];
    Misfit misfit{.quantity = level.quantity};
    misfit.is_holder = number > 0 && number <= level.quantity;
    misfit.is_left = level.quantity > drop.issued();
    misfit.is_not_raised_yet = level.from_us > press.when.end_us();
    std::int64_t from_us = level.from_us;
    std::int64_t until_us = level.until_us;
    if (const std::int64_t count = std::min(level.quantity, drop.issued()); count > 0) {
      const Numbered& last = drop.coupons[static_cast<std::size_t>(count) - 1];
      if (last.from_us > press.when.end_us()) misfit.not_yet = &drop.coupons[last.from_of];
      from_us = std::max(from_us, last.from_us);
    }
    if (level.quantity < drop.issued()) {
      const Numbered& next = drop.coupons[static_cast<std::size_t>(level.quantity)];
      if (next.until_us < seen.invoke_us) misfit.told_beyond = &drop.coupons[next.until_of];
      until_us = std::min(until_us, next.until_us);
    }
    misfit.is_raised = level.until_us < seen.invoke_us || until_us < from_us;
    if (misfit.count() == 0) return;
    if (!best || misfit.count() < best->count()) best = misfit;
  }
  if (best) tell_misfit(drop, press, *best);
}

void DropChecks::tell_misfit(const Drop& drop, const Press& press, const Misfit& misfit) {
  const std::string told = fmt::format("event {}: user {} was told sold out (op {})", drop.id.value,
                                       press.user.view(), press.op);
  if (misfit.is_holder) {
    told_stays_.find(fmt::format("{} and holds a coupon of that round", told));
  }
  if (misfit.is_left) {
    sold_out_.find(
        fmt::format("{}, but {} of {} are issued", told, drop.issued(), misfit.quantity));
  }
  if (misfit.not_yet != nullptr) {
    const coupons::Coupon& coupon = *misfit.not_yet->coupon;
    if (misfit.not_yet->because == Because::asked) {
      in_order_.find(fmt::format("{} before user {} asked and got number {}", told, name(coupon),
                                 coupon.issue_no));
    }
    sold_out_.find(fmt::format("{} before number {} was issued", told, coupon.issue_no));
  }
  if (misfit.is_raised) {
    sold_out_.find(fmt::format("{} after the quantity of {} was raised", told, misfit.quantity));
  }
  if (misfit.told_beyond != nullptr) {
    sold_out_.find(fmt::format("{} after number {} had been told, beyond the quantity of {}", told,
                               misfit.told_beyond->coupon->issue_no, misfit.quantity));
  }
  if (misfit.is_not_raised_yet) {
    sold_out_.find(fmt::format("{} before the event had a quantity of {}", told, misfit.quantity));
  }
}

std::vector<Check> DropChecks::finish() {
  return {std::move(quantity_), std::move(one_per_user_), std::move(asked_),
          std::move(numbers_),  std::move(told_stays_),   std::move(in_order_),
          std::move(sold_out_)};
}

}  // namespace rushline::verify
