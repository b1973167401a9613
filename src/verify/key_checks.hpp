// S7: the same idempotency key gives the same answer, and one order.
#pragma once

#include "verify/operations.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

Check check_keys(const History& history, const AtRest& rest);

}  // namespace rushline::verify
