// The adapters that a server stands on, chosen by the address of its database.
//
// The rest of the program sees ports only; which adapter is behind them is decided in
// make_backend() (wiring.cpp) and nowhere else.
#pragma once

#include <memory>
#include <string>

#include "app/redis_side.hpp"
#include "catalog/product_store.hpp"
#include "core/idempotency_store.hpp"
#include "core/time.hpp"
#include "coupons/coupon_store.hpp"
#include "ops/counted_database.hpp"
#include "ops/observation.hpp"
#include "orders/order_store.hpp"
#include "ranking/ranking_board.hpp"
#include "ranking/sales_store.hpp"
#include "runtime/settings.hpp"
#include "runtime/threads.hpp"

namespace rushline::app {

// Owned by the server; outlives everything that is joined to it. Accessors may be called from any
// thread.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual ops::CountedDatabase& database() = 0;
  virtual catalog::ProductStore& products() = 0;
  virtual orders::Stock& stock() = 0;
  virtual orders::OrderStore& orders() = 0;
  virtual coupons::CouponStore& coupons() = 0;
  virtual ranking::SalesStore& sales() = 0;
  virtual ranking::RankingBoard& board() = 0;
  virtual IdempotencyStore& idempotency() = 0;
  // Where the database is a PostgreSQL.
  virtual ops::PrimaryObservation observe_primary() const { return {}; }
  // Asks PostgreSQL for its standbys, for observe_primary(); never blocks.
  virtual void look_at_standbys() {}
  // Null where there is no Redis.
  virtual RedisSide* redis() { return nullptr; }

  // Inside a unit of work: writes the zone down at the first start, and refuses another one later
  // (Errc::configuration), because stored sales would then stand on the wrong days.
  virtual Result<void> keep_time_zone(Transaction& transaction, const std::string& zone) = 0;

  // Starts the threads that run units of work. Once.
  virtual void start(runtime::Threads& threads) = 0;
  // Lets what is queued finish; later units are refused. Then the threads end.
  virtual void stop() = 0;
};

// Opens the database and applies pending migrations. The errors say what to do. `calendar` and
// `clock` must outlive it.
Result<std::unique_ptr<Backend>> make_backend(const runtime::Settings& settings,
                                              const ShopCalendar& calendar, const Clock& clock);

}  // namespace rushline::app
