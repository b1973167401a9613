// Every contract of the database ports, on every adapter.
//
// The suites stand in headers and are instantiated here alone; another adapter is one more entry.
#include "tests/contract/coupon_store_contract.hpp"
#include "tests/contract/database_contract.hpp"
#include "tests/contract/idempotency_store_contract.hpp"
#include "tests/contract/order_store_contract.hpp"
#include "tests/contract/product_store_contract.hpp"
#include "tests/contract/sales_store_contract.hpp"
#include "tests/contract/sqlite_adapter.hpp"

namespace rushline::contract {
namespace {

const auto adapters = testing::Values(StoreAdapterKind{"Sqlite", &make_sqlite_adapter});

std::string name_of(const testing::TestParamInfo<StoreAdapterKind>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Stores, DatabaseContract, adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, IdempotencyStoreContract, adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, ProductStoreContract, adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, OrderStoreContract, adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, CouponStoreContract, adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, SalesStoreContract, adapters, name_of);

}  // namespace
}  // namespace rushline::contract
