// In which part of its life the server is: what /readyz and /startupz tell.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace rushline::http {

enum class Phase : std::uint8_t {
  starting,  // migrations and lists are not there yet
  ready,
  draining,  // finishes what is in hand
};

constexpr std::string_view to_word(Phase phase) {
  return phase == Phase::starting ? "starting" : phase == Phase::ready ? "ready" : "draining";
}

// Safe to call from any thread.
class Lifecycle {
 public:
  Phase phase() const { return phase_.load(std::memory_order_acquire); }
  void enter(Phase phase) { phase_.store(phase, std::memory_order_release); }

 private:
  std::atomic<Phase> phase_ = Phase::starting;
};

}  // namespace rushline::http
