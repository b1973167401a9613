// The table `coupon_events`: reading a row and writing one.
#pragma once

#include "adapters/postgres/connection.hpp"
#include "coupons/coupon_event.hpp"

namespace rushline::postgres {

// As statements select it, in the order that read_event() expects.
#define RUSHLINE_EVENT_COLUMNS                                                                     \
  "event_id, name, quantity, issued, discount_kind, discount_value, ack, coupon_valid_days, "      \
  "opens_at, closes_at, closed_at, sold_out_at, paused, reason, created_at, mode, epoch, replid, " \
  "mark, line_epoch, raise_quantity, raise_effective_at"

inline constexpr int event_column_count = 22;

coupons::CouponEvent read_event(Rows& row);

Result<CouponEventId> insert_event_row(Connection& connection, const coupons::CouponEvent& event);
Result<void> update_event_row(Connection& connection, const coupons::CouponEvent& event);

}  // namespace rushline::postgres
