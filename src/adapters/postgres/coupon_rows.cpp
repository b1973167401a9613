// Which column holds what of a Coupon.
#include "adapters/postgres/coupon_rows.hpp"

#include "adapters/postgres/stored_words.hpp"

namespace rushline::postgres {

coupons::Coupon read_coupon(Rows& row) {
  std::optional<coupons::Sequence> seq;
  if (!row.is_null(4)) seq = coupons::Sequence{row.integer(4)};
  return {
      .id = {row.integer(0)},
      .event = {row.integer(1)},
      .user = row.shop_id<UserId>(2),
      .issue_no = row.integer(3),
      .seq = seq,
      .epoch = {row.integer(5)},
      .discount = read_discount(row, 6),
      .issued_at = row.time(8),
      .expires_at = row.maybe_time(9),
      .order_id = row.maybe_number_id<OrderId>(10),
  };
}

}  // namespace rushline::postgres
