// Statements on `outbox`, `sales_daily`, `record` and `purchases`.
#include "adapters/postgres/postgres_sales_store.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <string>

#include "adapters/postgres/postgres_transaction.hpp"
#include "core/assert.hpp"

namespace rushline::postgres {

using ranking::Changes;
using ranking::DayDelta;
using ranking::DayTotal;
using ranking::LineOutcome;
using ranking::OutboxHead;
using ranking::OutboxRow;
using ranking::ProductLabel;
using ranking::PurchaseLine;
using ranking::RecordState;
using ranking::Revision;
using ranking::Score;
using ranking::TakenSales;

namespace {

RecordState read_state(Rows& row) { return {{row.integer(0)}, row.time(1), row.integer(2)}; }

Result<RecordState> found_state(Result<std::optional<RecordState>> state) {
  if (state.has_error()) return state.error();
  if (!*state) {
    return fail(Errc::corrupt, "The database has lost its record of revisions. Restore a backup.");
  }
  return **state;
}

// Both ids of a line as one key; neither holds a zero byte.
std::string key_of(std::string_view purchase, std::string_view product) {
  std::string key(purchase);
  key.append(1, '\0').append(product);
  return key;
}

// The lines of one request: each once, and which of them stand where.
struct Intake {
  std::vector<const PurchaseLine*> distinct;
  std::vector<std::size_t> line_at;  // per line, its place in `distinct`
  boost::unordered_flat_map<std::string, std::size_t> places;
};

Intake intake_of(std::span<const PurchaseLine> lines) {
  Intake intake;
  intake.places.reserve(lines.size());
  intake.line_at.reserve(lines.size());
  for (const PurchaseLine& line : lines) {
    const auto [at, is_new] = intake.places.try_emplace(
        key_of(line.purchase_id.view(), line.product_id.view()), intake.distinct.size());
    if (is_new) intake.distinct.push_back(&line);
    intake.line_at.push_back(at->second);
  }
  return intake;
}

template <class Get>
Array column(const std::vector<const PurchaseLine*>& lines, Get get) {
  return Array::of(lines, [get](const PurchaseLine* line) { return get(*line); });
}

std::string_view purchase_of(const PurchaseLine& line) { return line.purchase_id.view(); }
std::string_view product_of(const PurchaseLine& line) { return line.product_id.view(); }

// Keeps the purchases that are known already from being deleted before this transaction ends, in a
// statement of its own: the next one sees every deletion that came before.
Result<void> hold_known_purchases(Connection& connection, const Intake& intake) {
  return connection
      .use("SELECT FROM rushline.purchases WHERE purchase_id = ANY($1::text[]) FOR SHARE",
           column(intake.distinct, purchase_of))
      .run();
}

// Which of `intake.distinct` were stored just now, and were not there before. In the order of the
// key, so that two servers that are given the same lines do not wait for each other in a circle.
// None of a purchase that is deleted.
Result<std::vector<bool>> insert_lines(Connection& connection, const Intake& intake) {
  std::vector<bool> is_stored(intake.distinct.size(), false);
  Rows rows = connection.use(
      "INSERT INTO rushline.purchases (purchase_id, product_id, quantity, day) "
      "SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) "
      "AS line (purchase_id, product_id, quantity, day) "
      "WHERE NOT EXISTS (SELECT FROM rushline.purchases AS p "
      "WHERE p.purchase_id = line.purchase_id AND p.deleted) "
      "ORDER BY purchase_id COLLATE \"C\", product_id COLLATE \"C\" "
      "ON CONFLICT DO NOTHING RETURNING purchase_id, product_id",
      column(intake.distinct, purchase_of), column(intake.distinct, product_of),
      column(intake.distinct, [](const PurchaseLine& line) { return line.quantity; }),
      column(intake.distinct,
             [](const PurchaseLine& line) { return std::int64_t{line.day.number}; }));
  while (rows.step()) {
    is_stored[intake.places.at(key_of(rows.text(0), rows.text(1)))] = true;
  }
  if (rows.error()) return *rows.error();
  return is_stored;
}

// The quantity under which each of `intake.distinct` is stored; -1 for a line that is not, because
// its purchase is deleted.
Result<std::vector<std::int64_t>> stored_quantities(Connection& connection, const Intake& intake,
                                                    const std::vector<bool>& is_stored) {
  std::vector<std::int64_t> quantities(intake.distinct.size(), -1);
  std::vector<const PurchaseLine*> seen_before;
  for (std::size_t i = 0; i < intake.distinct.size(); ++i) {
    if (is_stored[i]) {
      quantities[i] = intake.distinct[i]->quantity;
    } else {
      seen_before.push_back(intake.distinct[i]);
    }
  }
  if (seen_before.empty()) return quantities;
  Rows rows = connection.use(
      "SELECT known.purchase_id, known.product_id, known.quantity "
      "FROM unnest($1::text[], $2::text[]) AS asked (purchase_id, product_id) "
      "CROSS JOIN LATERAL (SELECT * FROM rushline.purchases AS p WHERE "
      "p.purchase_id = asked.purchase_id AND p.product_id = asked.product_id LIMIT 1) AS known",
      column(seen_before, purchase_of), column(seen_before, product_of));
  while (rows.step()) {
    quantities[intake.places.at(key_of(rows.text(0), rows.text(1)))] = rows.integer(2);
  }
  if (rows.error()) return *rows.error();
  return quantities;
}

}  // namespace

Result<void> PostgresSalesStore::append_outbox(Transaction& transaction,
                                               std::span<const OutboxRow> rows) {
  if (rows.empty()) return {};
  return connection_of(transaction)
      .use(
          "INSERT INTO rushline.outbox (product_id, day, score, source, written_at) "
          "SELECT *, (SELECT " RUSHLINE_CLOCK
          ") FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[])",
          Array::of(rows, [](const OutboxRow& row) { return row.product.view(); }),
          Array::of(rows, [](const OutboxRow& row) { return std::int64_t{row.day.number}; }),
          Array::of(rows, [](const OutboxRow& row) { return row.score; }),
          Array::of(rows, [](const OutboxRow& row) { return std::string_view(row.source); }))
      .run();
}

Result<TakenSales> PostgresSalesStore::take_outbox(Transaction& transaction,
                                                   std::int64_t count_max) {
  TakenSales taken;
  std::int64_t last = 0;
  std::int64_t newest = 0;
  // One statement is one snapshot: what is deleted is what is added up. A row that is committed
  // later, also one with a smaller id, is the next fold's.
  auto deltas =
      connection_of(transaction)
          .use_fresh(
              "WITH taken AS (DELETE FROM rushline.outbox WHERE outbox_id <= "
              "(SELECT max(outbox_id) FROM (SELECT outbox_id FROM rushline.outbox "
              "ORDER BY outbox_id LIMIT $1) AS batch) "
              "RETURNING outbox_id, product_id, day, score, written_at) "
              "SELECT product_id, day, sum(score)::bigint, count(*), min(nullif(written_at, 0)), "
              "max(outbox_id), (SELECT max(outbox_id) FROM rushline.outbox) "
              "FROM taken GROUP BY day, product_id",
              count_max)
          .all([&](Rows& row) {
            taken.rows += row.integer(3);
            taken.note_oldest(row.maybe_time(4));
            last = std::max(last, row.integer(5));
            newest = row.integer(6);
            return DayDelta{row.shop_id<ProductId>(0), row.day(1), row.integer(2)};
          });
  if (deltas.has_error()) return deltas.error();
  taken.deltas = std::move(*deltas);
  if (taken.rows == count_max) taken.rows_left = newest - last;
  return taken;
}

Result<void> PostgresSalesStore::add_totals(Transaction& transaction, Revision revision,
                                            std::span<const DayDelta> deltas) {
  Connection& connection = connection_of(transaction);
  connection.before_next(
      "INSERT INTO rushline.sales_daily AS total (day, product_id, quantity, revision) "
      "SELECT day, product_id, sum(score)::bigint, $4 "
      "FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS delta (day, product_id, score) "
      "GROUP BY day, product_id "
      "ON CONFLICT (day, product_id) DO UPDATE SET quantity = total.quantity + excluded.quantity, "
      "revision = excluded.revision",
      Array::of(deltas, [](const DayDelta& delta) { return std::int64_t{delta.day.number}; }),
      Array::of(deltas, [](const DayDelta& delta) { return delta.product.view(); }),
      Array::of(deltas, [](const DayDelta& delta) { return delta.score; }), revision.value);
  return connection
      .use("UPDATE rushline.record SET revision = $1, folded_at = $2", revision.value,
           transaction.now())
      .run();
}

Result<RecordState> PostgresSalesStore::lock_record(Transaction& transaction) {
  Connection& connection = connection_of(transaction);
  connection.before_next("SELECT FROM rushline.record FOR NO KEY UPDATE");
  return found_state(connection
                         .use("SELECT revision, folded_at, catalog_revision, " RUSHLINE_CLOCK
                              " FROM rushline.record")
                         .first([&](Rows& row) {
                           own(transaction).learn_time(row.time(3));
                           return read_state(row);
                         }));
}

Result<RecordState> PostgresSalesStore::record_state(Transaction& transaction) {
  return found_state(connection_of(transaction)
                         .use("SELECT revision, folded_at, catalog_revision FROM rushline.record")
                         .first(read_state));
}

Result<std::optional<OutboxHead>> PostgresSalesStore::outbox_head(Transaction& transaction) {
  return connection_of(transaction)
      .use("SELECT nullif(written_at, 0) FROM rushline.outbox ORDER BY outbox_id LIMIT 1")
      .first([](Rows& row) { return OutboxHead{row.maybe_time(0)}; });
}

Result<Changes> PostgresSalesStore::changes(Transaction& transaction, const DayWindow& window,
                                            Revision after, Revision up_to,
                                            std::int64_t count_max) {
  auto state = record_state(transaction);
  if (state.has_error()) return state.error();
  auto totals = connection_of(transaction)
                    .use_fresh(
                        "SELECT product_id, day, quantity FROM rushline.sales_daily "
                        "WHERE day = ANY (ARRAY (SELECT generate_series($1::integer, $2::integer)))"
                        " AND revision > $3 AND revision <= $4 LIMIT $5",
                        window.first(), window.last, after.value, up_to.value, count_max)
                    .all([](Rows& row) {
                      return DayTotal{row.shop_id<ProductId>(0), row.day(1), row.integer(2)};
                    });
  if (totals.has_error()) return totals.error();
  return Changes{*state, std::move(*totals)};
}

Result<std::vector<DayTotal>> PostgresSalesStore::totals_after(
    Transaction& transaction, Day day, const std::optional<ProductId>& after,
    std::int64_t count_max) {
  // Every id comes after the empty text.
  const std::string_view from = after ? after->view() : std::string_view();
  return connection_of(transaction)
      .use_fresh(
          "SELECT product_id, quantity FROM rushline.sales_daily "
          "WHERE day = $1 AND product_id > $2 ORDER BY product_id LIMIT $3",
          day, from, count_max)
      .all([day](Rows& row) {
        return DayTotal{row.shop_id<ProductId>(0), day, row.integer(1)};
      });
}

Result<std::vector<Score>> PostgresSalesStore::top(Transaction& transaction,
                                                   const DayWindow& window,
                                                   std::int64_t count_max) {
  return connection_of(transaction)
      .use_fresh(
          "SELECT product_id, sum(quantity)::bigint AS score FROM rushline.sales_daily "
          "WHERE day BETWEEN $1 AND $2 AND quantity > 0 GROUP BY product_id "
          "ORDER BY score DESC, product_id DESC LIMIT $3",
          window.first(), window.last, count_max)
      .all([](Rows& row) {
        return Score{row.shop_id<ProductId>(0), row.integer(1)};
      });
}

Result<std::int64_t> PostgresSalesStore::score(Transaction& transaction, const DayWindow& window,
                                               const ProductId& product) {
  auto sum = connection_of(transaction)
                 .use(
                     "SELECT coalesce(sum(quantity), 0)::bigint FROM rushline.sales_daily "
                     "WHERE day = ANY (ARRAY (SELECT generate_series($1::integer, $2::integer))) "
                     "AND product_id = $3 AND quantity > 0",
                     window.first(), window.last, product)
                 .first([](Rows& row) { return row.integer(0); });
  if (sum.has_error()) return sum.error();
  return sum->value_or(0);
}

Result<std::vector<ProductLabel>> PostgresSalesStore::labels(Transaction& transaction,
                                                             std::span<const ProductId> products) {
  if (products.empty()) return std::vector<ProductLabel>{};
  return connection_of(transaction)
      .use(
          "SELECT known.product_id, known.name, known.price "
          "FROM unnest($1::text[]) AS asked (product_id) "
          "CROSS JOIN LATERAL (SELECT * FROM rushline.products AS p "
          "WHERE p.product_id = asked.product_id LIMIT 1) AS known",
          Array::of(products, [](const ProductId& product) { return product.view(); }))
      .all([](Rows& row) {
        return ProductLabel{row.shop_id<ProductId>(0), row.string(1), row.money(2)};
      });
}

Result<std::vector<LineOutcome>> PostgresSalesStore::insert_purchases(
    Transaction& transaction, std::span<const PurchaseLine> lines) {
  if (lines.empty()) return std::vector<LineOutcome>{};
  Connection& connection = connection_of(transaction);
  const Intake intake = intake_of(lines);
  const auto held = hold_known_purchases(connection, intake);
  if (held.has_error()) return held.error();
  auto is_stored = insert_lines(connection, intake);
  if (is_stored.has_error()) return is_stored.error();
  const auto quantities = stored_quantities(connection, intake, *is_stored);
  if (quantities.has_error()) return quantities.error();
  std::vector<LineOutcome> outcomes;
  outcomes.reserve(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t place = intake.line_at[i];
    if ((*is_stored)[place] && intake.distinct[place] == &lines[i]) {
      outcomes.push_back(LineOutcome::accepted);
    } else {
      outcomes.push_back(lines[i].quantity == (*quantities)[place] ? LineOutcome::duplicate
                                                                   : LineOutcome::conflict);
    }
  }
  return outcomes;
}

Result<std::optional<std::vector<PurchaseLine>>> PostgresSalesStore::delete_purchase(
    Transaction& transaction, const PurchaseId& purchase) {
  Connection& connection = connection_of(transaction);
  // In a statement of its own: the update then sees the lines that came while this one waited.
  const auto locked =
      connection.use("SELECT FROM rushline.purchases WHERE purchase_id = $1 FOR UPDATE", purchase)
          .run();
  if (locked.has_error()) return locked.error();
  auto lines =
      connection
          .use(
              "UPDATE rushline.purchases SET deleted = true WHERE purchase_id = $1 "
              "AND NOT deleted RETURNING product_id, quantity, day",
              purchase)
          .all([&](Rows& row) {
            return PurchaseLine{purchase, row.shop_id<ProductId>(0), row.integer(1), row.day(2)};
          });
  if (lines.has_error()) return lines.error();
  if (!lines->empty()) return std::optional(std::move(*lines));
  auto known =
      connection.use("SELECT FROM rushline.purchases WHERE purchase_id = $1 LIMIT 1", purchase)
          .first([](Rows&) { return true; });
  if (known.has_error()) return known.error();
  if (!known->has_value()) return std::optional<std::vector<PurchaseLine>>();
  return std::optional(std::move(*lines));
}

}  // namespace rushline::postgres
