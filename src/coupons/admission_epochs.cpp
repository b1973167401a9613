// Leaving the line when it cannot be used any more, and coming back to it; and the regular looks by
// which a server finds lines that others have filled, and a window that somebody else has changed.
#include <algorithm>

#include "core/fail_point.hpp"
#include "coupons/admission_state.hpp"

namespace rushline::coupons {
namespace {

// Locks the row, lets `step` (optional<CouponEvent>(row)) decide on it, writes what it gives.
// What stands in the row afterwards, and whether the step was taken.
struct Stepped {
  CouponEvent row;
  Timestamp as_of;
  bool taken = false;
};

template <class Step>
Result<Stepped> step_row(Transaction& transaction, CouponStore& store, CouponEventId event,
                         Step step) {
  auto locked = store.lock_event(transaction, event);
  if (locked.has_error()) return std::move(locked).error();
  if (!*locked) return fail(Errc::not_found, "There is no such coupon event.");
  const Timestamp now = transaction.now();
  const std::optional<CouponEvent> next = step(**locked, now);
  if (!next) return Stepped{std::move(**locked), now, false};
  const auto updated = store.update_event(transaction, *next);
  if (updated.has_error()) return updated.error();
  return Stepped{*next, now, true};
}

// Events in which something is still to be decided.
struct Undecided {
  std::vector<CouponEvent> rows;
  Timestamp as_of;
};

Result<Undecided> undecided(Transaction& transaction, CouponStore& store) {
  const Timestamp now = transaction.now();
  auto rows = store.undecided_events(transaction, now - limits::line_after_closing,
                                     limits::lines_looked_at_max);
  if (rows.has_error()) return std::move(rows).error();
  return Undecided{std::move(*rows), now};
}

}  // namespace

// Takes over what a read of the row shows; whoever waits in a line that is over enters again.
void Admission::State::learn_row(const Desk& desk, const CouponEvent& row, Timestamp as_of,
                                 std::optional<Monotonic> asked_at) {
  note_settled(desk, row.mark);
  reenter(desk, desk->line.learn(row, as_of, clock.monotonic(), asked_at));
}

// The line of the epoch `seen` cannot be used: fences it off, unless somebody else has. `done` is
// told once the row says where to go; an error means that the database could not be asked either.
void Admission::State::leave(const Desk& desk, Epoch seen, Errc why,
                             Callback<void(Result<void>)> done) {
  fail_point("epoch.before_leave");
  write(
      [this, event = desk->event, seen](Transaction& transaction) {
        return step_row(transaction, store, event, [seen](const CouponEvent& row, Timestamp) {
          return leave_line(row, seen);
        });
      },
      [this, why, work = DeskWork(desk),
       done = std::move(done)](const Result<Stepped>& left) mutable {
        if (left.has_error()) return done(left.error());
        const Desk& here = work.desk();
        if (left->taken) {
          ++line.lines_left;
          // What answers but holds another line can be given a new one.
          if (why == Errc::stale_epoch) here->line.want_return_at_once();
        }
        learn_row(here, left->row, left->as_of);
        done({});
        if (left->taken) try_return(here);
      });
}

// Brings the event back to the line when it is time: asks which primary would hold it, takes an
// epoch, installs the line once, opens it. Whatever fails leaves the event direct.
void Admission::State::try_return(const Desk& desk) {
  const Monotonic now = clock.monotonic();
  if (!desk->line.begin_return(now, waiting_room->healthy_since(desk->event), clock.now())) return;
  {
    const std::scoped_lock lock(returns_mutex);
    ++returns_under_way;
  }
  const Epoch seen = desk->line.way().fence.epoch;
  waiting_room->primary(desk->event, in_gate([this, desk, seen](const Result<std::string>& found) {
                          if (found.has_error()) return returned(desk, false);
                          prepare(desk, seen, *found);
                        }));
}

void Admission::State::prepare(const Desk& desk, Epoch seen, std::string replid) {
  write(
      [this, event = desk->event, seen, replid = std::move(replid)](Transaction& transaction) {
        return step_row(transaction, store, event, [&](const CouponEvent& row, Timestamp now) {
          return prepare_line(row, seen, replid, now);
        });
      },
      [this, desk](const Result<Stepped>& prepared) {
        if (prepared.has_error()) return returned(desk, false);
        learn_row(desk, prepared->row, prepared->as_of);
        if (!prepared->taken) return returned(desk, true);  // somebody else does it, or need not be
        fail_point("epoch.before_install");
        install(desk, prepared->row);
      });
}

void Admission::State::install(const Desk& desk, const CouponEvent& row) {
  const Installation installation{.fence = {row.id, row.epoch, row.replid},
                                  .kept = row.line_epoch,
                                  .window = desk->line.way().window,
                                  .cap = bounds.line_cap};
  waiting_room->install(installation,
                        in_gate([this, desk, epoch = row.epoch](const Result<void>& installed) {
                          if (installed.has_error()) return returned(desk, false);
                          fail_point("epoch.before_open");
                          open(desk, epoch);
                        }));
}

void Admission::State::open(const Desk& desk, Epoch epoch) {
  write(
      [this, event = desk->event, epoch](Transaction& transaction) {
        return step_row(transaction, store, event, [epoch](const CouponEvent& row, Timestamp) {
          return open_line(row, epoch);
        });
      },
      [this, desk](const Result<Stepped>& opened) {
        if (opened.has_error()) return returned(desk, false);
        if (opened->taken) ++line.lines_opened;
        learn_row(desk, opened->row, opened->as_of);
        returned(desk, opened->taken);
        drain(desk);  // places that survived
      });
}

void Admission::State::returned(const Desk& desk, bool succeeded) {
  desk->line.end_return(succeeded, clock.monotonic());
  const std::scoped_lock lock(returns_mutex);
  if (--returns_under_way == 0) returns_ended.notify_all();
}

// Reads the row of one event, for what somebody changed by hand.
void Admission::State::look_at_row(const Desk& desk) {
  if (!desk->line.begin_row_look()) return;
  look(desk->event, {}, [this, desk](const Result<Sight>& sight) {
    const bool again = desk->line.end_row_look();
    if (sight.has_value()) {
      learn_row(desk, sight->event, sight->as_of, sight->asked_at);
      try_return(desk);
      drain(desk);  // the window goes with the take
    }
    if (again) look_at_row(desk);
  });
}

// Gives the line the row's window with a take of its own. A line that cannot be reached is left:
// who goes in directly is judged by the row. While that cannot be done either, it is tried again:
// until then somebody may be let in by what the event was before.
void Admission::State::tell_line(CouponEventId event, Callback<void()> done) {
  const Desk desk = desks.open(event, clock.monotonic());
  if (!desk) return tell_line_later(event, std::move(done));
  look(event, {},
       [this, work = DeskWork(desk), done = std::move(done)](const Result<Sight>& sight) mutable {
         const Desk& here = work.desk();
         if (sight.has_error()) return tell_line_later(here->event, std::move(done));
         learn_row(here, sight->event, sight->as_of, sight->asked_at);
         const LineDesk::Way way = here->line.way();
         if (way.mode != Mode::redis) return done();
         waiting_room->take(
             way.fence, way.mark, way.window, 1,
             in_gate([this, way, work = std::move(work),
                      done = std::move(done)](const Result<Taken>& taken) mutable {
               if (taken.has_value()) return done();
               const CouponEventId told = way.fence.event;
               leave(work.desk(), way.fence.epoch, taken.error().code,
                     [this, told, done = std::move(done)](const Result<void>& left) mutable {
                       if (left.has_error()) return tell_line_later(told, std::move(done));
                       done();
                     });
             }));
       });
}

void Admission::State::tell_line_later(CouponEventId event, Callback<void()> done) {
  const std::scoped_lock lock(untold_mutex);
  untold.push_back({event, std::move(done)});
}

void Admission::State::tell_lines_again() {
  std::vector<UntoldChange> changes;
  {
    const std::scoped_lock lock(untold_mutex);
    changes.swap(untold);
  }
  for (UntoldChange& change : changes) tell_line(change.event, std::move(change.done));
}

// Reads the rows of all events in which something is to be decided: places that a server has given
// and died, pauses and new events of other servers.
void Admission::State::look_at_lines() {
  if (is_looking_at_lines.exchange(true)) return;
  const Monotonic asked_at = clock.monotonic();
  looked_at_lines = asked_at;
  read([this](Transaction& transaction) { return undecided(transaction, store); },
       [this, asked_at](const Result<Undecided>& seen) {
         is_looking_at_lines = false;
         if (seen.has_error()) return;
         count_undecided(seen->rows, seen->as_of);
         for (const CouponEvent& row : seen->rows) {
           // Direct ones, too: places that were told `queued` may stand in the line they had.
           const Desk desk = desks.open(row.id, clock.monotonic());
           if (!desk) continue;
           learn_row(desk, row, seen->as_of, asked_at);
           try_return(desk);
           drain(desk);
         }
       });
}

void Admission::State::count_undecided(const std::vector<CouponEvent>& rows, Timestamp as_of) {
  std::int64_t in_line = 0;
  std::int64_t direct = 0;
  std::int64_t epoch_max = 0;
  for (const CouponEvent& row : rows) {
    const EventState state = state_at(row, as_of);
    if (state == EventState::closed || state == EventState::sold_out) continue;
    ++(row.mode == Mode::redis ? in_line : direct);
    epoch_max = std::max(epoch_max, row.epoch.value);
  }
  line.looked_at = std::ssize(rows);
  line.undecided_in_line = in_line;
  line.undecided_direct = direct;
  line.epoch_max = epoch_max;
}

void Admission::State::tick() {
  const Monotonic now = clock.monotonic();
  std::vector<Desk> all;
  desks.visit_all([&](const Desk& desk) { all.push_back(desk); });
  for (const Desk& desk : all) {
    if (desk->line.wants_drain(now, bounds.drain_interval)) drain(desk);
    try_return(desk);
    std::vector<Verdict> told;
    for (const Waiting& one : desk->line.take_older_than(now - limits::line_memory_max)) {
      told.push_back({one.ticket, {std::nullopt, {.outcome = Outcome::queued, .position = 1}}});
    }
    requests_waiting -= static_cast<std::int64_t>(told.size());
    if (!desk->line.way().window.paused) answers.count_given_up(told, now);
    tell(told, now);
  }
  tell_lines_again();
  if (now - looked_at_lines.load() >= limits::line_look_interval) look_at_lines();
}

Result<void> Admission::State::open_lines(std::chrono::milliseconds time_max) {
  const auto seen = database.read_and_wait(
      [this](Transaction& transaction) { return undecided(transaction, store); });
  if (seen.has_error()) return seen.error();
  for (const CouponEvent& row : seen->rows) {
    const Desk desk = desks.open(row.id, clock.monotonic());
    if (!desk) break;
    learn_row(desk, row, seen->as_of);
    desk->line.want_return_at_once();
    try_return(desk);
  }
  std::unique_lock lock(returns_mutex);
  returns_ended.wait_for(lock, time_max, [this] { return returns_under_way == 0; });
  return {};
}

}  // namespace rushline::coupons
