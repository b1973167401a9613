// Every request for a coupon comes in here and is answered from here.
//
// A request whose verdict is in memory (a holder; sold out, read at most 500 ms ago) is answered at
// once. Every other joins the arrivals of its event, which go one of two ways, together, while the
// ones after them collect:
//
//   direct  they are settled by the next transaction (group commit) and told after the commit;
//   line    they are given places in the waiting room (one call per batch). Some server takes the
//           places in order and settles them in one transaction; whoever waits here is told then.
//
// Which way an event goes stands in its row, with an epoch that fences every older batch off. When
// the line cannot be used any more the event goes on directly, and comes back when it can.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/database.hpp"
#include "core/limits.hpp"
#include "core/shop_calendar.hpp"
#include "core/time.hpp"
#include "coupons/admission_counts.hpp"
#include "coupons/coupon_store.hpp"
#include "coupons/settle.hpp"
#include "coupons/waiting_room.hpp"

namespace rushline::coupons {

// What a request is answered.
struct Answer {
  // Set when the request could not be decided (no event, database away, too many waiting).
  std::optional<Errc> error;
  Settled settled;
  // With Errc::overloaded: in which those who wait will have been told; zero: not known.
  std::chrono::nanoseconds retry_after = {};
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

// What a request waits for.
enum class Until : std::uint8_t {
  verdict,  // the place in line is not told, unless the event says `ack: queued`
  place,    // Outcome::queued as soon as there is a place
};

// How much the Admission may keep in memory; tests make it small.
struct AdmissionBounds {
  std::size_t waiting_max = limits::direct_waiting_max;
  std::size_t events_max = limits::event_desks_max;
  std::size_t holders_max = limits::holders_in_memory_max;
  std::size_t holders_page_max = limits::holders_page_max;
  std::chrono::milliseconds drain_interval = limits::drain_interval_default;
  std::int64_t line_cap = limits::line_cap_default;
  std::size_t drain_batch_max = limits::drain_batch_max;
  // How long the requests of a direct batch wait on when the database fails; nothing = they are
  // told so at once. Who waits less is told 202 meanwhile. Needs tick().
  std::chrono::milliseconds direct_retry_time{0};
};

// Safe to call from any thread.
class Admission {
 public:
  // `waiting_room`: null where there is none: then every event goes in directly.
  Admission(Database& database, CouponStore& store, const ShopCalendar& calendar,
            const Clock& clock, WaitingRoom* waiting_room = nullptr,
            const AdmissionBounds& bounds = {});
  // Waits for units of work that run right now (so never from a database thread or a sink). Those
  // that the database still holds may run later: they then do nothing, and their requests are not
  // told. To have everybody told, stop the database first.
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // The answer when it is known from memory or refused (Errc::overloaded: more wait than can be
  // settled within limits::direct_wait_max, or too many in all, or too many events are busy);
  // otherwise nothing, and the sink is told exactly once, with
  // `token`: Errc::not_found for an unknown event, or the error of the database, or the outcome.
  // Repeating a request is harmless.
  std::optional<Answer> request(CouponEventId event, const UserId& user, AnswerSink& sink,
                                std::uint64_t token, Until until = Until::verdict);

  // True while a request of this user waits here to be settled.
  bool is_waiting(CouponEventId event, const UserId& user) const;
  // The position in line, from 1, of a user whose request waits here; nothing in direct mode.
  std::optional<std::int64_t> position(CouponEventId event, const UserId& user) const;
  // The place of a user whose request may have been taken by any server; nothing = not in line, or
  // the line cannot be asked. `done` is called once, on the calling thread or one of the waiting
  // room. Ask before the database is read: who leaves the line is found there.
  void find_place(CouponEventId event, const UserId& user,
                  Callback<void(std::optional<Sequence>)> done);
  // How many requests of the event wait here.
  std::int64_t waiting(CouponEventId event) const;

  // In which the requests of the event that wait here will have been told, going by how fast that
  // went; zero: not known.
  std::chrono::nanoseconds expected_wait(CouponEventId event) const;

  // Rises whenever this server settles something of the event or changes it, after the commit and
  // after is_waiting() turned false, before anybody is told. For watchers: a value read before
  // looking at the database tells whether to look again. Events share limits::event_versions
  // counters, so it may rise for another event too.
  std::uint64_t version(CouponEventId event) const;

  // To be called (Transaction::after_commit) when an event was changed by hand: what memory knows
  // of it is read again before it is told.
  void event_changed(CouponEventId event);

  // To be called every limits::line_tick_interval by one background thread: settles again what a
  // failing database did not, drains what no other wake has drained, brings events back to the
  // line, looks at the lines that other servers fill. Never blocks.
  void tick();
  // For the start: brings every undecided event to the line and waits until that is done or
  // `time_max` is over. Blocks.
  Result<void> open_lines(std::chrono::milliseconds time_max);

  // Calls `done` once nobody is given a place any more by what the event was before its last change
  // (paused, closed): the line knows of it, or is not used any more. While neither can be reached
  // it is tried again with every tick. To be called after the commit and before the change is told.
  // On the calling thread, that of tick(), a database thread or one of the waiting room.
  void when_line_knows(CouponEventId event, Callback<void()> done);

  AdmissionCounts counts() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the units of work in flight
};

}  // namespace rushline::coupons
