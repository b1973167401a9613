// Finds out what the streams of this process are; see console.hpp.
#include "app/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include "runtime/environment.hpp"

namespace rushline::app {
namespace {

constexpr std::size_t width_default = 80;

std::size_t width_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return width_default;
  return size.ws_col;
}

Stream stream_of(std::FILE* file) {
  const int descriptor = ::fileno(file);
  const std::string term = runtime::environment_variable("TERM").value_or("");
  const bool is_terminal = ::isatty(descriptor) == 1 && !term.empty() && term != "dumb";
  // https://no-color.org: set and not empty.
  const bool wants_colour = runtime::environment_variable("NO_COLOR").value_or("").empty();
  return {file, is_terminal, is_terminal && wants_colour, width_of(descriptor)};
}

std::string_view code_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::bold:
      return "\x1b[1m";
    case Ink::dim:
      return "\x1b[2m";
    case Ink::green:
      return "\x1b[32m";
    case Ink::yellow:
      return "\x1b[33m";
    case Ink::red:
      return "\x1b[31m";
    case Ink::blue:
      return "\x1b[36m";
  }
  return "";
}

}  // namespace

void Stream::write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), file_); }

void Stream::line(std::string_view text) {
  write(text);
  write("\n");
}

void Stream::flush() { std::fflush(file_); }

std::string Stream::in(Ink ink, std::string_view text) const {
  if (!has_colour_ || ink == Ink::plain) return std::string(text);
  return std::string(code_of(ink)) + std::string(text) + "\x1b[0m";
}

Console Console::of_process() { return {stream_of(stdout), stream_of(stderr)}; }

}  // namespace rushline::app
