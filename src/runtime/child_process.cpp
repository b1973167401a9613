// fork, exec, and an end that is sure.
#include "runtime/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

namespace rushline::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto end_time_max = 5s;
constexpr auto look_interval = 10ms;

struct Owner {
  uid_t user;
  gid_t group;
};

// Nothing when this process is not root, or the machine knows neither user.
std::optional<Owner> unprivileged_owner() {
  const std::string name = unprivileged_user();
  if (name.empty()) return std::nullopt;
  const passwd* found = ::getpwnam(name.c_str());
  return Owner{found->pw_uid, found->pw_gid};
}

// In the child, between fork and exec: only what is safe there. Signals that the parent keeps back
// are not kept back here.
[[noreturn]] void become(char* const* command, int log, const std::optional<Owner>& owner) {
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (owner &&
      (::setgroups(0, nullptr) != 0 || ::setgid(owner->group) != 0 || ::setuid(owner->user) != 0)) {
    ::_exit(126);
  }
  ::setpgid(0, 0);  // Ctrl-C is for the parent, who ends it in order
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  ::execv(command[0], command);
  ::_exit(127);
}

}  // namespace

std::string unprivileged_user() {
  if (::geteuid() != 0) return {};
  for (const char* name : {"postgres", "nobody"}) {
    if (::getpwnam(name) != nullptr) return name;
  }
  return {};
}

Result<void> give_to_unprivileged_user(const std::string& folder) {
  const auto owner = unprivileged_owner();
  if (!owner || ::chown(folder.c_str(), owner->user, owner->group) == 0) return {};
  return fail(Errc::configuration, fmt::format("{} cannot be given to the user {}: {}", folder,
                                               unprivileged_user(), std::strerror(errno)));
}

Result<ChildProcess> ChildProcess::start(std::vector<std::string> command, const std::string& log) {
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  const auto owner = unprivileged_owner();
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) {
    return fail(Errc::configuration,
                fmt::format("{} cannot be written: {}", log, std::strerror(errno)));
  }
  const pid_t pid = ::fork();
  if (pid == 0) become(words.data(), file, owner);
  ::close(file);
  if (pid > 0) return ChildProcess(pid);
  return fail(Errc::configuration,
              fmt::format("{} cannot be started: {}", command.front(), std::strerror(errno)));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

ChildProcess::~ChildProcess() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGINT);
  if (wait(end_time_max)) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds time_max) {
  const auto deadline = std::chrono::steady_clock::now() + time_max;
  for (;;) {
    int status = 0;
    if (pid_ == 0 || ::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(look_interval);
  }
}

int free_loopback_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const bare = reinterpret_cast<sockaddr*>(&address);
  const bool is_known = ::bind(probe, bare, size) == 0 && ::getsockname(probe, bare, &size) == 0;
  ::close(probe);
  return is_known ? ::ntohs(address.sin_port) : 0;
}

}  // namespace rushline::runtime
