// What the daily totals must be: the committed purchases of each product and day, counted anew.
//
// S8 holds the record against this count; `rushline rank rebuild` makes the record equal to it.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "core/shop_calendar.hpp"
#include "ranking/sales_store.hpp"
#include "verify/records.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

struct ProductDay {
  ProductId product;
  Day day;
  friend bool operator==(const ProductDay&, const ProductDay&) = default;
};

struct ProductDayHash {
  std::size_t operator()(const ProductDay& key) const noexcept {
    return std::hash<ProductId>{}(key.product) * 31 +
           static_cast<std::size_t>(static_cast<std::uint32_t>(key.day.number));
  }
};

// What the sales say and what the record says of one product on one day.
struct SalesCount {
  std::int64_t sold = 0;      // completed orders and undeleted purchases
  std::int64_t recorded = 0;  // total of the day and what waits in the outbox
};

struct SalesCounts {
  std::unordered_map<ProductDay, SalesCount, ProductDayHash> by_product_day;
  std::int64_t rows = 0;  // that were counted
};

// Counts everything in the transaction's snapshot. The errors of Records.
Result<SalesCounts> count_sales(Transaction& transaction, Records& records,
                                const ShopCalendar& calendar);

// S8.
Check check_sales(const SalesCounts& counts);

struct Recount {
  std::int64_t product_days = 0;  // looked at
  std::int64_t corrected = 0;     // whose total was wrong
  ranking::Revision revision;     // of the record afterwards
};

// Makes every daily total what the sales say, as one fold of its own: boards follow its revision.
// Inside a writing unit of work; repeating it corrects nothing more.
Result<Recount> recount_sales(Transaction& transaction, Records& records,
                              ranking::SalesStore& store, const ShopCalendar& calendar);

}  // namespace rushline::verify
