// Assertions that stay on in release builds: a broken invariant ends the process before it can
// reach the database.
//
// For bugs only. Bad input and failing dependencies are values of Result (core/result.hpp).
#pragma once

namespace rushline {

// Writes what was broken and where to stderr, then aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace rushline

#define RUSHLINE_ASSERT(condition)                     \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::rushline::assertion_failed(#condition, __FILE__, __LINE__))
