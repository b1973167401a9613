// Requests come in, memory answers, and the direct way: the next settle transaction of the event.
//
// The path of a request: request() → EventDesk::join() → settle_next() → route() →
// settle_directly() → settle_direct() on a database thread → settled() after the commit →
// AnswerSink::tell(). Through the line: admission_line.cpp.
#include "coupons/admission.hpp"

#include <algorithm>

#include "core/fail_point.hpp"
#include "core/planted_bug.hpp"
#include "coupons/admission_state.hpp"

namespace rushline::coupons {
namespace {

// The event and the coupons that continue the holders known, read in one snapshot.
struct MemoryLook {
  CouponEvent event;
  std::vector<Coupon> coupons;
};

Result<MemoryLook> look_at(Transaction& transaction, CouponStore& store, CouponEventId id,
                           std::int64_t after, std::int64_t coupons_max) {
  auto event = store.find_event(transaction, id);
  if (event.has_error()) return std::move(event).error();
  if (!*event) return fail(Errc::not_found, "The coupon event is gone.");
  MemoryLook look{std::move(**event), {}};
  if (coupons_max == 0 || look.event.issued <= after) return look;
  auto coupons = store.coupons_after(transaction, id, after, coupons_max);
  if (coupons.has_error()) return std::move(coupons).error();
  look.coupons = std::move(*coupons);
  return look;
}

}  // namespace

std::optional<Answer> Admission::State::request(CouponEventId event, const UserId& user,
                                                Ticket ticket) {
  const Monotonic now = clock.monotonic();
  ticket.arrived = now;
  std::optional<Settled> known;
  bool is_stale = false;
  Desk desk;
  desks.visit(event, [&](const Desk& found) {
    found->touch(now);
    known = found->memory.recall(user, now);
    is_stale = known && found->memory.wants_refresh(now) && !found->is_looking();
    if (!known || is_stale) desk = found;
  });
  if (!known) return join(std::move(desk), event, user, ticket);
  if (is_stale) look_for_memory(desk, false);
  told_from_memory.add_one(known->outcome == Outcome::sold_out ? sold_out_told : holders_told);
  return Answer{std::nullopt, *known};
}

std::optional<Answer> Admission::State::join(Desk desk, CouponEventId event, const UserId& user,
                                             const Ticket& ticket) {
  const auto refuse = [this](std::chrono::nanoseconds wait) {
    --requests_waiting;
    requests_shed.fetch_add(1, std::memory_order_relaxed);
    return Answer{Errc::overloaded, {}, wait};
  };
  if (requests_waiting.fetch_add(1) >= static_cast<std::int64_t>(bounds.waiting_max)) {
    return refuse({});
  }
  for (;;) {
    if (!desk) desk = desks.open(event, ticket.arrived);
    if (!desk) return refuse({});
    switch (desk->join(user, ticket, spare, goes_directly(*desk))) {
      case EventDesk::Joined::first:
        settle_next(desk);
        return std::nullopt;
      case EventDesk::Joined::behind:
        return std::nullopt;
      case EventDesk::Joined::full:
        return refuse(desk->expected_wait());
      case EventDesk::Joined::retired:
        desk.reset();
        break;
    }
  }
}

// The line in the waiting room has its own cap, and its places are not lost with this server.
bool Admission::State::goes_directly(const EventDesk& desk) const {
  if (waiting_room == nullptr) return true;
  const LineDesk::Way way = desk.line.way();
  return way.is_known && way.mode == Mode::direct;
}

// The caller has the turn to settle this event (EventDesk::join() said first, or a batch is done).
void Admission::State::settle_next(const Desk& desk) {
  do {
    Batch batch = desk->begin_batch();
    if (!batch) {
      if (desk->is_unknown()) desks.close_if_idle(desk);
      return;
    }
    route(desk, std::move(batch));
  } while (desk->batch_submitted());
}

// Sends a batch the way that its event goes. Whatever becomes of it, finished() is called once.
void Admission::State::route(const Desk& desk, Batch batch) {
  if (waiting_room == nullptr) return settle_directly(desk, std::move(batch), std::nullopt);
  const LineDesk::Way way = desk->line.way();
  if (way.is_known && way.mode == Mode::redis) return admit(desk, std::move(batch), way);
  if (way.is_known) return settle_directly(desk, std::move(batch), way.fence.epoch);
  look(desk->event, {}, [this, desk, batch = std::move(batch)](const Result<Sight>& sight) mutable {
    if (sight.has_error()) return not_settled(desk, std::move(batch), sight.error());
    desk->database_works();
    learn_row(desk, sight->event, sight->as_of, sight->asked_at);
    route(desk, std::move(batch));
  });
}

void Admission::State::settle_directly(const Desk& desk, Batch batch, std::optional<Epoch> epoch) {
  // Before the transaction: what it will have read is at most this old.
  const Monotonic now = clock.monotonic();
  const Question question = desk->memory.question(now);
  for (Ticket& ticket : batch->tickets) {
    ticket.entered = now;
    ticket.is_in_line = false;
  }
  const ArrivalBatch& arrivals = *batch;  // owned by `done`, which lives as long as `run`
  const NewRound round =
      desk->line.may_open_round(now) ? NewRound::may_open : NewRound::stays_closed;
  write(
      [this, event = desk->event, epoch, &arrivals, round](Transaction& transaction) {
        return settle_direct(transaction, store, calendar, event, epoch, arrivals.users, round);
      },
      [this, desk, question, batch = std::move(batch)](const Result<Settlement>& outcome) mutable {
        settled(desk, std::move(batch), question, outcome);
      });
}

// The transaction has ended; if well, everything in `outcome` is committed.
void Admission::State::settled(const Desk& desk, Batch batch, const Question& question,
                               const Result<Settlement>& outcome) {
  const Monotonic known_at = clock.monotonic();
  fail_point("settle.before_tell");
  if (outcome.has_error()) return not_settled(desk, std::move(batch), outcome.error());
  desk->database_works();
  if (waiting_room != nullptr) {
    learn_row(desk, outcome->event, outcome->as_of);
    if (outcome->standing == Standing::early) return wait_for_round(desk, std::move(batch));
    if (outcome->standing != Standing::settled) return go_again(desk, std::move(batch));
  } else if (outcome->standing != Standing::settled) {
    return answer_all(
        desk, std::move(batch),
        fail(Errc::unavailable, "The event goes through Redis, which this server is not given."));
  }
  learn_verdicts(desk, batch->users, question, *outcome);
  count_issued(*outcome);
  direct_batches.record(std::ssize(outcome->answers));
  answer_all(desk, std::move(batch), outcome, known_at);
}

// Everybody of the batch is told what became of it.
void Admission::State::answer_all(const Desk& desk, Batch batch,
                                  const Result<Settlement>& outcome) {
  answer_all(desk, std::move(batch), outcome, clock.monotonic());
}

void Admission::State::answer_all(const Desk& desk, Batch batch, const Result<Settlement>& outcome,
                                  Monotonic known_at) {
  desk->set_unknown(outcome.has_error() && outcome.error().code == Errc::not_found);
  desk->forget(*batch, clock.monotonic());
  requests_waiting -= static_cast<std::int64_t>(batch->users.size());
  ++version(desk->event);
  std::vector<Verdict> verdicts;
  verdicts.reserve(batch->users.size());
  for (std::size_t i = 0; i < batch->users.size(); ++i) {
    verdicts.push_back(
        {batch->tickets[i], outcome.has_error()
                                ? Answer{outcome.error().code, {}, outcome.error().retry_after}
                                : Answer{std::nullopt, outcome->answers[i]}});
  }
  tell(verdicts, known_at);
  spare.give_back(std::move(batch));
  finished(desk);
}

// The event went another way than the batch: it goes first of those who wait.
void Admission::State::go_again(const Desk& desk, Batch batch) {
  desk->put_back(std::move(batch));
  finished(desk);
}

void Admission::State::finished(const Desk& desk) {
  if (desk->batch_finished()) settle_next(desk);
}

void Admission::State::learn_verdicts(const Desk& desk, std::span<const UserId> users,
                                      const Question& question, const Settlement& settlement) {
  const auto issued_now = static_cast<std::size_t>(
      std::count_if(settlement.answers.begin(), settlement.answers.end(),
                    [](const Settled& answer) { return answer.outcome == Outcome::issued; }));
  if (issued_now > 0) {
    const std::size_t room = desks.reserve_holders(issued_now, clock.monotonic());
    // All or nothing: the rest of a batch could not be told from coupons that were never seen.
    const std::size_t learned =
        room == issued_now ? desk->memory.learn(users, settlement.answers) : 0;
    desks.give_back_holders(room - learned);
  }
  desk->memory.learn_state(question, settlement.event);
  if (wants_holders(*desk, settlement.event)) look_for_memory(desk, true);
}

void Admission::State::count_issued(const Settlement& settlement) {
  issued += std::ranges::count(settlement.answers, Outcome::issued, &Settled::outcome);
}

// Whether coupons that other servers issued, or this one before it started, should be read: all of
// them once the event is sold out, before that only by whole pages.
bool Admission::State::wants_holders(const EventDesk& desk, const CouponEvent& event) const {
  const std::int64_t missing = event.issued - desk.memory.holders_through();
  if (is_sold_out_for_good(event)) return missing > 0;
  return missing >= static_cast<std::int64_t>(bounds.holders_page_max);
}

// Reads the event and the next page of its holders in the background, one read at a time: because
// the sold-out flag gets old, or because some holders are not known yet (`for_holders`: pointless
// without room to keep them).
void Admission::State::look_for_memory(const Desk& desk, bool for_holders) {
  if (!desk->begin_look()) return;
  const Monotonic now = clock.monotonic();
  const Question question = desk->memory.question(now);
  const std::int64_t after = desk->memory.holders_through();
  const std::size_t room = desks.reserve_holders(bounds.holders_page_max, now);
  if (room == 0 && for_holders) return desk->end_look();
  read(
      [this, event = desk->event, after, room](Transaction& transaction) {
        return look_at(transaction, store, event, after, static_cast<std::int64_t>(room));
      },
      [this, desk, question, room](const Result<MemoryLook>& look) {
        // An error needs no answer: the flag runs out by itself, and then the writer is asked.
        const std::size_t learned = look.has_value() ? desk->memory.learn(look->coupons) : 0;
        desks.give_back_holders(room - learned);
        if (look.has_value()) desk->memory.learn_state(question, look->event);
        desk->end_look();
        if (learned > 0 && wants_holders(*desk, look->event)) look_for_memory(desk, true);
      });
}

// One tell() per sink. Loops once over the verdicts per sink; there are as many as event loops.
void Admission::State::tell(std::vector<Verdict>& verdicts, Monotonic known_at) {
  if (verdicts.empty()) return;
  answers.count(verdicts, known_at, clock.monotonic());
  std::vector<Told> told;
  told.reserve(verdicts.size());
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    AnswerSink* const sink = verdicts[i].ticket.sink;
    if (sink == nullptr) continue;  // told already
    told.clear();
    for (std::size_t j = i; j < verdicts.size(); ++j) {
      if (verdicts[j].ticket.sink != sink) continue;
      told.push_back({verdicts[j].ticket.token, verdicts[j].answer});
      verdicts[j].ticket.sink = nullptr;
    }
    sink->tell(told);
  }
}

Admission::Admission(Database& database, CouponStore& store, const ShopCalendar& calendar,
                     const Clock& clock, WaitingRoom* waiting_room, const AdmissionBounds& bounds)
    : state_(std::make_shared<State>(database, store, calendar, clock, waiting_room, bounds)) {
  if (waiting_room == nullptr) return;
  waiting_room->on_mark([state = std::weak_ptr<State>(state_)](CouponEventId event, Sequence mark) {
    const auto self = state.lock();
    if (!self) return;
    const Pass pass(self->gate);
    if (pass) self->heard_mark(event, mark);
  });
}

Admission::~Admission() { state_->gate.close(); }

std::optional<Answer> Admission::request(CouponEventId event, const UserId& user, AnswerSink& sink,
                                         std::uint64_t token, Until until) {
  return state_->request(event, user, {&sink, token, until == Until::place});
}

bool Admission::is_waiting(CouponEventId event, const UserId& user) const {
  bool is_waiting = false;
  state_->desks.visit(event, [&](const Desk& desk) {
    is_waiting = desk->is_waiting(user) || desk->line.place_of(user);
  });
  return is_waiting;
}

std::optional<std::int64_t> Admission::position(CouponEventId event, const UserId& user) const {
  std::optional<std::int64_t> position;
  state_->desks.visit(event, [&](const Desk& desk) {
    if (const auto place = desk->line.place_of(user)) position = desk->line.position(*place);
  });
  return position;
}

void Admission::find_place(CouponEventId event, const UserId& user,
                           Callback<void(std::optional<Sequence>)> done) {
  state_->find_place(event, user, std::move(done));
}

std::int64_t Admission::waiting(CouponEventId event) const {
  std::int64_t waiting = 0;
  state_->desks.visit(event, [&](const Desk& desk) {
    // The whole line, where one is known: other servers' requests stand in it too.
    const auto here = static_cast<std::int64_t>(desk->line.waiting());
    waiting = desk->waiting() + std::max(here, desk->line.line_size());
  });
  return waiting;
}

std::chrono::nanoseconds Admission::expected_wait(CouponEventId event) const {
  std::chrono::nanoseconds wait{};
  state_->desks.visit(event, [&](const Desk& desk) { wait = desk->expected_wait(); });
  return wait;
}

std::uint64_t Admission::version(CouponEventId event) const { return state_->version(event); }

void Admission::event_changed(CouponEventId event) {
  state_->desks.visit(event, [](const Desk& desk) {
    if (!is_planted(PlantedBug::flag_outlives_raise)) desk->memory.drop_sold_out();
  });
  ++state_->version(event);
  if (state_->waiting_room == nullptr) return;
  const Pass pass(state_->gate);
  if (!pass) return;
  // What was changed must be seen in the line, too; a new event gets one.
  if (const Desk desk = state_->desks.open(event, state_->clock.monotonic())) {
    state_->look_at_row(desk);
  }
}

void Admission::when_line_knows(CouponEventId event, Callback<void()> done) {
  const Pass pass(state_->gate);
  if (!pass || state_->waiting_room == nullptr) return done();
  if (is_planted(PlantedBug::tell_change_early)) return done();
  state_->tell_line(event, std::move(done));
}

void Admission::tick() {
  const Pass pass(state_->gate);
  if (!pass) return;
  state_->try_held_batches(state_->clock.monotonic());
  if (state_->waiting_room != nullptr) state_->tick();
}

Result<void> Admission::open_lines(std::chrono::milliseconds time_max) {
  return state_->open_lines(time_max);
}

AdmissionCounts Admission::counts() const { return state_->counts(); }

}  // namespace rushline::coupons
