// Every request for a coupon comes in here and is answered from here.
//
// A request whose verdict is in memory (a holder; sold out, read at most 500 ms ago) is answered at
// once. Every other joins the arrivals of its event; they are settled together by the next
// transaction while the ones after them collect (group commit), and told after the commit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/database.hpp"
#include "core/limits.hpp"
#include "core/shop_calendar.hpp"
#include "core/time.hpp"
#include "coupons/coupon_store.hpp"
#include "coupons/settle.hpp"

namespace rushline::coupons {

// What a request is answered.
struct Answer {
  // Set when the request could not be decided (no event, database away, too many waiting).
  std::optional<Errc> error;
  Settled settled;
};

// Who waits for an answer: a sink and a word that only the sink understands.
struct Told {
  std::uint64_t token = 0;
  Answer answer;
};

// Takes the answers of one batch that belong to it, together, so that waking its event loop costs
// once per batch. Called on a database thread, or from inside request() when the database refuses
// at once. Must not block. Must outlive the Admission.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void tell(std::span<const Told> answers) = 0;
};

struct AdmissionCounts {
  std::int64_t waiting = 0;           // requests not answered yet, over all events
  std::int64_t batches = 0;           // settled since the start
  std::int64_t batch_requests = 0;    // requests in them
  std::int64_t issued = 0;            // coupons since the start
  std::int64_t sold_out = 0;          // verdicts since the start, memory included
  std::int64_t told_from_memory = 0;  // holders and sold out
  std::int64_t events = 0;            // with something in memory now
  std::int64_t holders = 0;           // remembered now, over all events
};

// How much the Admission may keep in memory; tests make it small.
struct AdmissionBounds {
  std::size_t waiting_max = limits::direct_waiting_max;
  std::size_t events_max = limits::event_desks_max;
  std::size_t holders_max = limits::holders_in_memory_max;
  std::size_t holders_page_max = limits::holders_page_max;
};

// Safe to call from any thread.
class Admission {
 public:
  Admission(Database& database, CouponStore& store, const ShopCalendar& calendar,
            const Clock& clock, const AdmissionBounds& bounds = {});
  // Waits for units of work that run right now (so never from a database thread or a sink). Those
  // that the database still holds may run later: they then do nothing, and their requests are not
  // told. To have everybody told, stop the database first.
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // The answer when it is known from memory or refused (Errc::overloaded: too many requests wait,
  // or too many events are busy); otherwise nothing, and the sink is told exactly once, with
  // `token`: Errc::not_found for an unknown event, or the error of the database, or the outcome.
  // Repeating a request is harmless.
  std::optional<Answer> request(CouponEventId event, const UserId& user, AnswerSink& sink,
                                std::uint64_t token);

  // True while a request of this user waits here to be settled.
  bool is_waiting(CouponEventId event, const UserId& user) const;
  // How many requests of the event wait here.
  std::int64_t waiting(CouponEventId event) const;

  // Rises whenever this server settles something of the event or changes it, after the commit and
  // after is_waiting() turned false, before anybody is told. For watchers: a value read before
  // looking at the database tells whether to look again. Events share limits::event_versions
  // counters, so it may rise for another event too.
  std::uint64_t version(CouponEventId event) const;

  // To be called (Transaction::after_commit) when an event was changed by hand: what memory knows
  // of it is read again before it is told.
  void event_changed(CouponEventId event);

  AdmissionCounts counts() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the units of work in flight
};

}  // namespace rushline::coupons
