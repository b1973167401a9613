// /v1/status as JSON: what is, and what follows from it.
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"
#include "ops/observation.hpp"
#include "ranking/sales_store.hpp"

namespace rushline::ops {

// `record`: as the database tells it now; an error when it does not.
std::string render_status(const Observation& observation,
                          const Result<ranking::RecordState>& record);

}  // namespace rushline::ops
