// Mode 0600 from the beginning on, so that nobody can look in between. A file that is added to
// keeps the mode that its owner gave it.
#include "app/private_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/failure.hpp"

namespace rushline::app {
namespace {

constexpr mode_t owner_only = 0600;

// False with errno set when not all of it was written.
bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void write_to(const std::string& path, std::string_view text, int how) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, owner_only);
  const bool is_private = file >= 0 && (how != O_TRUNC || ::fchmod(file, owner_only) == 0);
  const bool is_written = is_private && write_all(file, text);
  const int error = errno;
  const bool is_closed = file < 0 || ::close(file) == 0;
  if (is_written && is_closed) return;
  throw VerbFailure(ExitCode::configuration, "configuration",
                    fmt::format("the file {} cannot be written: {}", path, std::strerror(error)),
                    "name a file in a folder that you may write to");
}

}  // namespace

void append_to_private_file(const std::string& path, std::string_view text) {
  write_to(path, text, O_APPEND);
}

void write_private_file(const std::string& path, std::string_view text) {
  write_to(path, text, O_TRUNC);
}

}  // namespace rushline::app
