// The direct way in: memory first, else the next settle transaction of the event.
//
// The path of a request: request() → EventDesk::join() → settle_next() → settle_direct() on a
// database thread → settled() after the commit → AnswerSink::tell().
#include "coupons/admission.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "core/fail_point.hpp"
#include "coupons/desk_table.hpp"

namespace rushline::coupons {
namespace {

using Desk = std::shared_ptr<EventDesk>;

// Lets units of work in until it is closed; closing waits for those inside.
class Gate {
 public:
  bool enter() {
    const std::scoped_lock lock(mutex_);
    if (is_closed_) return false;
    ++inside_;
    return true;
  }
  void leave() {
    const std::scoped_lock lock(mutex_);
    if (--inside_ == 0) left_.notify_all();
  }
  void close() {
    std::unique_lock lock(mutex_);
    is_closed_ = true;
    left_.wait(lock, [&] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  int inside_ = 0;          // guarded by mutex_
  bool is_closed_ = false;  // guarded by mutex_
};

class Pass {
 public:
  explicit Pass(Gate& gate) : gate_(gate), is_in_(gate.enter()) {}
  ~Pass() {
    if (is_in_) gate_.leave();
  }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  explicit operator bool() const { return is_in_; }

 private:
  Gate& gate_;
  const bool is_in_;
};

// What a look at the database brings home, read in one snapshot.
struct Sight {
  CouponEvent event;
  std::vector<Coupon> coupons;  // that continue the holders known
};

Result<Sight> look_at(Transaction& transaction, CouponStore& store, CouponEventId id,
                      std::int64_t after, std::int64_t coupons_max) {
  auto event = store.find_event(transaction, id);
  if (event.has_error()) return std::move(event).error();
  if (!*event) return fail(Errc::not_found, "The coupon event is gone.");
  Sight sight{std::move(**event), {}};
  if (coupons_max == 0 || sight.event.issued <= after) return sight;
  auto coupons = store.coupons_after(transaction, id, after, coupons_max);
  if (coupons.has_error()) return std::move(coupons).error();
  sight.coupons = std::move(*coupons);
  return sight;
}

// Why the database is looked at in the background.
enum class Purpose {
  refresh,  // the sold-out flag gets old
  holders,  // some are not known yet; pointless without room to keep them
};

Error closing() { return fail(Errc::shutting_down, "The server is stopping."); }

Answer answer_of(const Result<Settlement>& outcome, std::size_t i) {
  if (outcome.has_error()) return Answer{outcome.error().code, {}};
  return Answer{std::nullopt, outcome->answers[i]};
}

// One tell() per sink. Loops once over the batch per sink; there are as many as event loops.
void tell_all(ArrivalBatch& batch, const Result<Settlement>& outcome) {
  std::vector<Told> told;
  told.reserve(batch.tickets.size());
  for (std::size_t i = 0; i < batch.tickets.size(); ++i) {
    AnswerSink* const sink = batch.tickets[i].sink;
    if (sink == nullptr) continue;  // told already
    told.clear();
    for (std::size_t j = i; j < batch.tickets.size(); ++j) {
      if (batch.tickets[j].sink != sink) continue;
      told.push_back({batch.tickets[j].token, answer_of(outcome, j)});
      batch.tickets[j].sink = nullptr;
    }
    sink->tell(told);
  }
}

}  // namespace

struct Admission::State : std::enable_shared_from_this<State> {
  State(Database& its_database, CouponStore& its_store, const ShopCalendar& its_calendar,
        const Clock& its_clock, const AdmissionBounds& its_bounds)
      : database(its_database),
        store(its_store),
        calendar(its_calendar),
        clock(its_clock),
        bounds(its_bounds),
        desks(its_bounds.events_max, its_bounds.holders_max) {}

  std::optional<Answer> request(CouponEventId event, const UserId& user, const Ticket& ticket);
  std::optional<Answer> join(Desk desk, CouponEventId event, const UserId& user,
                             const Ticket& ticket, Monotonic now);
  void settle_next(const Desk& desk);
  void submit(const Desk& desk, std::unique_ptr<ArrivalBatch> batch);
  void settled(const Desk& desk, std::unique_ptr<ArrivalBatch> batch, const Question& question,
               const Result<Settlement>& outcome);
  void learn(const Desk& desk, const ArrivalBatch& batch, const Question& question,
             const Settlement& settlement);
  void count(const Settlement& settlement);
  void look(const Desk& desk, Purpose purpose);
  void saw(const Desk& desk, const Question& question, std::size_t room,
           const Result<Sight>& sight);
  bool wants_holders(const EventDesk& desk, const CouponEvent& event) const;

  std::atomic<std::uint64_t>& version(CouponEventId event) {
    return versions[static_cast<std::size_t>(event.value) % versions.size()];
  }

  Database& database;            // constant; used only inside the gate
  CouponStore& store;            // constant; used only inside the gate
  const ShopCalendar& calendar;  // constant; used only inside the gate
  const Clock& clock;            // constant; used only inside the gate
  const AdmissionBounds bounds;

  DeskTable desks;
  SpareBatches spare;
  Gate gate;
  std::array<std::atomic<std::uint64_t>, limits::event_versions> versions{};

  // Each on a cache line of its own: the loops count at the same time.
  alignas(64) std::atomic<std::int64_t> waiting = 0;
  alignas(64) std::atomic<std::int64_t> holders_from_memory = 0;
  alignas(64) std::atomic<std::int64_t> sold_out_from_memory = 0;
  alignas(64) std::atomic<std::int64_t> batches = 0;
  std::atomic<std::int64_t> batch_requests = 0;
  std::atomic<std::int64_t> issued = 0;
  std::atomic<std::int64_t> sold_out_settled = 0;
};

std::optional<Answer> Admission::State::request(CouponEventId event, const UserId& user,
                                                const Ticket& ticket) {
  const Monotonic now = clock.monotonic();
  std::optional<Settled> known;
  bool is_stale = false;
  Desk desk;
  desks.visit(event, [&](const Desk& found) {
    found->touch(now);
    known = found->memory.recall(user, now);
    is_stale = known && found->memory.wants_refresh(now) && !found->is_looking();
    if (!known || is_stale) desk = found;
  });
  if (!known) return join(std::move(desk), event, user, ticket, now);
  if (is_stale) look(desk, Purpose::refresh);
  (known->outcome == Outcome::sold_out ? sold_out_from_memory : holders_from_memory)
      .fetch_add(1, std::memory_order_relaxed);
  return Answer{std::nullopt, *known};
}

std::optional<Answer> Admission::State::join(Desk desk, CouponEventId event, const UserId& user,
                                             const Ticket& ticket, Monotonic now) {
  if (waiting.fetch_add(1) >= static_cast<std::int64_t>(bounds.waiting_max)) {
    --waiting;
    return Answer{Errc::overloaded, {}};
  }
  for (;;) {
    if (!desk) desk = desks.open(event, now);
    if (!desk) {
      --waiting;
      return Answer{Errc::overloaded, {}};
    }
    switch (desk->join(user, ticket, spare)) {
      case EventDesk::Joined::first:
        settle_next(desk);
        return std::nullopt;
      case EventDesk::Joined::behind:
        return std::nullopt;
      case EventDesk::Joined::retired:
        desk.reset();
        break;
    }
  }
}

// The caller has the turn to settle this event (EventDesk::join() said first, or a batch is done).
void Admission::State::settle_next(const Desk& desk) {
  do {
    std::unique_ptr<ArrivalBatch> batch = desk->begin_batch();
    if (!batch) {
      if (desk->is_unknown()) desks.close_if_idle(desk);
      return;
    }
    submit(desk, std::move(batch));
  } while (desk->batch_submitted());
}

void Admission::State::submit(const Desk& desk, std::unique_ptr<ArrivalBatch> batch) {
  // Before the transaction: what it will have read is at most this old.
  const Question question = desk->memory.question(clock.monotonic());
  const ArrivalBatch& arrivals = *batch;  // owned by `done`, which lives as long as `run`
  database.write(
      [self = shared_from_this(), event = desk->event,
       &arrivals](Transaction& transaction) -> Result<Settlement> {
        const Pass pass(self->gate);
        if (!pass) return closing();
        return settle_direct(transaction, self->store, self->calendar, event, arrivals.users);
      },
      [self = shared_from_this(), desk, question,
       batch = std::move(batch)](const Result<Settlement>& outcome) mutable {
        const Pass pass(self->gate);
        if (pass) self->settled(desk, std::move(batch), question, outcome);
      });
}

// The transaction has ended; if well, everything in `outcome` is committed.
void Admission::State::settled(const Desk& desk, std::unique_ptr<ArrivalBatch> batch,
                               const Question& question, const Result<Settlement>& outcome) {
  fail_point("settle.before_tell");
  if (outcome.has_value()) {
    learn(desk, *batch, question, *outcome);
    count(*outcome);
  }
  desk->set_unknown(outcome.has_error() && outcome.error().code == Errc::not_found);
  desk->forget(*batch);
  waiting -= static_cast<std::int64_t>(batch->users.size());
  ++version(desk->event);
  tell_all(*batch, outcome);
  spare.give_back(std::move(batch));
  if (desk->batch_finished()) settle_next(desk);
}

void Admission::State::learn(const Desk& desk, const ArrivalBatch& batch, const Question& question,
                             const Settlement& settlement) {
  const auto issued_now = static_cast<std::size_t>(
      std::count_if(settlement.answers.begin(), settlement.answers.end(),
                    [](const Settled& answer) { return answer.outcome == Outcome::issued; }));
  if (issued_now > 0) {
    const std::size_t room = desks.reserve_holders(issued_now, clock.monotonic());
    // All or nothing: the rest of a batch could not be told from coupons that were never seen.
    const std::size_t learned =
        room == issued_now ? desk->memory.learn(batch.users, settlement.answers) : 0;
    desks.give_back_holders(room - learned);
  }
  desk->memory.learn_state(question, settlement.event);
  if (wants_holders(*desk, settlement.event)) look(desk, Purpose::holders);
}

void Admission::State::count(const Settlement& settlement) {
  std::int64_t issued_now = 0;
  std::int64_t refused_now = 0;
  for (const Settled& answer : settlement.answers) {
    if (answer.outcome == Outcome::issued) ++issued_now;
    if (answer.outcome == Outcome::sold_out) ++refused_now;
  }
  ++batches;
  batch_requests += static_cast<std::int64_t>(settlement.answers.size());
  issued += issued_now;
  sold_out_settled += refused_now;
}

// Whether coupons that other servers issued, or this one before it started, should be read: all of
// them once the event is sold out, before that only by whole pages.
bool Admission::State::wants_holders(const EventDesk& desk, const CouponEvent& event) const {
  const std::int64_t missing = event.issued - desk.memory.holders_through();
  if (is_sold_out_for_good(event)) return missing > 0;
  return missing >= static_cast<std::int64_t>(bounds.holders_page_max);
}

// Reads the event and the next page of its holders in the background, one read at a time.
void Admission::State::look(const Desk& desk, Purpose purpose) {
  if (!desk->begin_look()) return;
  const Monotonic now = clock.monotonic();
  const Question question = desk->memory.question(now);
  const std::int64_t after = desk->memory.holders_through();
  const std::size_t room = desks.reserve_holders(bounds.holders_page_max, now);
  if (room == 0 && purpose == Purpose::holders) return desk->end_look();
  database.read(
      [self = shared_from_this(), event = desk->event, after,
       room](Transaction& transaction) -> Result<Sight> {
        const Pass pass(self->gate);
        if (!pass) return closing();
        return look_at(transaction, self->store, event, after, static_cast<std::int64_t>(room));
      },
      [self = shared_from_this(), desk, question, room](const Result<Sight>& sight) {
        const Pass pass(self->gate);
        if (pass) self->saw(desk, question, room, sight);
      });
}

void Admission::State::saw(const Desk& desk, const Question& question, std::size_t room,
                           const Result<Sight>& sight) {
  // An error needs no answer: the flag runs out by itself, and then the writer is asked.
  const std::size_t learned = sight.has_value() ? desk->memory.learn(sight->coupons) : 0;
  desks.give_back_holders(room - learned);
  if (sight.has_value()) desk->memory.learn_state(question, sight->event);
  desk->end_look();
  if (learned > 0 && wants_holders(*desk, sight->event)) look(desk, Purpose::holders);
}

Admission::Admission(Database& database, CouponStore& store, const ShopCalendar& calendar,
                     const Clock& clock, const AdmissionBounds& bounds)
    : state_(std::make_shared<State>(database, store, calendar, clock, bounds)) {}

Admission::~Admission() { state_->gate.close(); }

std::optional<Answer> Admission::request(CouponEventId event, const UserId& user, AnswerSink& sink,
                                         std::uint64_t token) {
  return state_->request(event, user, {&sink, token});
}

bool Admission::is_waiting(CouponEventId event, const UserId& user) const {
  bool is_waiting = false;
  state_->desks.visit(event, [&](const Desk& desk) { is_waiting = desk->is_waiting(user); });
  return is_waiting;
}

std::int64_t Admission::waiting(CouponEventId event) const {
  std::int64_t waiting = 0;
  state_->desks.visit(event, [&](const Desk& desk) { waiting = desk->waiting(); });
  return waiting;
}

std::uint64_t Admission::version(CouponEventId event) const { return state_->version(event); }

void Admission::event_changed(CouponEventId event) {
  state_->desks.visit(event, [](const Desk& desk) { desk->memory.drop_sold_out(); });
  ++state_->version(event);
}

AdmissionCounts Admission::counts() const {
  const State& state = *state_;
  AdmissionCounts counts;
  counts.waiting = state.waiting;
  counts.batches = state.batches;
  counts.batch_requests = state.batch_requests;
  counts.issued = state.issued;
  counts.sold_out = state.sold_out_settled + state.sold_out_from_memory;
  counts.told_from_memory = state.holders_from_memory + state.sold_out_from_memory;
  counts.events = static_cast<std::int64_t>(state.desks.size());
  counts.holders = static_cast<std::int64_t>(state.desks.holders());
  return counts;
}

}  // namespace rushline::coupons
