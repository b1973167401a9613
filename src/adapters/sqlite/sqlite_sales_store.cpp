// Statements on `outbox`, `sales_daily`, `record` and `purchases`.
#include "adapters/sqlite/sqlite_sales_store.hpp"

#include <limits>

#include "adapters/sqlite/sqlite_transaction.hpp"
#include "core/assert.hpp"

namespace rushline::sqlite {

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

// The last outbox row of a batch of `count_max`; nothing when fewer wait.
Result<std::optional<std::int64_t>> last_of_batch(Connection& connection, std::int64_t count_max) {
  return connection
      .use("SELECT outbox_id FROM outbox ORDER BY outbox_id LIMIT 1 OFFSET ?", count_max - 1)
      .first([](Statement& row) { return row.integer(0); });
}

// Adds up what stands in the outbox up to a row.
Result<TakenSales> add_up(Connection& connection, std::int64_t up_to) {
  TakenSales taken;
  auto deltas = connection
                    .use(
                        "SELECT product_id, day, sum(score), count(*), min(nullif(written_at, 0)) "
                        "FROM outbox WHERE outbox_id <= ? GROUP BY day, product_id",
                        up_to)
                    .all([&taken](Statement& row) {
                      taken.rows += row.integer(3);
                      taken.note_oldest(row.maybe_time(4));
                      return DayDelta{row.shop_id<ProductId>(0), row.day(1), row.integer(2)};
                    });
  if (deltas.has_error()) return deltas.error();
  taken.deltas = std::move(*deltas);
  return taken;
}

// What a line is that was not stored: seen before, or of a purchase that was taken back without it.
Result<LineOutcome> compare_with_stored(Statement& stored, const PurchaseLine& line) {
  auto quantity = stored.bind(line.purchase_id, line.product_id).first([](Statement& row) {
    return row.integer(0);
  });
  if (quantity.has_error()) return quantity.error();
  return *quantity == line.quantity ? LineOutcome::duplicate : LineOutcome::conflict;
}

}  // namespace

Result<void> SqliteSalesStore::append_outbox(Transaction& transaction,
                                             std::span<const OutboxRow> rows) {
  Statement insert = connection_of(transaction)
                         .statement(
                             "INSERT INTO outbox (product_id, day, score, source, written_at) "
                             "VALUES (?, ?, ?, ?, ?)");
  for (const OutboxRow& row : rows) {
    auto inserted =
        insert.bind(row.product, row.day, row.score, row.source, transaction.now()).run();
    if (inserted.has_error()) return inserted;
  }
  return {};
}

Result<TakenSales> SqliteSalesStore::take_outbox(Transaction& transaction, std::int64_t count_max) {
  Connection& connection = connection_of(transaction);
  const auto last = last_of_batch(connection, count_max);
  if (last.has_error()) return last.error();
  const std::int64_t up_to = last->value_or(std::numeric_limits<std::int64_t>::max());
  auto taken = add_up(connection, up_to);
  if (taken.has_error() || taken->rows == 0) return taken;
  // Without a condition SQLite empties the table without looking at its rows.
  auto deleted = *last ? connection.use("DELETE FROM outbox WHERE outbox_id <= ?", up_to).run()
                       : connection.run("DELETE FROM outbox");
  if (deleted.has_error()) return deleted.error();
  if (*last) {
    const auto newest = connection.use("SELECT coalesce(max(outbox_id), ?) FROM outbox", up_to)
                            .first([](Statement& row) { return row.integer(0); });
    if (newest.has_error()) return newest.error();
    taken->rows_left = newest->value_or(up_to) - up_to;
  }
  return taken;
}

Result<void> SqliteSalesStore::add_totals(Transaction& transaction, Revision revision,
                                          std::span<const DayDelta> deltas) {
  Connection& connection = connection_of(transaction);
  Statement add = connection.statement(
      "INSERT INTO sales_daily (day, product_id, quantity, revision) VALUES (?, ?, ?, ?) "
      "ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity, "
      "revision = excluded.revision");
  for (const DayDelta& delta : deltas) {
    auto added = add.bind(delta.day, delta.product, delta.score, revision.value).run();
    if (added.has_error()) return added;
  }
  return connection
      .use("UPDATE record SET revision = ?, folded_at = ?", revision.value, transaction.now())
      .run();
}

Result<RecordState> SqliteSalesStore::record_state(Transaction& transaction) {
  auto state = connection_of(transaction)
                   .use("SELECT revision, folded_at, catalog_revision FROM record")
                   .first([](Statement& row) {
                     return RecordState{{row.integer(0)}, row.time(1), row.integer(2)};
                   });
  if (state.has_error()) return state.error();
  if (!*state) {
    return fail(Errc::corrupt, "The database has lost its record of revisions. Restore a backup.");
  }
  return **state;
}

Result<std::optional<OutboxHead>> SqliteSalesStore::outbox_head(Transaction& transaction) {
  return connection_of(transaction)
      .use("SELECT nullif(written_at, 0) FROM outbox ORDER BY outbox_id LIMIT 1")
      .first([](Statement& row) { return OutboxHead{row.maybe_time(0)}; });
}

Result<Changes> SqliteSalesStore::changes(Transaction& transaction, const DayWindow& window,
                                          Revision after, Revision up_to, std::int64_t count_max) {
  auto state = record_state(transaction);
  if (state.has_error()) return state.error();
  Changes changes{*state, {}};
  Statement row = connection_of(transaction)
                      .statement(
                          "SELECT product_id, quantity FROM sales_daily "
                          "WHERE day = ? AND revision > ? AND revision <= ? LIMIT ?");
  // Day by day, so that each is one range of the index.
  for (Day day = window.first(); day <= window.last; day = day + 1) {
    row.bind(day, after.value, up_to.value, count_max - std::ssize(changes.totals));
    while (row.step()) {
      changes.totals.push_back({row.shop_id<ProductId>(0), day, row.integer(1)});
    }
  }
  if (row.error()) return *row.error();
  return changes;
}

Result<std::vector<DayTotal>> SqliteSalesStore::totals_after(Transaction& transaction, Day day,
                                                             const std::optional<ProductId>& after,
                                                             std::int64_t count_max) {
  // Every id comes after the empty text.
  const std::string_view from = after ? after->view() : std::string_view();
  return connection_of(transaction)
      .use(
          "SELECT product_id, quantity FROM sales_daily "
          "WHERE day = ? AND product_id > ? ORDER BY product_id LIMIT ?",
          day, from, count_max)
      .all([day](Statement& row) {
        return DayTotal{row.shop_id<ProductId>(0), day, row.integer(1)};
      });
}

Result<std::vector<Score>> SqliteSalesStore::top(Transaction& transaction, const DayWindow& window,
                                                 std::int64_t count_max) {
  return connection_of(transaction)
      .use(
          "SELECT product_id, sum(quantity) AS score FROM sales_daily "
          "WHERE day BETWEEN ? AND ? AND quantity > 0 GROUP BY product_id "
          "ORDER BY score DESC, product_id DESC LIMIT ?",
          window.first(), window.last, count_max)
      .all([](Statement& row) {
        return Score{row.shop_id<ProductId>(0), row.integer(1)};
      });
}

Result<std::int64_t> SqliteSalesStore::score(Transaction& transaction, const DayWindow& window,
                                             const ProductId& product) {
  std::int64_t score = 0;
  Statement row = connection_of(transaction)
                      .statement(
                          "SELECT quantity FROM sales_daily "
                          "WHERE day = ? AND product_id = ? AND quantity > 0");
  for (Day day = window.first(); day <= window.last; day = day + 1) {
    row.bind(day, product);
    if (row.step()) score += row.integer(0);
  }
  if (row.error()) return *row.error();
  return score;
}

Result<std::vector<ProductLabel>> SqliteSalesStore::labels(Transaction& transaction,
                                                           std::span<const ProductId> products) {
  std::vector<ProductLabel> labels;
  Statement row =
      connection_of(transaction).statement("SELECT name, price FROM products WHERE product_id = ?");
  for (const ProductId& product : products) {
    row.bind(product);
    if (row.step()) labels.push_back({product, row.string(0), row.money(1)});
  }
  if (row.error()) return *row.error();
  return labels;
}

Result<std::vector<LineOutcome>> SqliteSalesStore::insert_purchases(
    Transaction& transaction, std::span<const PurchaseLine> lines) {
  Connection& connection = connection_of(transaction);
  Statement insert = connection.statement(
      "INSERT INTO purchases (purchase_id, product_id, quantity, day) SELECT ?1, ?2, ?3, ?4 "
      "WHERE NOT EXISTS (SELECT 1 FROM purchases WHERE purchase_id = ?1 AND deleted = 1) "
      "ON CONFLICT DO NOTHING");
  Statement stored = connection.statement(
      "SELECT quantity FROM purchases WHERE purchase_id = ? AND product_id = ?");
  std::vector<LineOutcome> outcomes;
  outcomes.reserve(lines.size());
  for (const PurchaseLine& line : lines) {
    auto inserted =
        insert.bind(line.purchase_id, line.product_id, line.quantity, line.day).run_counting();
    if (inserted.has_error()) return inserted.error();
    if (*inserted == 1) {
      outcomes.push_back(LineOutcome::accepted);
      continue;
    }
    auto outcome = compare_with_stored(stored, line);
    if (outcome.has_error()) return outcome.error();
    outcomes.push_back(*outcome);
  }
  return outcomes;
}

Result<std::optional<std::vector<PurchaseLine>>> SqliteSalesStore::delete_purchase(
    Transaction& transaction, const PurchaseId& purchase) {
  Connection& connection = connection_of(transaction);
  auto known = connection.use("SELECT 1 FROM purchases WHERE purchase_id = ? LIMIT 1", purchase)
                   .first([](Statement&) { return true; });
  if (known.has_error()) return known.error();
  if (!known->has_value()) return std::optional<std::vector<PurchaseLine>>();
  auto lines =
      connection
          .use(
              "UPDATE purchases SET deleted = 1 WHERE purchase_id = ? AND deleted = 0 "
              "RETURNING product_id, quantity, day",
              purchase)
          .all([&](Statement& row) {
            return PurchaseLine{purchase, row.shop_id<ProductId>(0), row.integer(1), row.day(2)};
          });
  if (lines.has_error()) return lines.error();
  return std::optional(std::move(*lines));
}

}  // namespace rushline::sqlite
