// Waits for a condition with a deadline, so that no test sleeps a fixed time.
#pragma once

#include <chrono>
#include <thread>

namespace rushline::tests {

// True as soon as `condition()` holds; false when it did not within `time_max`.
template <class Condition>
bool eventually(Condition condition,
                std::chrono::milliseconds time_max = std::chrono::seconds(10)) {
  const auto deadline = std::chrono::steady_clock::now() + time_max;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace rushline::tests
