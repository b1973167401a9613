// Which column holds what of an Order.
#include "adapters/postgres/order_rows.hpp"

#include "adapters/postgres/stored_words.hpp"

namespace rushline::postgres {

using orders::OrderStatus;

orders::Order read_order(Rows& row) {
  return {
      .id = {row.integer(0)},
      .user = row.shop_id<UserId>(1),
      .status = read_word(row, 2,
                          {OrderStatus::placed, OrderStatus::completed, OrderStatus::cancelled,
                           OrderStatus::expired}),
      .lines = {},
      .subtotal = row.money(3),
      .discount = row.money(4),
      .total = row.money(5),
      .coupon_id = row.maybe_number_id<CouponId>(6),
      .created_at = row.time(7),
      .expires_at = row.time(8),
      .completed_at = row.maybe_time(9),
  };
}

}  // namespace rushline::postgres
