// Events and coupons as the database keeps them (port).
//
// Called inside a unit of work. Errc::unavailable when the database fails.
// The schema is the last guard: one coupon per (event, user) and per (event, issue_no), issued
// between 0 and quantity. Contract: tests/contract/coupon_store_contract.hpp.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/database.hpp"
#include "core/page.hpp"
#include "coupons/coupon_event.hpp"

namespace rushline::coupons {

// What an answer about a coupon needs.
struct Holder {
  UserId user;
  CouponId coupon;
  std::int64_t issue_no = 0;
  Timestamp issued_at;
  std::optional<Timestamp> expires_at;
  std::optional<Sequence> seq;  // the place that it came from; nothing = came in directly
};

class CouponStore {
 public:
  virtual ~CouponStore() = default;

  // Gives the event its id (`event.id` is ignored).
  virtual Result<CouponEventId> insert_event(Transaction& transaction,
                                             const CouponEvent& event) = 0;
  virtual Result<std::optional<CouponEvent>> find_event(Transaction& transaction,
                                                        CouponEventId id) = 0;
  // Locks the row in a statement of its own, then reads it: what follows sees everything that the
  // last holder of the lock committed.
  virtual Result<std::optional<CouponEvent>> lock_event(Transaction& transaction,
                                                        CouponEventId id) = 0;
  // The newest first.
  virtual Result<Page<CouponEvent, CouponEventId>> list_events(Transaction& transaction,
                                                               std::optional<CouponEventId> before,
                                                               std::int64_t limit) = 0;
  // Events in which something may still be decided: with coupons left, and not closed before
  // `closed_after` (places given before the closing are settled after it). The newest first.
  virtual Result<std::vector<CouponEvent>> undecided_events(Transaction& transaction,
                                                            Timestamp closed_after,
                                                            std::int64_t limit) = 0;
  // Writes everything that may change of a locked event.
  virtual Result<void> update_event(Transaction& transaction, const CouponEvent& event) = 0;

  // Who of `users` holds a coupon of the event, in no particular order.
  virtual Result<std::vector<Holder>> holders(Transaction& transaction, CouponEventId event,
                                              std::span<const UserId> users) = 0;
  // Stores the coupons and gives each its id, in order (`Coupon::id` is ignored).
  virtual Result<std::vector<CouponId>> insert_coupons(Transaction& transaction,
                                                       std::span<const Coupon> coupons) = 0;

  // In the order of their numbers, from the one after `after`.
  virtual Result<std::vector<Coupon>> coupons_after(Transaction& transaction, CouponEventId event,
                                                    std::int64_t after, std::int64_t limit) = 0;
  // The newest first.
  virtual Result<Page<Coupon, CouponId>> coupons_of_user(Transaction& transaction,
                                                         const UserId& user,
                                                         std::optional<CouponId> before,
                                                         std::int64_t limit) = 0;
  virtual Result<std::optional<Coupon>> find_coupon(Transaction& transaction, CouponId id) = 0;
  // The same, and nobody else changes the coupon before this transaction ends.
  virtual Result<std::optional<Coupon>> lock_coupon(Transaction& transaction, CouponId id) = 0;
  // Nothing = usable again.
  virtual Result<void> set_order(Transaction& transaction, CouponId id,
                                 std::optional<OrderId> order) = 0;
};

}  // namespace rushline::coupons
