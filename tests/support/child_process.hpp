// A program that a test starts and ends, by its process id.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace rushline::tests {

// Servers such as PostgreSQL do not run as root: then they run as this user, otherwise as whoever
// runs the tests. Throws when the machine does not know the user.
void give_to_server_user(const std::string& path);

// Used by one thread, which must outlive the process: it dies with that thread.
class ChildProcess {
 public:
  ChildProcess() = default;
  // Starts `command` as the server user with its output in the file `log`.
  ChildProcess(const std::vector<std::string>& command, const std::string& log);
  // Kills.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  pid_t pid() const { return pid_; }
  bool is_running();
  void send(int signal) const;
  // Waits for the end; false when it did not come in time. `status` is as waitpid gives it.
  bool wait(std::chrono::milliseconds time_max, int* status = nullptr);

 private:
  pid_t pid_ = -1;
};

// The process ids of the children of `parent`.
std::vector<pid_t> children_of(pid_t parent);

// A port of the loopback interface that nobody listened on a moment ago.
int free_port();

}  // namespace rushline::tests
