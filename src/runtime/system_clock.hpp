// The clocks of this machine behind the port of core/time.hpp.
#pragma once

#include "core/time.hpp"

namespace rushline::runtime {

// Without state; safe to call from any thread.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  Monotonic monotonic() const override;
};

}  // namespace rushline::runtime
