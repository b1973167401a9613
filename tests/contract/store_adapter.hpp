// A database adapter as the contract suites see it: its ports, and what may happen to it.
//
// Each suite (`*_contract.hpp`) is written once against this and instantiated for every adapter in
// stores_contract_test.cpp.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

#include "catalog/product_store.hpp"
#include "core/database.hpp"
#include "core/idempotency_store.hpp"
#include "coupons/coupon_store.hpp"
#include "orders/order_store.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::contract {

// An empty database with its threads running; everything is gone with it.
class StoreAdapter {
 public:
  virtual ~StoreAdapter() = default;

  virtual Database& database() = 0;
  virtual IdempotencyStore& idempotency() = 0;
  virtual catalog::ProductStore& products() = 0;
  virtual orders::Stock& stock() = 0;
  virtual orders::OrderStore& orders() = 0;
  virtual coupons::CouponStore& coupons() = 0;
  virtual ranking::SalesStore& sales() = 0;

  // Asks the database to stop and returns at once.
  virtual void stop() = 0;
  // Keeps aside what a process that was killed at this moment would leave behind.
  virtual void crash() = 0;
  // Ends the database and goes on with what crash() kept. database() is another one afterwards.
  virtual void reopen() = 0;
};

struct StoreAdapterKind {
  const char* name;
  std::unique_ptr<StoreAdapter> (*make)();
  // Whether this machine has the programs that it needs; null = needs none.
  bool (*is_possible)() = nullptr;

  friend void PrintTo(const StoreAdapterKind& kind, std::ostream* out) {  // NOLINT: GTest's name
    *out << kind.name;
  }
};

// The value of an outcome that must be good.
template <class T>
T must(Result<T> outcome) {
  if (outcome.has_error()) throw std::runtime_error(outcome.error().detail);
  return std::move(*outcome);
}
inline void must(const Result<void>& outcome) {
  if (outcome.has_error()) throw std::runtime_error(outcome.error().detail);
}

// What went wrong; nothing when it went well.
template <class T>
std::optional<Errc> error_of(const Result<T>& outcome) {
  if (outcome.has_error()) return outcome.error().code;
  return std::nullopt;
}

inline ProductId product_id(std::string_view text) { return ProductId::parse(text).value(); }
inline UserId user_id(std::string_view text) { return UserId::parse(text).value(); }
inline PurchaseId purchase_id(std::string_view text) { return PurchaseId::parse(text).value(); }

class StoreContract : public testing::TestWithParam<StoreAdapterKind> {
 protected:
  void SetUp() override {
    const StoreAdapterKind& kind = GetParam();
    if (kind.is_possible != nullptr && !kind.is_possible()) {
      GTEST_SKIP() << "this machine lacks the programs of " << kind.name;
    }
    adapter_ = kind.make();
  }

  StoreAdapter& adapter() { return *adapter_; }
  Database& database() { return adapter_->database(); }
  catalog::ProductStore& products() { return adapter_->products(); }
  orders::Stock& stock() { return adapter_->stock(); }
  orders::OrderStore& orders() { return adapter_->orders(); }
  coupons::CouponStore& coupons() { return adapter_->coupons(); }
  ranking::SalesStore& sales() { return adapter_->sales(); }
  IdempotencyStore& idempotency() { return adapter_->idempotency(); }

  // One unit of work, waited for.
  template <class Run>
  auto write(Run run) {
    return database().write_and_wait(std::move(run));
  }
  template <class Run>
  auto read(Run run) {
    return database().read_and_wait(std::move(run));
  }

  Timestamp now() {
    return must(read([](Transaction& tx) { return Result<Timestamp>(tx.now()); }));
  }

  // A product to have something to write and to look for.
  Result<catalog::Product> add_product(Transaction& tx, std::string_view id, std::int64_t count) {
    return products().insert(tx, {product_id(id), "Product " + std::string(id), {100}, count});
  }
  std::int64_t stock_of(std::string_view id) {
    const auto found =
        must(read([&](Transaction& tx) { return products().find(tx, product_id(id)); }));
    return found ? found->stock : -1;
  }

 private:
  std::unique_ptr<StoreAdapter> adapter_;  // set by SetUp()
};

}  // namespace rushline::contract
