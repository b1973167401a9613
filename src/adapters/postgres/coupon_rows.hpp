// The table `coupons`: reading a row.
#pragma once

#include "adapters/postgres/rows.hpp"
#include "coupons/coupon_event.hpp"

namespace rushline::postgres {

// As statements select it, in the order that read_coupon() expects.
#define RUSHLINE_COUPON_COLUMNS                                                       \
  "coupon_id, event_id, user_id, coupon_id & 1073741823, seq, epoch, discount_kind, " \
  "discount_value, issued_at, expires_at, order_id"

coupons::Coupon read_coupon(Rows& row);

}  // namespace rushline::postgres
