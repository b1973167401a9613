// Which Rushline this is: shown by `rushline version`, the log's first line and the metrics.
//
// The definitions are generated at build time (cmake/version.cmake) in a unit of their own, so
// that a new commit compiles one file again.
#pragma once

#include <string_view>

namespace rushline::runtime {

// "MAJOR.MINOR.PATCH". Safe to call from any thread.
std::string_view version();

// The abbreviated git commit, with "+" behind it when the tree had local changes; "unknown" when
// built outside a git checkout. Safe to call from any thread.
std::string_view commit();

}  // namespace rushline::runtime
