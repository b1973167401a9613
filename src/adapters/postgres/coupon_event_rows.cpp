// Which column holds what of a CouponEvent.
#include "adapters/postgres/coupon_event_rows.hpp"

#include "adapters/postgres/stored_words.hpp"

namespace rushline::postgres {

using coupons::Ack;
using coupons::CouponEvent;
using coupons::Mode;
using coupons::PendingRaise;

namespace {

std::optional<PendingRaise> read_raise(const Rows& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return PendingRaise{row.integer(column), row.time(column + 1)};
}

std::optional<std::int64_t> raised_quantity(const CouponEvent& event) {
  if (!event.raise) return std::nullopt;
  return event.raise->quantity;
}

std::optional<Timestamp> raise_effective_at(const CouponEvent& event) {
  if (!event.raise) return std::nullopt;
  return event.raise->effective_at;
}

}  // namespace

CouponEvent read_event(Rows& row) {
  std::optional<std::int32_t> valid_days;
  if (!row.is_null(7)) valid_days = static_cast<std::int32_t>(row.integer(7));
  return {
      .id = {row.integer(0)},
      .name = row.string(1),
      .quantity = row.integer(2),
      .issued = row.integer(3),
      .discount = read_discount(row, 4),
      .ack = read_word(row, 6, {Ack::verdict, Ack::queued}),
      .coupon_valid_days = valid_days,
      .opens_at = row.maybe_time(8),
      .closes_at = row.maybe_time(9),
      .closed_at = row.maybe_time(10),
      .sold_out_at = row.maybe_time(11),
      .paused = row.integer(12) != 0,
      .reason = row.string(13),
      .created_at = row.time(14),
      .mode = read_word(row, 15, {Mode::direct, Mode::redis}),
      .epoch = {row.integer(16)},
      .replid = row.string(17),
      .mark = {row.integer(18)},
      .line_epoch = {row.integer(19)},
      .raise = read_raise(row, 20),
  };
}

Result<CouponEventId> insert_event_row(Connection& connection, const CouponEvent& event) {
  auto id =
      connection
          .use(
              "INSERT INTO rushline.coupon_events (name, quantity, issued, discount_kind, "
              "discount_value, "
              "ack, coupon_valid_days, opens_at, closes_at, closed_at, sold_out_at, paused, "
              "reason, created_at, mode, epoch, replid, mark, line_epoch, raise_quantity, "
              "raise_effective_at) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
              "$18, $19, $20, $21) "
              "RETURNING event_id",
              event.name, event.quantity, event.issued, kind_word(event.discount),
              event.discount.value, to_word(event.ack), event.coupon_valid_days, event.opens_at,
              event.closes_at, event.closed_at, event.sold_out_at, event.paused, event.reason,
              event.created_at, to_word(event.mode), event.epoch.value, event.replid,
              event.mark.value, event.line_epoch.value, raised_quantity(event),
              raise_effective_at(event))
          .first([](Rows& row) { return CouponEventId{row.integer(0)}; });
  if (id.has_error()) return id.error();
  return **id;
}

Result<void> update_event_row(Connection& connection, const CouponEvent& event) {
  return connection
      .use(
          "UPDATE rushline.coupon_events SET quantity = $1, issued = $2, closes_at = $3, closed_at "
          "= $4, "
          "sold_out_at = $5, paused = $6, reason = $7, mode = $8, epoch = $9, replid = $10, mark = "
          "$11, line_epoch = $12, raise_quantity = $13, raise_effective_at = $14 "
          "WHERE event_id = $15",
          event.quantity, event.issued, event.closes_at, event.closed_at, event.sold_out_at,
          event.paused, event.reason, to_word(event.mode), event.epoch.value, event.replid,
          event.mark.value, event.line_epoch.value, raised_quantity(event),
          raise_effective_at(event), event.id)
      .run();
}

}  // namespace rushline::postgres
