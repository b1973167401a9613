// Every contract of the database ports, on every adapter.
//
// The suites stand in headers and are instantiated here alone; another adapter is one more entry.
#include "tests/contract/coupon_store_contract.hpp"
#include "tests/contract/database_contract.hpp"
#include "tests/contract/idempotency_store_contract.hpp"
#include "tests/contract/order_store_contract.hpp"
#include "tests/contract/postgres_adapter.hpp"
#include "tests/contract/product_store_contract.hpp"
#include "tests/contract/sales_store_contract.hpp"
#include "tests/contract/sqlite_adapter.hpp"

namespace rushline::contract {
namespace {

const StoreAdapterKind sqlite{"Sqlite", &make_sqlite_adapter};
const StoreAdapterKind postgres{"Postgres", &make_postgres_adapter, &has_postgres};
const StoreAdapterKind pooled_postgres{"PostgresPooled", &make_pooled_postgres_adapter,
                                       &has_pgbouncer};
// With several writers. What a suite expects of "the" writer of a database it cannot show.
const StoreAdapterKind crowded_postgres{"PostgresCrowded", &make_crowded_postgres_adapter,
                                        &has_postgres};

const auto adapters = testing::Values(sqlite, postgres);
const auto pooled_adapters = testing::Values(sqlite, postgres, pooled_postgres);
const auto crowded_adapters = testing::Values(sqlite, postgres, pooled_postgres, crowded_postgres);

std::string name_of(const testing::TestParamInfo<StoreAdapterKind>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Stores, DatabaseContract, pooled_adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, IdempotencyStoreContract, adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, ProductStoreContract, crowded_adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, OrderStoreContract, adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, CouponStoreContract, crowded_adapters, name_of);
INSTANTIATE_TEST_SUITE_P(Stores, SalesStoreContract, adapters, name_of);

}  // namespace
}  // namespace rushline::contract
