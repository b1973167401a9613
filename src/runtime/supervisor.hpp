// What the service manager is told (systemd's notification protocol): ready, alive, ending.
//
// One datagram per message to the socket that NOTIFY_SOCKET names; nothing is linked for it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace rushline::runtime {

// Safe to call from any thread. Where nobody manages the process, every call does nothing and
// succeeds. Errc::unavailable: it could not be told; the process can do without.
class Supervisor {
 public:
  // `socket`: a path, or a name of the abstract namespace behind "@"; empty = there is no manager.
  // `watchdog_time`: how long it waits for alive() before it ends the process; 0 = for ever.
  Supervisor(std::string socket, std::chrono::microseconds watchdog_time)
      : socket_(std::move(socket)), watchdog_time_(watchdog_time) {}
  // As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say; what they say badly counts as absent.
  static Supervisor of_process();

  // `status` is a line for people.
  Result<void> ready(std::string_view status) const;
  Result<void> alive() const;
  Result<void> stopping(std::string_view status) const;

  std::chrono::microseconds watchdog_time() const { return watchdog_time_; }

 private:
  Result<void> tell(std::string_view message) const;

  std::string socket_;                       // constant
  std::chrono::microseconds watchdog_time_;  // constant
};

}  // namespace rushline::runtime
