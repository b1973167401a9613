// Statements on coupon events and on the table `coupons`.
#include "adapters/postgres/postgres_coupon_store.hpp"

#include <algorithm>

#include "adapters/postgres/coupon_event_rows.hpp"
#include "adapters/postgres/coupon_rows.hpp"
#include "adapters/postgres/postgres_transaction.hpp"
#include "adapters/postgres/stored_words.hpp"
#include "core/assert.hpp"
#include "core/limits.hpp"
#include "core/page_of.hpp"

namespace rushline::postgres {

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

std::optional<std::int64_t> value_of(const std::optional<coupons::Sequence>& seq) {
  if (!seq) return std::nullopt;
  return seq->value;
}

std::int64_t microseconds(Timestamp time) { return time.time_since_epoch().count(); }

std::optional<std::int64_t> microseconds(const std::optional<Timestamp>& time) {
  if (!time) return std::nullopt;
  return microseconds(*time);
}

std::optional<std::int64_t> value_of(const std::optional<OrderId>& order) {
  if (!order) return std::nullopt;
  return order->value;
}

}  // namespace

Result<CouponEventId> PostgresCouponStore::insert_event(Transaction& transaction,
                                                        const CouponEvent& event) {
  return insert_event_row(connection_of(transaction), event);
}

Result<std::optional<CouponEvent>> PostgresCouponStore::find_event(Transaction& transaction,
                                                                   CouponEventId id) {
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_EVENT_COLUMNS " FROM rushline.coupon_events WHERE event_id = $1", id)
      .first(read_event);
}

Result<std::optional<CouponEvent>> PostgresCouponStore::lock_event(Transaction& transaction,
                                                                   CouponEventId id) {
  Connection& connection = connection_of(transaction);
  connection.before_next("SELECT FROM rushline.coupon_events WHERE event_id = $1 FOR NO KEY UPDATE",
                         id);
  return connection
      .use("SELECT " RUSHLINE_EVENT_COLUMNS ", " RUSHLINE_CLOCK
           " FROM rushline.coupon_events WHERE event_id = $1",
           id)
      .first([&](Rows& row) {
        own(transaction).learn_time(row.time(event_column_count));
        return read_event(row);
      });
}

Result<Page<CouponEvent, CouponEventId>> PostgresCouponStore::list_events(
    Transaction& transaction, std::optional<CouponEventId> before, std::int64_t limit) {
  auto rows = connection_of(transaction)
                  .use("SELECT " RUSHLINE_EVENT_COLUMNS
                       " FROM rushline.coupon_events "
                       "WHERE event_id < $1 ORDER BY event_id DESC LIMIT $2",
                       before.value_or(CouponEventId{event_id_max + 1}), limit + 1)
                  .all(read_event);
  if (rows.has_error()) return rows.error();
  return page_of<CouponEvent, CouponEventId>(std::move(*rows), limit);
}

Result<std::vector<CouponEvent>> PostgresCouponStore::undecided_events(Transaction& transaction,
                                                                       Timestamp closed_after,
                                                                       std::int64_t limit) {
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_EVENT_COLUMNS
           " FROM rushline.coupon_events WHERE sold_out_at IS NULL "
           "AND (closed_at IS NULL OR closed_at >= $1) "
           "AND (closes_at IS NULL OR closes_at >= $1) ORDER BY event_id DESC LIMIT $2",
           closed_after, limit)
      .all(read_event);
}

Result<void> PostgresCouponStore::update_event(Transaction& transaction, const CouponEvent& event) {
  return update_event_row(connection_of(transaction), event);
}

Result<std::vector<Holder>> PostgresCouponStore::holders(Transaction& transaction,
                                                         CouponEventId event,
                                                         std::span<const UserId> users) {
  if (users.empty()) return std::vector<Holder>{};
  // One look into the index per user, whatever the planner believes the table's size to be.
  return connection_of(transaction)
      .use(
          "SELECT asked.user_id, held.coupon_id, held.coupon_id & 1073741823, held.issued_at, "
          "held.expires_at, held.seq FROM unnest($2::text[]) AS asked (user_id) CROSS JOIN LATERAL "
          "(SELECT coupon_id, issued_at, expires_at, seq FROM rushline.coupons AS c "
          "WHERE c.user_id = asked.user_id AND c.event_id = $1 LIMIT 1) AS held",
          event, Array::of(users, [](const UserId& user) { return user.view(); }))
      .all([](Rows& row) {
        return Holder{row.shop_id<UserId>(0),
                      {row.integer(1)},
                      row.integer(2),
                      row.time(3),
                      row.maybe_time(4),
                      row.is_null(5) ? std::nullopt : std::optional(Sequence{row.integer(5)})};
      });
}

Result<std::vector<CouponId>> PostgresCouponStore::insert_coupons(Transaction& transaction,
                                                                  std::span<const Coupon> coupons) {
  std::vector<CouponId> ids;
  ids.reserve(coupons.size());
  for (const Coupon& coupon : coupons) {
    // Outside of these the id would be another event's.
    RUSHLINE_ASSERT(coupon.event.value >= 1 && coupon.event.value <= event_id_max);
    RUSHLINE_ASSERT(coupon.issue_no >= 0 && coupon.issue_no <= issue_no_max);
    ids.push_back(coupon_id_of(coupon.event, coupon.issue_no));
  }
  if (ids.empty()) return ids;
  const auto column = [&](auto get) { return Array::of(coupons, get); };
  auto inserted =
      connection_of(transaction)
          .use(
              "INSERT INTO rushline.coupons (coupon_id, user_id, seq, epoch, discount_kind, "
              "discount_value, issued_at, expires_at, order_id) "
              "SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], "
              "$5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])",
              Array::of(ids, [](CouponId id) { return id.value; }),
              column([](const Coupon& coupon) { return coupon.user.view(); }),
              column([](const Coupon& coupon) { return value_of(coupon.seq); }),
              column([](const Coupon& coupon) { return coupon.epoch.value; }),
              column([](const Coupon& coupon) { return kind_word(coupon.discount); }),
              column([](const Coupon& coupon) { return coupon.discount.value; }),
              column([](const Coupon& coupon) { return microseconds(coupon.issued_at); }),
              column([](const Coupon& coupon) { return microseconds(coupon.expires_at); }),
              column([](const Coupon& coupon) { return value_of(coupon.order_id); }))
          .run();
  if (inserted.has_error()) return inserted.error();
  return ids;
}

Result<std::vector<Coupon>> PostgresCouponStore::coupons_after(Transaction& transaction,
                                                               CouponEventId event,
                                                               std::int64_t after,
                                                               std::int64_t limit) {
  if (event.value < 1 || event.value > event_id_max || after >= issue_no_max) {
    return std::vector<Coupon>{};
  }
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_COUPON_COLUMNS
           " FROM rushline.coupons "
           "WHERE coupon_id > $1 AND coupon_id <= $2 ORDER BY coupon_id LIMIT $3",
           coupon_id_of(event, std::max<std::int64_t>(after, 0)), coupon_id_of(event, issue_no_max),
           limit)
      .all(read_coupon);
}

Result<Page<Coupon, CouponId>> PostgresCouponStore::coupons_of_user(Transaction& transaction,
                                                                    const UserId& user,
                                                                    std::optional<CouponId> before,
                                                                    std::int64_t limit) {
  // By time, because ids of an older event are smaller. A user holds one coupon of an event, so
  // that sorting them is cheap.
  Connection& connection = connection_of(transaction);
  auto rows = before ? connection
                           .use("SELECT " RUSHLINE_COUPON_COLUMNS
                                " FROM rushline.coupons WHERE user_id = $1 AND "
                                "(issued_at, coupon_id) < (SELECT issued_at, coupon_id "
                                "FROM rushline.coupons WHERE coupon_id = $2) "
                                "ORDER BY issued_at DESC, coupon_id DESC LIMIT $3",
                                user, *before, limit + 1)
                           .all(read_coupon)
                     : connection
                           .use("SELECT " RUSHLINE_COUPON_COLUMNS
                                " FROM rushline.coupons WHERE user_id = $1 "
                                "ORDER BY issued_at DESC, coupon_id DESC LIMIT $2",
                                user, limit + 1)
                           .all(read_coupon);
  if (rows.has_error()) return rows.error();
  return page_of<Coupon, CouponId>(std::move(*rows), limit);
}

Result<std::optional<Coupon>> PostgresCouponStore::find_coupon(Transaction& transaction,
                                                               CouponId id) {
  return connection_of(transaction)
      .use("SELECT " RUSHLINE_COUPON_COLUMNS " FROM rushline.coupons WHERE coupon_id = $1", id)
      .first(read_coupon);
}

Result<std::optional<Coupon>> PostgresCouponStore::lock_coupon(Transaction& transaction,
                                                               CouponId id) {
  connection_of(transaction)
      .before_next("SELECT FROM rushline.coupons WHERE coupon_id = $1 FOR NO KEY UPDATE", id);
  return find_coupon(transaction, id);
}

Result<void> PostgresCouponStore::set_order(Transaction& transaction, CouponId id,
                                            std::optional<OrderId> order) {
  return connection_of(transaction)
      .use("UPDATE rushline.coupons SET order_id = $1 WHERE coupon_id = $2", order, id)
      .run();
}

}  // namespace rushline::postgres
