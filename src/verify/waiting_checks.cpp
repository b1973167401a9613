// Follows each user's wait from the first place in line to the verdict.
#include "verify/waiting_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rushline::verify {
namespace {

std::vector<Excuse> excuses_of(const std::vector<Fault>& faults, std::int64_t grace_us) {
  std::vector<Excuse> excuses;
  for (const Fault& fault : faults) {
    excuses.push_back({fault.begin_us, fault.end_us.value_or(never_us), grace_us});
  }
  return excuses;
}

// From the earliest moment at which a pause can have begun to the end of the first resume that
// surely came after it.
Excuse pause_excuse(const Drop& drop, const EventChange& pause, std::int64_t grace_us) {
  Excuse excuse{pause.when.invoke_us, never_us, grace_us};
  for (const EventChange* change : drop.changes) {
    if (change->change == Change::resume && change->ended == Ended::done &&
        pause.when.is_before(change->when)) {
      excuse.end_us = std::min(excuse.end_us, change->when.end_us());
    }
  }
  return excuse;
}

}  // namespace

WaitingChecks::WaitingChecks(const std::vector<Fault>& faults, const WaitingBounds& bounds,
                             std::int64_t rest_us)
    : bounds_(bounds),
      rest_us_(rest_us),
      faults_(excuses_of(faults, bounds.decided_after_fault_us)),
      fault_weather_(bounds.decided_within_us, faults_) {}

WaitingChecks::Weather WaitingChecks::weather_of(const Drop& drop) const {
  std::vector<Excuse> excuses = faults_;
  std::vector<Excuse> raises;
  std::int64_t first_close_us = never_us;
  for (const EventChange* change : drop.changes) {
    if (change->change == Change::pause) {
      excuses.push_back(pause_excuse(drop, *change, bounds_.decided_within_us));
    } else if (change->change == Change::raise) {
      raises.push_back({change->when.invoke_us, change->when.end_us(), bounds_.raise_delay_us});
    } else if (change->change == Change::close) {
      first_close_us = std::min(first_close_us, change->when.invoke_us);
    }
  }
  // Raises that nobody wrote down may have been at any time.
  if (!drop.knows_raises && drop.levels.size() > 1) raises.push_back({always_us, never_us, 0});
  bool is_at_work = drop.record != nullptr;
  if (drop.record != nullptr) {
    const coupons::CouponEvent& event = drop.record->event;
    if (event.closes_at) first_close_us = always_us;
    is_at_work = !event.paused && !event.closed_at && !event.closes_at && !event.raise;
  }
  return {Grace(bounds_.decided_within_us, std::move(excuses)), Grace(0, std::move(raises)),
          is_at_work, first_close_us};
}

void WaitingChecks::see(const Drop& drop) {
  const Weather weather = weather_of(drop);
  for (const SeenPress& seen : drop.presses) check_answer(seen, weather);
  for (const Asker& asker : drop.askers) {
    if (asker.first_queued != nullptr) check_asker(drop, asker, weather);
  }
  check_positions(drop, weather);
  check_overtaking(drop, weather);
}

// L1 of one answer.
void WaitingChecks::check_answer(const SeenPress& seen, const Weather& weather) {
  const Press& press = *seen.press;
  const bool is_first_use = seen.invoke_us == press.when.invoke_us;
  // A broken connection is no answer that came late; a query waits as long as it wants to.
  if (press.ask == Ask::query || press.told == Told::error || !is_first_use) return;
  if (press.position.value_or(0) > bounds_.line_length_max) return;
  ++decided_.rows;
  const std::int64_t due_us = weather.deadlines.deadline_us(press.when.invoke_us);
  const bool is_excused = due_us - bounds_.decided_within_us > press.when.invoke_us;
  if (!press.when.complete_us) {
    if (press.told == Told::timeout && !is_excused) {
      decided_.find(fmt::format("op {}: user {} was never answered", press.op, press.user.view()));
    }
    return;
  }
  if (*press.when.complete_us <= due_us) return;
  decided_.find(fmt::format("op {}: user {} was {} after {} ms", press.op, press.user.view(),
                            press.told == Told::queued ? "undecided" : "answered",
                            (*press.when.complete_us - press.when.invoke_us) / 1000));
}

// L1 of a wait over several answers: it began with the first place when nothing can have lost that,
// and in any case no later than with the last request.
void WaitingChecks::check_asker(const Drop& drop, const Asker& asker, const Weather& weather) {
  const Press& first = *asker.first_queued;
  if (first.position.value_or(0) > bounds_.line_length_max) return;
  const Press& last = *asker.last_queued;
  const std::int64_t undecided_us = last.when.invoke_us;
  const bool is_one_wait = asker.first_other_us >= undecided_us && asker.held_us >= undecided_us &&
                           fault_weather_.is_calm(first.when.invoke_us, undecided_us) &&
                           weather.rounds.is_calm(first.when.invoke_us, undecided_us);
  const std::int64_t since_us = is_one_wait ? first.when.invoke_us : asker.last_asked_us;
  if ((is_one_wait || !asker.has_unanswered) &&
      undecided_us > weather.deadlines.deadline_us(since_us)) {
    decided_.find(fmt::format("op {}: user {} was still undecided after {} ms", last.op,
                              asker.user->view(), (undecided_us - since_us) / 1000));
  }
  const Press* none = asker.bare;
  if (asker.placed != nullptr && none != nullptr && none->told == Told::none &&
      asker.placed->when.is_before(none->when)) {
    const std::int64_t from_us = asker.placed->when.invoke_us;
    const std::int64_t until_us = none->when.end_us();
    if (fault_weather_.is_calm(from_us, until_us) && weather.rounds.is_calm(from_us, until_us) &&
        weather.first_close_us > until_us) {
      decided_.find(
          fmt::format("op {}: user {} was told of no request after op {} had given a place, "
                      "though nothing had failed",
                      none->op, asker.user->view(), asker.placed->op));
    }
  }
  if (drop.record != nullptr) check_rest(drop, asker, weather);
}

// Who was told queued last, when there was nothing that could lose the place, is decided at rest.
void WaitingChecks::check_rest(const Drop& drop, const Asker& asker, const Weather& weather) {
  ++at_rest_.rows;
  const Press& last = *asker.last_answer;
  const std::int64_t quantity = drop.record->event.quantity;
  if (last.told != Told::queued || asker.coupon != Asker::no_coupon || drop.issued() >= quantity ||
      !weather.is_at_work_at_rest ||
      rest_us_ <= weather.deadlines.deadline_us(last.when.invoke_us) ||
      !fault_weather_.is_calm(last.when.invoke_us, rest_us_) ||
      !weather.rounds.is_calm(last.when.invoke_us, rest_us_)) {
    return;
  }
  const std::string what =
      fmt::format("op {}: user {} was told queued and never decided", last.op, asker.user->view());
  decided_.find(what);
  at_rest_.find(fmt::format("{}, but {} of {} are issued", what, drop.issued(), quantity));
}

// A place only moves forward.
void WaitingChecks::check_positions(const Drop& drop, const Weather& weather) {
  std::vector<SeenPress> places;
  for (const SeenPress& seen : drop.presses) {
    if (seen.press->position && seen.invoke_us == seen.press->when.invoke_us) {
      places.push_back(seen);
    }
  }
  std::sort(places.begin(), places.end(), [](const SeenPress& a, const SeenPress& b) {
    return std::pair(a.asker, a.invoke_us) < std::pair(b.asker, b.invoke_us);
  });
  const SeenPress* best = nullptr;
  for (const SeenPress& seen : places) {
    ++places_.rows;
    if (best == nullptr || best->asker != seen.asker) {
      best = &seen;
      continue;
    }
    const Press& before = *best->press;
    const Press& now = *seen.press;
    const std::int64_t until_us = now.when.end_us();
    const bool is_calm = fault_weather_.is_calm(best->invoke_us, until_us) &&
                         weather.rounds.is_calm(best->invoke_us, until_us);
    if (*now.position > *before.position && before.when.is_before(now.when) && is_calm) {
      places_.find(fmt::format("op {}: user {} is at position {}, after position {} of op {}",
                               now.op, now.user.view(), *now.position, *before.position,
                               before.op));
    }
    if (*now.position <= *before.position || !is_calm) best = &seen;
  }
}

// Who was given a place before another asked has the lower number, while the line stood.
void WaitingChecks::check_overtaking(const Drop& drop, const Weather& weather) {
  std::vector<const Asker*> placed(drop.coupons.size() + 1, nullptr);  // with this index or none
  bool is_any = false;
  for (const Asker& asker : drop.askers) {
    if (asker.placed == nullptr) continue;
    std::size_t at = 0;
    std::int64_t until_us = rest_us_;
    if (asker.coupon != Asker::no_coupon) {
      at = static_cast<std::size_t>(asker.coupon);
      until_us = std::min(until_us, drop.coupons[at].until_us);
    } else if (asker.first_sold_out != nullptr && drop.levels.size() == 1) {
      const std::int64_t lost = std::min(drop.levels[0].quantity, drop.issued());
      at = static_cast<std::size_t>(std::max<std::int64_t>(lost, 0));
      until_us = asker.first_sold_out->when.end_us();
    } else {
      continue;
    }
    const std::int64_t from_us = asker.placed->when.invoke_us;
    if (!fault_weather_.is_calm(from_us, until_us) || !weather.rounds.is_calm(from_us, until_us)) {
      continue;
    }
    is_any = true;
    if (placed[at] == nullptr || is_placed_before(asker, *placed[at])) placed[at] = &asker;
  }
  if (is_any) find_overtaken(drop, placed);
}

bool WaitingChecks::is_placed_before(const Asker& a, const Asker& b) {
  return a.placed->when.end_us() < b.placed->when.end_us();
}

void WaitingChecks::find_overtaken(const Drop& drop, const std::vector<const Asker*>& placed) {
  const Asker* first = nullptr;  // of all with a higher number
  for (std::size_t i = drop.coupons.size() + 1; i-- > 0;) {
    const std::int32_t at = i < drop.coupons.size() ? drop.coupons[i].asker : -1;
    if (at >= 0 && first != nullptr) {
      const Asker& winner = drop.askers[static_cast<std::size_t>(at)];
      if (winner.ask_us != never_us && first->placed->when.end_us() < winner.ask_us) {
        places_.find(fmt::format(
            "event {}: user {} asked after user {} had a place (op {}), and got number {} before",
            drop.id.value, winner.user->view(), first->user->view(), first->placed->op,
            drop.coupons[i].coupon->issue_no));
      }
    }
    if (placed[i] != nullptr && (first == nullptr || is_placed_before(*placed[i], *first))) {
      first = placed[i];
    }
  }
}

std::vector<Check> WaitingChecks::finish() {
  std::vector<Check> checks{std::move(at_rest_), std::move(decided_), std::move(places_)};
  std::erase_if(checks, [](const Check& check) { return check.rows == 0; });
  return checks;
}

}  // namespace rushline::verify
