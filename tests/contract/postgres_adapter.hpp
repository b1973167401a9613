// The PostgreSQL adapter for the contract suites: a database of its own in the test program's
// server, with threads as asked for.
#pragma once

#include <memory>

#include "tests/contract/store_adapter.hpp"

namespace rushline::contract {

// One writer thread, so that a test may hold "the" writer; two readers.
std::unique_ptr<StoreAdapter> make_postgres_adapter();
// Four writers, as several servers would be.
std::unique_ptr<StoreAdapter> make_crowded_postgres_adapter();
// Through PgBouncer with a session per transaction.
std::unique_ptr<StoreAdapter> make_pooled_postgres_adapter();

// False where the programs are not installed.
bool has_postgres();
bool has_pgbouncer();

}  // namespace rushline::contract
