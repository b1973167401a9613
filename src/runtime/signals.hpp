// The signals that end a server: politely the first time, at once the second.
#pragma once

#include "core/callback.hpp"
#include "runtime/threads.hpp"

namespace rushline::runtime {

// Writing to a closed connection becomes an error of that write instead of the end of the process.
// Called by main before anything else.
void ignore_broken_pipes();

// While it lives, the first SIGTERM or SIGINT calls `drain` with its number, once, on a thread of
// its own; the second ends the process at once with exit code 128 + its number. One at a time.
class EndSignals {
 public:
  explicit EndSignals(Callback<void(int)> drain);
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;
  // Waits for a drain that runs, then gives the signals the meaning back that they had.
  ~EndSignals();

 private:
  Threads threads_;
};

}  // namespace rushline::runtime
