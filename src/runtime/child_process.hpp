// Another program, started and ended by this one: the private servers of the demo.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace rushline::runtime {

// The user that servers run as which refuse to run as root, when this process is root; empty = as
// this process.
std::string unprivileged_user();

// Gives a folder to that user. Errc::configuration.
Result<void> give_to_unprivileged_user(const std::string& folder);

// Used by one thread, which must outlive the process: it dies with that thread.
class ChildProcess {
 public:
  // Runs `command` (with the path of the program) as the unprivileged user, its output appended to
  // the file `log`. Errc::configuration when it cannot be started.
  static Result<ChildProcess> start(std::vector<std::string> command, const std::string& log);
  // Ends it: SIGINT, and SIGKILL when that does not help within five seconds.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  // The exit code once it has ended, at the latest after `time_max`; nothing = it runs.
  std::optional<int> wait(std::chrono::milliseconds time_max);
  pid_t pid() const { return pid_; }

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;  // 0 once it has ended
};

// A port of the loopback interface that nobody listened on a moment ago. 0 when there is none.
int free_loopback_port();

}  // namespace rushline::runtime
