// The way through the line: admit → wait → drain (take, settle, trim) → told; and what becomes of
// those whose places another server settled, or who lost them.
#include <algorithm>

#include "core/assert.hpp"
#include "core/fail_point.hpp"
#include "core/planted_bug.hpp"
#include "coupons/admission_state.hpp"

namespace rushline::coupons {
namespace {

// The line of this epoch cannot be used: the event goes on directly, in a new epoch.
bool ends_the_epoch(Errc code) {
  return code == Errc::stale_epoch || code == Errc::unavailable || code == Errc::timed_out;
}

Answer answer_of(Outcome outcome) { return {std::nullopt, {.outcome = outcome}}; }

Answer answer_of(const Holder& holder, Outcome outcome) {
  return {std::nullopt,
          {.outcome = outcome,
           .coupon = holder.coupon,
           .issue_no = holder.issue_no,
           .issued_at = holder.issued_at,
           .expires_at = holder.expires_at}};
}

const Holder* find_holder(const std::vector<Holder>& holders, const UserId& user) {
  const auto at = std::lower_bound(
      holders.begin(), holders.end(), user,
      [](const Holder& holder, const UserId& wanted) { return holder.user < wanted; });
  return at != holders.end() && at->user == user ? &*at : nullptr;
}

std::vector<UserId> users_of(const std::vector<Waiting>& waiting) {
  std::vector<UserId> users;
  users.reserve(waiting.size());
  for (const Waiting& one : waiting) users.push_back(one.user);
  return users;
}

bool is_sold_out_at(const CouponEvent& event, Timestamp now) {
  return event.issued >= effective_quantity(event, now);
}

Outcome outcome_by_line(Turned why) {
  switch (why) {
    case Turned::sold_out:
      return Outcome::sold_out;
    case Turned::closed:
      return Outcome::closed;
    case Turned::not_open:
      return Outcome::not_open;
    case Turned::paused:
      return Outcome::paused;
    case Turned::full:
      break;
  }
  return Outcome::line_full;
}

// What somebody without a place is told, by the row; nothing when the row would let them in.
std::optional<Outcome> refusal_of(const Sight& sight, Turned why) {
  if (is_planted(PlantedBug::refuse_by_line)) return outcome_by_line(why);
  if (is_sold_out_at(sight.event, sight.as_of)) return Outcome::sold_out;
  if (is_closed(sight.event, sight.as_of)) return Outcome::closed;
  if (!is_open_yet(sight.event, sight.as_of)) return Outcome::not_open;
  if (sight.event.paused) return Outcome::paused;
  if (why == Turned::full) return Outcome::line_full;
  return std::nullopt;
}

}  // namespace

void Admission::State::admit(const Desk& desk, Batch batch, const LineDesk::Way& way) {
  line.admits.record(std::ssize(batch->users));
  const std::span<const UserId> users = batch->users;
  waiting_room->admit(way.fence, users,
                      in_gate([this, desk, way, batch = std::move(batch)](
                                  const Result<Admissions>& admissions) mutable {
                        admitted(desk, std::move(batch), way, admissions);
                      }));
}

void Admission::State::admitted(const Desk& desk, Batch batch, const LineDesk::Way& way,
                                const Result<Admissions>& admissions) {
  if (admissions.has_error()) {
    const Errc code = admissions.error().code;
    if (!ends_the_epoch(code)) return answer_all(desk, std::move(batch), admissions.error());
    if (code == Errc::stale_epoch && is_planted(PlantedBug::lost_line_is_sold_out)) {
      Settlement nothing_left;
      nothing_left.answers.resize(batch->users.size());
      return answer_all(desk, std::move(batch), nothing_left);
    }
    return leave(desk, way.fence.epoch, code,
                 [this, desk, batch = std::move(batch)](const Result<void>& left) mutable {
                   if (left.has_error()) return not_settled(desk, std::move(batch), left.error());
                   desk->database_works();
                   go_again(desk, std::move(batch));
                 });
  }
  fail_point("line.admitted");
  RUSHLINE_ASSERT(admissions->users.size() == batch->users.size());
  const Monotonic now = clock.monotonic();
  desk->line.note_line_size(admissions->waiting, now);
  std::vector<Waiting> placed;
  std::vector<Waiting> turned;
  LineSample sample{.arrived = batch->tickets.front().arrived, .given = now};
  for (std::size_t i = 0; i < batch->users.size(); ++i) {
    const Admitted& given = admissions->users[i];
    Ticket& ticket = batch->tickets[i];
    ticket.entered = now;
    ticket.is_in_line = true;
    const Waiting one{given.place.value_or(Sequence{}), way.fence.epoch, given.is_new,
                      batch->users[i], ticket};
    const bool is_told_place = ticket.wants_place || way.ack == Ack::queued;
    if (given.place && given.is_new) {
      sample.last = std::max(sample.last, *given.place);
      ++sample.places;
      sample.unwatched += is_told_place ? 1 : 0;
    }
    if (!given.place) {
      turned.push_back(one);
    } else if (is_told_place) {
      placed.push_back(one);
    } else {
      desk->line.add(one);
    }
  }
  if (sample.places > 0) desk->line.note_given(sample);
  desk->forget(*batch, clock.monotonic());
  spare.give_back(std::move(batch));
  if (!placed.empty()) answer_placed(desk, std::move(placed));
  // The epoch may have ended while the answer was on its way.
  reenter(desk, desk->line.take_strays());
  if (!turned.empty()) answer_turned(desk, std::move(turned), admissions->turned);
  drain(desk);
  finished(desk);
}

// Who asks for no more than a place is told it, unless the database knows a coupon: the waiting
// room gives a holder a place, too. A database that cannot be asked keeps nobody waiting.
void Admission::State::answer_placed(const Desk& desk, std::vector<Waiting> placed) {
  auto users = users_of(placed);
  look(desk->event, std::move(users),
       [this, placed = std::move(placed), work = DeskWork(desk)](const Result<Sight>& sight) {
         const Desk& here = work.desk();
         if (sight.has_value()) learn_row(here, sight->event, sight->as_of, sight->asked_at);
         const Monotonic known_at = sight.has_value() ? sight->asked_at : clock.monotonic();
         std::vector<Verdict> told;
         for (const Waiting& one : placed) {
           const Holder* held = sight.has_error() ? nullptr : find_holder(sight->holders, one.user);
           const bool is_this = held != nullptr && one.is_first && held->seq == one.seq;
           Answer answer = held != nullptr ? answer_of(*held, is_this ? Outcome::issued
                                                                      : Outcome::already_issued)
                                           : answer_of(Outcome::queued);
           if (held == nullptr) answer.settled.position = here->line.position(one.seq);
           told.push_back({one.ticket, answer});
         }
         requests_waiting -= static_cast<std::int64_t>(told.size());
         tell(told, known_at);
       });
}

// Nobody is sent away on the word of the waiting room alone: a holder is told of the coupon, sold
// out is told by the database, and the rest as its row says.
void Admission::State::answer_turned(const Desk& desk, std::vector<Waiting> turned, Turned why) {
  auto users = users_of(turned);
  look(desk->event, std::move(users),
       [this, turned = std::move(turned), why, work = DeskWork(desk)](const Result<Sight>& sight) {
         const Desk& here = work.desk();
         const Monotonic known_at = sight.has_value() ? sight->asked_at : clock.monotonic();
         std::vector<Verdict> told;
         std::vector<Waiting> again;
         for (const Waiting& one : turned) {
           if (sight.has_error()) {
             told.push_back({one.ticket, {sight.error().code, {}}});
           } else if (const Holder* held = find_holder(sight->holders, one.user)) {
             told.push_back({one.ticket, answer_of(*held, Outcome::already_issued)});
           } else if (const auto refusal = refusal_of(*sight, why)) {
             told.push_back({one.ticket, answer_of(*refusal)});
           } else {
             again.push_back(one);
           }
         }
         if (sight.has_value()) learn_row(here, sight->event, sight->as_of, sight->asked_at);
         requests_waiting -= static_cast<std::int64_t>(told.size());
         tell(told, known_at);
         // The line does not know yet what the row says: it is told with the next take.
         reenter(here, here->line.wait_for_line(again));
         drain(here);
       });
}

void Admission::State::heard_mark(CouponEventId event, Sequence mark) {
  Desk desk;
  desks.visit(event, [&](const Desk& found) { desk = found; });
  if (!desk) return;
  ++version(event);
  note_settled(desk, mark);
  desk->line.other_settled(mark, clock.monotonic(), limits::line_other_settles_time);
  resolve(desk, desk->line.take_through(mark));
}

// There may be somebody in line. Returns at once; one draining of an event at a time.
void Admission::State::drain(const Desk& desk) {
  if (desk->line.begin_drain(clock.monotonic())) take(desk);
}

void Admission::State::take(const Desk& desk) {
  const LineDesk::Way way = desk->line.way();
  if (way.mode != Mode::redis) return end_drain(desk, {});
  const Sequence last_waiting = desk->line.last_place();
  waiting_room->take(way.fence, way.mark, way.window, bounds.drain_batch_max,
                     in_gate([this, desk, way, last_waiting](const Result<Taken>& places) {
                       taken(desk, way, last_waiting, places);
                     }));
}

void Admission::State::taken(const Desk& desk, const LineDesk::Way& way, Sequence last_waiting,
                             const Result<Taken>& taken) {
  if (taken.has_error()) {
    end_drain(desk, bounds.drain_interval);
    if (ends_the_epoch(taken.error().code)) {
      leave(desk, way.fence.epoch, taken.error().code, [](const Result<void>&) {});
    }
    return;
  }
  desk->line.note_line_size(taken->waiting, clock.monotonic());
  // The window that was given with the take is in force now.
  reenter(desk, desk->line.take_waiting_for_line());
  if (taken->places.empty()) {
    // Whoever waited before the take is not in line any more: settled by another server, or lost.
    resolve(desk, desk->line.take_through(last_waiting));
    return end_drain(desk, {});
  }
  if (is_planted(PlantedBug::mark_sold_out_early)) {
    const auto row = desk->line.row();
    const auto count = static_cast<std::int64_t>(taken->places.size());
    if (row && row->issued + count >= row->quantity) {
      waiting_room->mark_sold_out(way.fence, [](const Result<void>&) {});
    }
  }
  if (is_planted(PlantedBug::trim_before_commit)) {
    waiting_room->trim(way.fence, taken->places.back().seq, [](const Result<void>&) {});
  }
  settle_places(desk, way, taken->places);
}

void Admission::State::settle_places(const Desk& desk, const LineDesk::Way& way,
                                     std::vector<Place> places) {
  fail_point("line.taken");
  const Question question = desk->memory.question(clock.monotonic());
  // Both halves of the unit look at the places; the second owns them and lives as long.
  auto kept = std::make_unique<std::vector<Place>>(std::move(places));
  const std::vector<Place>& batch = *kept;
  auto decided = std::make_shared<std::optional<Settlement>>();  // for a planted bug only
  write(
      [this, way, &batch, decided](Transaction& transaction) {
        auto settlement = settle_line(transaction, store, calendar, way.fence.event,
                                      way.fence.epoch, way.mark, batch);
        if (settlement.has_value() && is_planted(PlantedBug::tell_before_commit)) {
          *decided = *settlement;
        }
        return settlement;
      },
      [this, desk, way, question, kept = std::move(kept),
       decided](const Result<Settlement>& outcome) {
        if (*decided) return settled_places(desk, way, *kept, question, **decided);
        settled_places(desk, way, *kept, question, outcome);
      });
}

// The transaction has ended; if well, everything in `outcome` is committed.
void Admission::State::settled_places(const Desk& desk, const LineDesk::Way& way,
                                      const std::vector<Place>& places, const Question& question,
                                      const Result<Settlement>& outcome) {
  const Monotonic known_at = clock.monotonic();
  fail_point("line.before_tell");
  // Unknown, or not done: the places are still in line, and a second time changes nothing.
  if (outcome.has_error()) return end_drain(desk, bounds.drain_interval);
  switch (outcome->standing) {
    case Standing::settled: {
      line.drains.record(std::ssize(places));
      std::vector<UserId> users;
      users.reserve(places.size());
      for (const Place& place : places) users.push_back(place.user);
      learn_verdicts(desk, users, question, *outcome);
      count_issued(*outcome);
      learn_row(desk, outcome->event, outcome->as_of);
      tell_places(desk, places, *outcome, known_at);
      after_settling(way, outcome->event);
      desk->line.note_line_size(
          std::max<std::int64_t>(0, desk->line.line_size() - std::ssize(places)),
          clock.monotonic());
      if (places.size() == bounds.drain_batch_max) desk->line.note_work();
      return end_drain(desk, {});
    }
    case Standing::moved:
      ++line.moved;
      learn_row(desk, outcome->event, outcome->as_of);
      resolve(desk, desk->line.take_through(outcome->event.mark));
      desk->line.note_work();
      return end_drain(desk, limits::line_other_settles_time);
    case Standing::early:  // never of a line: one is opened when nothing is due any more
    case Standing::stale:
      learn_row(desk, outcome->event, outcome->as_of);
      return end_drain(desk, {});
    case Standing::paused:
      learn_row(desk, outcome->event, outcome->as_of);
      return end_drain(desk, bounds.drain_interval);
  }
}

// Those who wait here for the places of a committed batch. Who waits for a place that was not in
// the batch although the mark has passed it was settled by another server, or lost the place.
void Admission::State::tell_places(const Desk& desk, const std::vector<Place>& places,
                                   const Settlement& settlement, Monotonic known_at) {
  std::vector<Verdict> told;
  std::vector<Waiting> others;
  for (const Waiting& one : desk->line.take_through(places.back().seq)) {
    const auto at =
        std::lower_bound(places.begin(), places.end(), one.seq,
                         [](const Place& place, Sequence wanted) { return place.seq < wanted; });
    if (at == places.end() || at->seq != one.seq) {
      others.push_back(one);
      continue;
    }
    Answer answer{std::nullopt, settlement.answers[static_cast<std::size_t>(at - places.begin())]};
    if (answer.settled.outcome == Outcome::issued && !one.is_first) {
      answer.settled.outcome = Outcome::already_issued;
    }
    told.push_back({one.ticket, answer});
  }
  requests_waiting -= static_cast<std::int64_t>(told.size());
  ++version(desk->event);
  tell(told, known_at);
  resolve(desk, std::move(others));
}

// The line is settled up to here: how long its places waited is known.
void Admission::State::note_settled(const Desk& desk, Sequence mark) {
  answers.count_settled(desk->line.take_settled(mark), clock.monotonic());
}

// Nobody waits for these: should they get lost, the next take and the database make up for it.
void Admission::State::after_settling(const LineDesk::Way& way, const CouponEvent& event) {
  fail_point("line.before_trim");
  waiting_room->trim(way.fence, event.mark, [](const Result<void>&) {});
  if (is_sold_out_for_good(event)) {
    waiting_room->mark_sold_out(way.fence, [](const Result<void>&) {});
  }
}

void Admission::State::end_drain(const Desk& desk, Monotonic::duration pause) {
  if (desk->line.end_drain(clock.monotonic(), pause)) take(desk);
}

// Asks the database what became of places that the mark has passed, or that are not in line.
void Admission::State::resolve(const Desk& desk, std::vector<Waiting> waiting) {
  while (waiting.size() > limits::settle_batch_max) {
    const auto cut = waiting.end() - static_cast<std::ptrdiff_t>(limits::settle_batch_max);
    std::vector<Waiting> part(cut, waiting.end());
    waiting.erase(cut, waiting.end());
    resolve(desk, std::move(part));
  }
  if (waiting.empty()) return;
  auto users = users_of(waiting);
  look(desk->event, std::move(users),
       [this, waiting = std::move(waiting),
        work = DeskWork(desk)](const Result<Sight>& sight) mutable {
         if (!is_planted(PlantedBug::mark_apart_from_coupons) || sight.has_error()) {
           return resolved(work.desk(), std::move(waiting), sight);
         }
         look(work.desk()->event, {},
              [this, waiting = std::move(waiting), desk = work.desk(),
               first = *sight](const Result<Sight>& second) mutable {
                if (second.has_value()) first.event = second->event;
                resolved(desk, std::move(waiting), first);
              });
       });
}

void Admission::State::resolved(const Desk& desk, std::vector<Waiting> waiting,
                                const Result<Sight>& sight) {
  if (sight.has_error()) {
    // They wait on, and the next look finds them; unless the line that they waited in is over.
    desk->line.add(waiting);
    return reenter(desk, desk->line.take_strays());
  }
  const CouponEvent& event = sight->event;
  std::vector<Verdict> told;
  std::vector<Waiting> lost;
  for (const Waiting& one : waiting) {
    const Holder* held = find_holder(sight->holders, one.user);
    const bool is_of_epoch = one.epoch == event.epoch && event.mode == Mode::redis;
    if (held != nullptr) {
      const bool is_this = one.is_first && held->seq == one.seq;
      told.push_back(
          {one.ticket, answer_of(*held, is_this ? Outcome::issued : Outcome::already_issued)});
    } else if (is_of_epoch && one.seq > event.mark) {
      desk->line.add(one);  // not settled yet
    } else if (is_sold_out_at(event, sight->as_of) ||
               is_planted(PlantedBug::empty_line_is_settled)) {
      told.push_back({one.ticket, answer_of(Outcome::sold_out)});
    } else {
      lost.push_back(one);
    }
  }
  requests_waiting -= static_cast<std::int64_t>(told.size());
  ++version(desk->event);
  tell(told, sight->asked_at);
  learn_row(desk, event, sight->as_of, sight->asked_at);
  reenter(desk, lost);
  reenter(desk, desk->line.take_strays());
}

// Requests without a place go in again, whichever way the event goes now.
void Admission::State::reenter(const Desk& desk, const std::vector<Waiting>& waiting) {
  if (waiting.empty()) return;
  line.entered_again += static_cast<std::int64_t>(waiting.size());
  for (Desk current = desk;;) {
    switch (current->rejoin(waiting, spare, clock.monotonic())) {
      case EventDesk::Joined::first:
        return settle_next(current);
      case EventDesk::Joined::behind:
        return;
      case EventDesk::Joined::full:  // never: these have waited already
      case EventDesk::Joined::retired:
        break;
    }
    current = desks.open(desk->event, clock.monotonic());
    if (current) continue;
    // Too many events are busy: told like anybody who comes then.
    std::vector<Verdict> told;
    for (const Waiting& one : waiting) told.push_back({one.ticket, {Errc::overloaded, {}}});
    requests_waiting -= static_cast<std::int64_t>(told.size());
    return tell(told, clock.monotonic());
  }
}

void Admission::State::find_place(CouponEventId event, const UserId& user,
                                  Callback<void(std::optional<Sequence>)> done) {
  std::optional<Sequence> place;
  desks.visit(event, [&](const Desk& desk) { place = desk->line.place_of(user); });
  if (place || waiting_room == nullptr) return done(place);
  waiting_room->find(
      event, user,
      in_gate([done = std::move(done)](const Result<std::optional<Sequence>>& found) mutable {
        done(found.has_error() ? std::nullopt : *found);
      }));
}

void Admission::State::look(CouponEventId event, std::vector<UserId> users,
                            Callback<void(const Result<Sight>&)> done) {
  read(
      [this, event, users = std::move(users),
       asked_at = clock.monotonic()](Transaction& transaction) -> Result<Sight> {
        auto row = store.find_event(transaction, event);
        if (row.has_error()) return std::move(row).error();
        if (!*row) return fail(Errc::not_found, "There is no such coupon event.");
        auto holders = store.holders(transaction, event, users);
        if (holders.has_error()) return std::move(holders).error();
        std::sort(holders->begin(), holders->end(),
                  [](const Holder& a, const Holder& b) { return a.user < b.user; });
        return Sight{std::move(**row), transaction.now(), std::move(*holders), asked_at};
      },
      [done = std::move(done)](const Result<Sight>& sight) mutable { done(sight); });
}

}  // namespace rushline::coupons
