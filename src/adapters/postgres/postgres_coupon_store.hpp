// Coupon events and coupons in PostgreSQL.
#pragma once

#include "coupons/coupon_store.hpp"

namespace rushline::postgres {

// Without state; safe to share between threads. A lock is taken in a statement of its own, and the
// row is read, with the database's clock, by the next one: it is what the last holder left.
class PostgresCouponStore final : public coupons::CouponStore {
 public:
  Result<CouponEventId> insert_event(Transaction& transaction,
                                     const coupons::CouponEvent& event) override;
  Result<std::optional<coupons::CouponEvent>> find_event(Transaction& transaction,
                                                         CouponEventId id) override;
  Result<std::optional<coupons::CouponEvent>> lock_event(Transaction& transaction,
                                                         CouponEventId id) override;
  Result<Page<coupons::CouponEvent, CouponEventId>> list_events(Transaction& transaction,
                                                                std::optional<CouponEventId> before,
                                                                std::int64_t limit) override;
  Result<std::vector<coupons::CouponEvent>> undecided_events(Transaction& transaction,
                                                             Timestamp closed_after,
                                                             std::int64_t limit) override;
  Result<void> update_event(Transaction& transaction, const coupons::CouponEvent& event) override;

  Result<std::vector<coupons::Holder>> holders(Transaction& transaction, CouponEventId event,
                                               std::span<const UserId> users) override;
  Result<std::vector<CouponId>> insert_coupons(Transaction& transaction,
                                               std::span<const coupons::Coupon> coupons) override;

  Result<std::vector<coupons::Coupon>> coupons_after(Transaction& transaction, CouponEventId event,
                                                     std::int64_t after,
                                                     std::int64_t limit) override;
  Result<Page<coupons::Coupon, CouponId>> coupons_of_user(Transaction& transaction,
                                                          const UserId& user,
                                                          std::optional<CouponId> before,
                                                          std::int64_t limit) override;
  Result<std::optional<coupons::Coupon>> find_coupon(Transaction& transaction,
                                                     CouponId id) override;
  Result<std::optional<coupons::Coupon>> lock_coupon(Transaction& transaction,
                                                     CouponId id) override;
  Result<void> set_order(Transaction& transaction, CouponId id,
                         std::optional<OrderId> order) override;
};

}  // namespace rushline::postgres
