// Everything stored that a promise speaks of, read row by row (port).
//
// Implemented by the database adapters. Read inside one unit of work, so that all rows are of one
// snapshot and a running server disturbs nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/database.hpp"
#include "core/ids.hpp"
#include "coupons/coupon_event.hpp"
#include "orders/order.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::verify {

template <class Row>
using Visit = std::function<void(const Row&)>;

struct StockRow {
  ProductId product;
  std::int64_t stock = 0;
};

// A first answer that was kept for ever, as those of orders are.
struct KeptRow {
  std::string scope;
  std::string key;
  int status = 0;
  std::string location;
};

struct PurchaseRow {
  ranking::PurchaseLine line;
  bool is_deleted = false;
};

// Each call visits every row once. Errc::unavailable when the database fails, Errc::corrupt when a
// row cannot be what it claims to be.
class Records {
 public:
  virtual ~Records() = default;

  virtual Result<std::vector<coupons::CouponEvent>> events(Transaction& transaction) = 0;
  // In the order of (event, issue number).
  virtual Result<void> coupons(Transaction& transaction, const Visit<coupons::Coupon>& visit) = 0;

  virtual Result<void> stock(Transaction& transaction, const Visit<StockRow>& visit) = 0;
  // In the order of their ids, with their lines.
  virtual Result<void> orders(Transaction& transaction, const Visit<orders::Order>& visit) = 0;
  virtual Result<void> kept_answers(Transaction& transaction, const Visit<KeptRow>& visit) = 0;

  virtual Result<void> purchases(Transaction& transaction, const Visit<PurchaseRow>& visit) = 0;
  virtual Result<void> outbox(Transaction& transaction, const Visit<ranking::DayDelta>& visit) = 0;
  virtual Result<void> daily_totals(Transaction& transaction,
                                    const Visit<ranking::DayTotal>& visit) = 0;
};

}  // namespace rushline::verify
