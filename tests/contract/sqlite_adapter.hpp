// The SQLite adapter for the contract suites: a file in a folder of its own, one writer thread and
// two reader threads.
#pragma once

#include <memory>

#include "tests/contract/store_adapter.hpp"

namespace rushline::contract {

std::unique_ptr<StoreAdapter> make_sqlite_adapter();

}  // namespace rushline::contract
