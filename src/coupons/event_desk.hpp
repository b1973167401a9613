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
#include "coupons/arrival_batch.hpp"
#include "coupons/line_desk.hpp"
#include "coupons/verdict_memory.hpp"

namespace rushline::coupons {

// Safe to call from any thread.
class EventDesk {
 public:
  EventDesk(CouponEventId id, Monotonic now) : event(id) { touch(now); }

  const CouponEventId event;
  VerdictMemory memory;
  LineDesk line;

  // Notes that the event was asked for; of the last such moment, a second more or less.
  void touch(Monotonic now);
  Monotonic last_touched() const;

  enum class Joined {
    first,    // nobody is settling: the caller has to
    behind,   // the next batch comes by itself
    retired,  // the desk is closed for ever: find the event's new one
  };
  Joined join(const UserId& user, const Ticket& ticket, SpareBatches& spare);

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
  // Requests that lost their place go before those who came later. Like join().
  Joined rejoin(std::span<const Waiting> waiting, SpareBatches& spare);

  // The users of a batch whose verdicts are known do not wait any more.
  void forget(const ArrivalBatch& batch);
  // Users are told apart by a 64-bit hash here.
  bool is_waiting(const UserId& user) const;
  std::int64_t waiting() const;
  // When the first of those who wait arrived, those under way included.
  std::optional<Monotonic> oldest_arrival() const;

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

  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<ArrivalBatch>> batches_;  // guarded by mutex_
  // How many requests of a user wait, by the user's hash, those under way included.
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> waiting_users_;  // guarded by mutex_
  std::int64_t waiting_ = 0;                                               // guarded by mutex_
  std::optional<Monotonic> under_way_since_;                               // guarded by mutex_
  Settling settling_ = Settling::no;                                       // guarded by mutex_
  bool is_unknown_ = false;                                                // guarded by mutex_
  bool is_retired_ = false;                                                // guarded by mutex_
  std::atomic<bool> is_looking_ = false;                                   // changed under mutex_
  std::atomic<std::int64_t> last_touched_s_ = 0;
};

}  // namespace rushline::coupons
