// S9: a list is always one consistent state; one server never shows an older one after a newer.
#pragma once

#include "verify/operations.hpp"
#include "verify/verification.hpp"

namespace rushline::verify {

// A state that is known for certain may be given as a read of a server of its own.
Check check_lists(const std::vector<ListRead>& reads);

}  // namespace rushline::verify
