// Statements on coupon events and on the table `coupons`.
#include "adapters/sqlite/sqlite_coupon_store.hpp"

#include "adapters/sqlite/coupon_event_rows.hpp"
#include "adapters/sqlite/sqlite_transaction.hpp"
#include "adapters/sqlite/stored_words.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"
#include "core/page_of.hpp"

namespace rushline::sqlite {

using coupons::Coupon;
using coupons::CouponEvent;
using coupons::Holder;
using coupons::Sequence;

namespace {

// A coupon's id, as migrations/0003_coupons.sql explains it.
constexpr int issue_no_bits = 30;
constexpr std::int64_t issue_no_max = (std::int64_t{1} << issue_no_bits) - 1;
constexpr std::int64_t event_id_max = (std::int64_t{1} << 23) - 1;
static_assert(limits::event_quantity_max <= issue_no_max);
static_assert(((event_id_max << issue_no_bits) | issue_no_max) <= json_integer_max);

constexpr CouponId coupon_id_of(CouponEventId event, std::int64_t issue_no) {
  return {(event.value << issue_no_bits) | issue_no};
}

#define RUSHLINE_COUPON_COLUMNS                                                         \
  "coupon_id, event_id, user_id, issue_no, seq, epoch, discount_kind, discount_value, " \
  "issued_at, expires_at, order_id"

Coupon read_coupon(Statement& row) {
  std::optional<Sequence> seq;
  if (!row.is_null(4)) seq = Sequence{row.integer(4)};
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

std::optional<std::int64_t> value_of(const std::optional<Sequence>& seq) {
  if (!seq) return std::nullopt;
  return seq->value;
}

}  // namespace

Result<CouponEventId> SqliteCouponStore::insert_event(Transaction& transaction,
                                                      const CouponEvent& event) {
  return insert_event_row(connection_of(transaction), event);
}

Result<std::optional<CouponEvent>> SqliteCouponStore::find_event(Transaction& transaction,
                                                                 CouponEventId id) {
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_EVENT_COLUMNS " FROM coupon_events WHERE event_id = ?", id)
      .first(read_event);
}

Result<Page<CouponEvent, CouponEventId>> SqliteCouponStore::list_events(
    Transaction& transaction, std::optional<CouponEventId> before, std::int64_t limit) {
  auto rows = connection_of(transaction)
                  .use("SELECT " RUSHLINE_EVENT_COLUMNS
                       " FROM coupon_events "
                       "WHERE event_id < ? ORDER BY event_id DESC LIMIT ?",
                       before.value_or(CouponEventId{event_id_max + 1}), limit + 1)
                  .all(read_event);
  if (rows.has_error()) return rows.error();
  return page_of<CouponEvent, CouponEventId>(std::move(*rows), limit);
}

Result<std::vector<CouponEvent>> SqliteCouponStore::undecided_events(Transaction& transaction,
                                                                     Timestamp closed_after,
                                                                     std::int64_t limit) {
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_EVENT_COLUMNS
           " FROM coupon_events WHERE sold_out_at IS NULL "
           "AND (closed_at IS NULL OR closed_at >= ?) AND (closes_at IS NULL OR closes_at >= ?) "
           "ORDER BY event_id DESC LIMIT ?",
           closed_after, closed_after, limit)
      .all(read_event);
}

Result<void> SqliteCouponStore::update_event(Transaction& transaction, const CouponEvent& event) {
  return update_event_row(connection_of(transaction), event);
}

Result<std::vector<Holder>> SqliteCouponStore::holders(Transaction& transaction,
                                                       CouponEventId event,
                                                       std::span<const UserId> users) {
  std::vector<Holder> found;
  Statement row = connection_of(transaction)
                      .statement(
                          "SELECT coupon_id, issue_no, issued_at, expires_at, seq FROM coupons "
                          "WHERE user_id = ? AND event_id = ?");
  for (const UserId& user : users) {
    row.bind(user, event);
    if (row.step()) {
      std::optional<Sequence> seq;
      if (!row.is_null(4)) seq = Sequence{row.integer(4)};
      found.push_back(
          {user, {row.integer(0)}, row.integer(1), row.time(2), row.maybe_time(3), seq});
    }
  }
  if (row.error()) return *row.error();
  return found;
}

Result<std::vector<CouponId>> SqliteCouponStore::insert_coupons(Transaction& transaction,
                                                                std::span<const Coupon> coupons) {
  std::vector<CouponId> ids;
  ids.reserve(coupons.size());
  Statement insert = connection_of(transaction)
                         .statement(
                             "INSERT INTO coupons (coupon_id, user_id, seq, epoch, discount_kind, "
                             "discount_value, issued_at, expires_at, order_id) "
                             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const Coupon& coupon : coupons) {
    // Outside of these the id would be another event's.
    RUSHLINE_ASSERT(coupon.event.value >= 1 && coupon.event.value <= event_id_max);
    RUSHLINE_ASSERT(coupon.issue_no >= 0 && coupon.issue_no <= issue_no_max);
    ids.push_back(coupon_id_of(coupon.event, coupon.issue_no));
    auto inserted = insert
                        .bind(ids.back(), coupon.user, value_of(coupon.seq), coupon.epoch.value,
                              kind_word(coupon.discount), coupon.discount.value, coupon.issued_at,
                              coupon.expires_at, coupon.order_id)
                        .run();
    if (inserted.has_error()) return inserted.error();
  }
  return ids;
}

Result<std::vector<Coupon>> SqliteCouponStore::coupons_after(Transaction& transaction,
                                                             CouponEventId event,
                                                             std::int64_t after,
                                                             std::int64_t limit) {
  if (event.value < 1 || event.value > event_id_max || after >= issue_no_max) {
    return std::vector<Coupon>{};
  }
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_COUPON_COLUMNS
           " FROM coupons "
           "WHERE coupon_id > ? AND coupon_id <= ? ORDER BY coupon_id LIMIT ?",
           coupon_id_of(event, std::max<std::int64_t>(after, 0)), coupon_id_of(event, issue_no_max),
           limit)
      .all(read_coupon);
}

Result<Page<Coupon, CouponId>> SqliteCouponStore::coupons_of_user(Transaction& transaction,
                                                                  const UserId& user,
                                                                  std::optional<CouponId> before,
                                                                  std::int64_t limit) {
  // By time, because ids of an older event are smaller. A user holds one coupon of an event, so
  // that sorting them is cheap.
  Connection& connection = connection_of(transaction);
  auto rows = before ? connection
                           .use("SELECT " RUSHLINE_COUPON_COLUMNS
                                " FROM coupons WHERE user_id = ?1 AND "
                                "(issued_at, coupon_id) < "
                                "(SELECT issued_at, coupon_id FROM coupons WHERE coupon_id = ?2) "
                                "ORDER BY issued_at DESC, coupon_id DESC LIMIT ?3",
                                user, *before, limit + 1)
                           .all(read_coupon)
                     : connection
                           .use("SELECT " RUSHLINE_COUPON_COLUMNS
                                " FROM coupons WHERE user_id = ? "
                                "ORDER BY issued_at DESC, coupon_id DESC LIMIT ?",
                                user, limit + 1)
                           .all(read_coupon);
  if (rows.has_error()) return rows.error();
  return page_of<Coupon, CouponId>(std::move(*rows), limit);
}

Result<std::optional<Coupon>> SqliteCouponStore::find_coupon(Transaction& transaction,
                                                             CouponId id) {
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_COUPON_COLUMNS " FROM coupons WHERE coupon_id = ?", id)
      .first(read_coupon);
}

Result<void> SqliteCouponStore::set_order(Transaction& transaction, CouponId id,
                                          std::optional<OrderId> order) {
  return connection_of(transaction)
      .use("UPDATE coupons SET order_id = ? WHERE coupon_id = ?", order, id)
      .run();
}

}  // namespace rushline::sqlite
