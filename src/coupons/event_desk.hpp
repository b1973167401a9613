// Where the requests of one event meet: what memory knows, and the arrivals that wait to be
// settled.
//
// One batch of an event is settled at a time; whoever arrives meanwhile waits for the next one,
// which keeps the order of arrival. The desk does no I/O: coupons/admission.cpp carries its batches
// to the database and back.
#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "core/time.hpp"
#include "core/work_limit.hpp"
#include "coupons/arrival_batch.hpp"
#include "coupons/line_desk.hpp"
#include "coupons/verdict_memory.hpp"

namespace rushline::coupons {

// Safe to call from any thread.
class EventDesk {
 public:
  EventDesk(CouponEventId id, Monotonic now);

  const CouponEventId event;
  VerdictMemory memory;
  LineDesk line;

  // Notes that the event was asked for; of the last such moment, a second more or less.
  void touch(Monotonic now);
  Monotonic last_touched() const;

  enum class Joined {
    first,    // nobody is settling: the caller has to
    behind,   // the next batch comes by itself
    full,     // more wait than can be settled in time; from join() only, and if it was `bounded`
    retired,  // the desk is closed for ever: find the event's new one
  };
  Joined join(const UserId& user, const Ticket& ticket, SpareBatches& spare, bool bounded);
  // In which all who wait here will be told, going by how fast it goes; zero: not known.
  std::chrono::nanoseconds expected_wait() const;

  // The way of a batch. Who settles calls begin_batch(), submits, then batch_submitted(); whoever
  // gets the outcome calls batch_finished(). Exactly one of the last two, the later one, is told
  // true and begins the next batch; so a database that answers at once does not deepen the stack.
  //
  // Nothing = nobody waits, the desk is idle.
  std::unique_ptr<ArrivalBatch> begin_batch();
  bool batch_submitted();
  bool batch_finished();
  // A batch of begin_batch() that has to go another way: it is the next one.
  void put_back(std::unique_ptr<ArrivalBatch> batch);
  // Keeps a batch that a failing database did not settle for another try after a pause; the turn
  // stays with it. False when the database has been failing this event for `time_max`.
  bool hold(std::unique_ptr<ArrivalBatch>& batch, Monotonic now, Monotonic::duration time_max);
  // The batch that is kept, once its pause is over.
  std::unique_ptr<ArrivalBatch> take_held(Monotonic now);
  // The database does what it is asked (again).
  void database_works();
  // Requests that lost their place go before those who came later. Like join(), never full.
  Joined rejoin(std::span<const Waiting> waiting, SpareBatches& spare, Monotonic now);

  // The users of a batch whose verdicts are known do not wait any more.
  void forget(const ArrivalBatch& batch, Monotonic now);
  // Users are told apart by a 64-bit hash here.
  bool is_waiting(const UserId& user) const;
  std::int64_t waiting() const;
  // How many requests may wait, going by how fast they are settled.
  std::int64_t room() const;
  // When the first of those who wait arrived, those under way included.
  std::optional<Monotonic> oldest_arrival() const;
  // When the last batch was decided or given places, or the first of those who wait came, whichever
  // was later; nothing when nobody waits.
  std::optional<Monotonic> still_since() const;

  // One look at the database at a time (reading state and holders in the background).
  bool begin_look();
  void end_look();
  bool is_looking() const { return is_looking_.load(std::memory_order_relaxed); }

  // The database does not know such an event (as far as the last batch could tell).
  void set_unknown(bool is_unknown);
  bool is_unknown() const;

  // Closes the desk for ever if nobody waits and nothing is under way.
  bool retire_if_idle();

 private:
  enum class Settling {
    no,
    submitting,      // between begin_batch() and batch_submitted()
    finished_early,  // in the same stretch, with the outcome known
    submitted,
  };

  void append(std::deque<std::unique_ptr<ArrivalBatch>>& batches, const UserId& user,
              const Ticket& ticket, SpareBatches& spare) const;
  std::size_t batch_max() const;

  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<ArrivalBatch>> batches_;  // guarded by mutex_
  // How many requests of a user wait, by the user's hash, those under way included.
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> waiting_users_;  // guarded by mutex_
  WorkLimit pace_;                                                         // guarded by mutex_
  // Its requests, since somebody has waited without a pause; 0: nobody did.
  std::size_t last_batch_ = 0;                // guarded by mutex_
  std::optional<Monotonic> under_way_since_;  // guarded by mutex_
  Monotonic moved_at_{};                      // guarded by mutex_
  Settling settling_ = Settling::no;          // guarded by mutex_
  bool is_unknown_ = false;                   // guarded by mutex_
  bool is_retired_ = false;                   // guarded by mutex_
  std::unique_ptr<ArrivalBatch> held_;        // guarded by mutex_
  Monotonic retry_at_{};                      // guarded by mutex_
  std::optional<Monotonic> failing_since_;    // guarded by mutex_
  std::atomic<bool> is_looking_ = false;      // changed under mutex_
  std::atomic<std::int64_t> last_touched_s_ = 0;
};

}  // namespace rushline::coupons
