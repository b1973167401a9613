// What may be told about one event without asking the database: its holders, and that it is sold
// out.
//
// Both come from committed reads only. A holder holds for ever. Sold out is a flag that runs out
// limits::sold_out_flag_age_max after the moment at which its read was asked for, and that is only
// set while every holder is known, so that no holder is ever told sold out.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

#include "core/time.hpp"
#include "coupons/coupon_event.hpp"
#include "coupons/holder_table.hpp"
#include "coupons/settle.hpp"

namespace rushline::coupons {

// When and in which state of our knowledge the database was asked; taken before asking.
struct Question {
  Monotonic asked_at;
  std::uint64_t generation = 0;
};

// Safe to call from any thread. recall() takes no lock.
class VerdictMemory {
 public:
  // already_issued, sold_out, or nothing: then the database must be asked.
  std::optional<Settled> recall(const UserId& user, Monotonic now) const;

  // True when the flag holds but is old enough to be read again.
  bool wants_refresh(Monotonic now) const;

  // To be called before the database is asked.
  Question question(Monotonic now) const;

  // The coupons 1 to holders_through() are known.
  std::int64_t holders_through() const { return holders_.through(); }

  // Takes the coupons that continue what is known, leaves out all others; how many it took.
  std::size_t learn(std::span<const UserId> users, std::span<const Settled> answers);
  std::size_t learn(std::span<const Coupon> coupons);

  // `event` is the answer to `question`. Sets the flag if the whole quantity is issued, no raise is
  // pending, every holder is known, and nobody changed the event by hand since the question. Drops
  // it if the event is not sold out (raised by another server).
  void learn_state(const Question& question, const CouponEvent& event);

  // The event was changed by hand: what was asked before is not believed any more.
  void drop_sold_out();

 private:
  static constexpr std::int64_t no_flag = 0;

  bool add(const UserId& user, const HeldCoupon& held);

  HolderTable holders_;                             // added to under holders_mutex_
  std::mutex holders_mutex_;                        // for those who add
  std::mutex flag_mutex_;                           // for those who set or drop the flag
  std::atomic<std::int64_t> flag_until_ = no_flag;  // monotonic, ns; set under flag_mutex_
  std::atomic<std::uint64_t> generation_ = 0;       // raised under flag_mutex_
};

// True when the whole quantity is issued and no new round is announced.
bool is_sold_out_for_good(const CouponEvent& event);

}  // namespace rushline::coupons
