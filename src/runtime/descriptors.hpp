// How many files and sockets this process may have open.
#pragma once

#include <cstddef>

namespace rushline::runtime {

// Raises the soft limit to `wanted`, or to what the hard limit allows; never lowers it. Gives the
// limit afterwards.
std::size_t allow_descriptors(std::size_t wanted);

}  // namespace rushline::runtime
