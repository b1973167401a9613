// How a broken invariant ends the process: one line on stderr, then SIGABRT.
#include "core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace rushline {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr,
               "rushline: broken invariant at %s:%d: %s. This is a bug; please report it.\n", file,
               line, condition);
  std::abort();
}

}  // namespace rushline
