// Every stored row that a promise speaks of, read from PostgreSQL for `rushline verify`.
#pragma once

#include "verify/records.hpp"

namespace rushline::postgres {

// Without state; safe to share between threads. Reads every table from end to end.
class PostgresRecords final : public verify::Records {
 public:
  Result<std::vector<coupons::CouponEvent>> events(Transaction& transaction) override;
  Result<void> coupons(Transaction& transaction,
                       const verify::Visit<coupons::Coupon>& visit) override;
  Result<void> stock(Transaction& transaction,
                     const verify::Visit<verify::StockRow>& visit) override;
  Result<void> orders(Transaction& transaction, const verify::Visit<orders::Order>& visit) override;
  Result<void> kept_answers(Transaction& transaction,
                            const verify::Visit<verify::KeptRow>& visit) override;
  Result<void> purchases(Transaction& transaction,
                         const verify::Visit<verify::PurchaseRow>& visit) override;
  Result<void> outbox(Transaction& transaction,
                      const verify::Visit<ranking::DayDelta>& visit) override;
  Result<void> daily_totals(Transaction& transaction,
                            const verify::Visit<ranking::DayTotal>& visit) override;
};

}  // namespace rushline::postgres
