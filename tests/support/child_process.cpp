// fork, exec, and waiting with a deadline.
#include "tests/support/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/support/eventually.hpp"

namespace rushline::tests {
namespace {

struct ServerUser {
  uid_t user;
  gid_t group;
};

// Nothing when the tests do not run as root.
std::optional<ServerUser> server_user() {
  if (::geteuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* found = ::getpwnam(name)) return ServerUser{found->pw_uid, found->pw_gid};
  }
  throw std::runtime_error("this machine has neither a user postgres nor nobody");
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* command, int log, const std::optional<ServerUser>& user) {
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  if (user &&
      (::setgroups(0, nullptr) != 0 || ::setgid(user->group) != 0 || ::setuid(user->user) != 0)) {
    ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // no server outlives its test
  ::execv(command[0], command);
  ::_exit(127);
}

}  // namespace

void give_to_server_user(const std::string& path) {
  const auto user = server_user();
  if (!user) return;
  namespace fs = std::filesystem;
  if (::chown(path.c_str(), user->user, user->group) != 0) {
    throw std::runtime_error("cannot give away " + path);
  }
  if (!fs::is_directory(path)) return;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (::lchown(entry.path().c_str(), user->user, user->group) != 0) {
      throw std::runtime_error("cannot give away " + entry.path().string());
    }
  }
}

ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::string& log) {
  std::vector<std::string> words = command;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto user = server_user();
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) throw std::runtime_error("cannot write " + log);
  pid_ = ::fork();
  if (pid_ == 0) become(pointers.data(), file, user);
  ::close(file);
  if (pid_ < 0) throw std::runtime_error("cannot start " + command.front());
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

bool ChildProcess::is_running() { return pid_ > 0 && !wait(std::chrono::milliseconds(0)); }

void ChildProcess::send(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

bool ChildProcess::wait(std::chrono::milliseconds time_max, int* status) {
  if (pid_ <= 0) return true;
  const bool ended = eventually([&] { return ::waitpid(pid_, status, WNOHANG) != 0; }, time_max);
  if (ended) pid_ = -1;
  return ended;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t end_of_name = line.rfind(')');  // "pid (name) state parent ..."
    if (end_of_name == std::string::npos || end_of_name + 4 >= line.size()) continue;
    if (std::stol(line.substr(end_of_name + 4)) == parent) children.push_back(std::stoi(name));
  }
  return children;
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = socket >= 0 &&
                     ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (socket >= 0) ::close(socket);
  if (!bound) throw std::runtime_error("there is no free port");
  return ntohs(address.sin_port);
}

}  // namespace rushline::tests
