// A socket per message: they are few, and a socket that is kept would have to be made anew.
#include "runtime/supervisor.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "core/limits.hpp"
#include "runtime/environment.hpp"

namespace rushline::runtime {
namespace {

// Nothing unless all of the variable is one number above 0.
std::optional<std::int64_t> number_of(const char* variable) {
  const auto text = environment_variable(variable);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number <= 0) {
    return std::nullopt;
  }
  return number;
}

Error untold(std::string_view why) {
  return fail(Errc::unavailable, fmt::format("The service manager cannot be told: {}.", why));
}

}  // namespace

Supervisor Supervisor::of_process() {
  const auto pid = number_of("WATCHDOG_PID");
  const bool is_meant = !pid || *pid == ::getpid();
  const auto watchdog_us = is_meant ? number_of("WATCHDOG_USEC") : std::nullopt;
  return {environment_variable("NOTIFY_SOCKET").value_or(""),
          std::chrono::microseconds(watchdog_us.value_or(0))};
}

Result<void> Supervisor::ready(std::string_view status) const {
  return tell(fmt::format("READY=1\nSTATUS={}", status));
}

Result<void> Supervisor::alive() const { return tell("WATCHDOG=1"); }

Result<void> Supervisor::stopping(std::string_view status) const {
  return tell(fmt::format("STOPPING=1\nSTATUS={}", status));
}

Result<void> Supervisor::tell(std::string_view message) const {
  if (socket_.empty()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool is_known = socket_.front() == '/' || socket_.front() == '@';
  if (!is_known || socket_.size() >= sizeof address.sun_path) {
    return untold("NOTIFY_SOCKET names no local socket");
  }
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  // A name of the abstract namespace ends where the address does, a path with a zero.
  const std::size_t zero = socket_.front() == '/' ? 1 : 0;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size() + zero);

  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return untold(std::strerror(errno));
  const timeval time_max{.tv_sec = limits::supervisor_time_max.count(), .tv_usec = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time_max, sizeof time_max);
  const ssize_t sent = ::sendto(descriptor, message.data(), message.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), size);
  const int error = errno;
  ::close(descriptor);
  if (sent != static_cast<ssize_t>(message.size())) return untold(std::strerror(error));
  return {};
}

}  // namespace rushline::runtime
