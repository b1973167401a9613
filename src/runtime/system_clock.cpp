// Reads the clocks; nothing outside of runtime does.
#include "runtime/system_clock.hpp"

namespace rushline::runtime {

Timestamp SystemClock::now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

Monotonic SystemClock::monotonic() const { return std::chrono::steady_clock::now(); }

}  // namespace rushline::runtime
