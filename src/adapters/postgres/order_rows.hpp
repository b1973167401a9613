// The table `orders`: reading a row.
#pragma once

#include "adapters/postgres/rows.hpp"
#include "orders/order.hpp"

namespace rushline::postgres {

// As statements select it from `orders AS o`, in the order that read_order() expects.
#define RUSHLINE_ORDER_COLUMNS                                                      \
  "o.order_id, o.user_id, o.status, o.subtotal, o.discount, o.total, o.coupon_id, " \
  "o.created_at, o.expires_at, o.completed_at"

inline constexpr int order_column_count = 10;

// The order without its lines.
orders::Order read_order(Rows& row);

}  // namespace rushline::postgres
