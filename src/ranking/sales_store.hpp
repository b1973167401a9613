// The record of what was sold: outbox, daily totals, purchases (port).
//
// The record is the database; every board is a follower that knows how far it has read.
// Called inside a unit of work. Errc::unavailable when the database fails.
// Contract: tests/contract/sales_store_contract.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/database.hpp"
#include "core/ids.hpp"
#include "core/money.hpp"
#include "core/shop_calendar.hpp"

namespace rushline::ranking {

// A number that each fold raises by one. The record's revision is that of the last fold.
struct Revision {
  std::int64_t value = 0;
  friend auto operator<=>(const Revision&, const Revision&) = default;
};

// One sale (or, negative, what was taken back) on its way into the daily totals.
struct OutboxRow {
  ProductId product;
  std::int64_t score = 0;  // quantity times weight
  Day day;
  std::string source;  // "order:17", "purchase:A-1"
};

// What a day's total of a product changes by.
struct DayDelta {
  ProductId product;
  Day day;
  std::int64_t score = 0;
};

// What a fold takes out of the outbox.
struct TakenSales {
  std::vector<DayDelta> deltas;
  std::int64_t rows = 0;
  std::int64_t rows_left = 0;  // that wait behind them, or a few more; 0 when all were taken
  std::optional<Timestamp> oldest_at;  // when the first of them was written, by database time

  void note_oldest(const std::optional<Timestamp>& written_at) {
    if (written_at) oldest_at = std::min(oldest_at.value_or(*written_at), *written_at);
  }
};

// The first row of the outbox.
struct OutboxHead {
  std::optional<Timestamp> written_at;  // by database time, if that is known
};

// A day's total of a product: absolute, so that hearing it twice changes nothing. May be negative
// while a refund was folded before its purchase.
struct DayTotal {
  ProductId product;
  Day day;
  std::int64_t total = 0;
};

struct RecordState {
  Revision revision;
  Timestamp folded_at;                // when it was reached
  std::int64_t catalog_revision = 0;  // rises when a product's name or price changes
};

inline constexpr Revision latest_revision{std::numeric_limits<std::int64_t>::max()};

struct Changes {
  RecordState state;  // of the same snapshot
  std::vector<DayTotal> totals;
};

struct Score {
  ProductId product;
  std::int64_t score = 0;
  friend bool operator==(const Score&, const Score&) = default;
};

// What a list shows of a registered product.
struct ProductLabel {
  ProductId product;
  std::string name;
  Money price;
};

struct PurchaseLine {
  PurchaseId purchase_id;
  ProductId product_id;
  std::int64_t quantity = 0;
  Day day;  // on which it counts
};

enum class LineOutcome : std::uint8_t { accepted, duplicate, conflict };

class SalesStore {
 public:
  virtual ~SalesStore() = default;

  // In the transaction of the sale itself.
  virtual Result<void> append_outbox(Transaction& transaction, std::span<const OutboxRow> rows) = 0;

  // Takes at most `count_max` rows away and gives them, added up per product and day.
  virtual Result<TakenSales> take_outbox(Transaction& transaction, std::int64_t count_max) = 0;
  // Adds to the totals and writes `revision` beside each and as the record's.
  virtual Result<void> add_totals(Transaction& transaction, Revision revision,
                                  std::span<const DayDelta> deltas) = 0;

  // The record's state, and nobody else folds before this transaction ends.
  virtual Result<RecordState> lock_record(Transaction& transaction) = 0;
  virtual Result<RecordState> record_state(Transaction& transaction) = 0;

  // The first of what a fold would find in the outbox; nothing when that is empty. Cheap.
  virtual Result<std::optional<OutboxHead>> outbox_head(Transaction& transaction) = 0;

  // At most `count_max` of the totals of the window's days whose revision is above `after` and not
  // above `up_to`, in no particular order.
  virtual Result<Changes> changes(Transaction& transaction, const DayWindow& window, Revision after,
                                  Revision up_to, std::int64_t count_max) = 0;

  // The first `count_max` totals of a day whose products come after `after` in the byte order of
  // their ids, in that order: the whole day page by page.
  virtual Result<std::vector<DayTotal>> totals_after(Transaction& transaction, Day day,
                                                     const std::optional<ProductId>& after,
                                                     std::int64_t count_max) = 0;

  // The best of a window straight from the totals, for when there is no board: the sum over its
  // days of what is above zero; higher first, equal scores in descending byte order of the product
  // id.
  virtual Result<std::vector<Score>> top(Transaction& transaction, const DayWindow& window,
                                         std::int64_t count_max) = 0;

  // The score that top() would give this product.
  virtual Result<std::int64_t> score(Transaction& transaction, const DayWindow& window,
                                     const ProductId& product) = 0;

  // The labels of those of `products` that are registered, in no particular order.
  virtual Result<std::vector<ProductLabel>> labels(Transaction& transaction,
                                                   std::span<const ProductId> products) = 0;

  // Purchases of the shop's own order system. What each line is, in order; `accepted` lines are
  // stored. A line that stands twice in `lines` counts as seen the second time. A line that a
  // deleted purchase did not have is a conflict: a redelivery must not revive a part of it.
  virtual Result<std::vector<LineOutcome>> insert_purchases(
      Transaction& transaction, std::span<const PurchaseLine> lines) = 0;
  // Marks every line of a purchase deleted and gives those that were not yet. Nothing when the
  // purchase is unknown. A deleted id stays used.
  virtual Result<std::optional<std::vector<PurchaseLine>>> delete_purchase(
      Transaction& transaction, const PurchaseId& purchase) = 0;
};

}  // namespace rushline::ranking
