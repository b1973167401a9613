// Where a verb writes: data on one stream, talk on the other, colour only where somebody sees it.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace rushline::app {

// Calm colours of the terminal's own palette.
enum class Ink { plain, bold, dim, green, yellow, red, blue };

// One of the two streams of a process. Used by one thread.
class Stream {
 public:
  // `is_terminal`: may be drawn on (cursor movement). `has_colour`: may be coloured.
  Stream(std::FILE* file, bool is_terminal, bool has_colour, std::size_t width)
      : file_(file), is_terminal_(is_terminal), has_colour_(has_colour), width_(width) {}

  void write(std::string_view text);
  void line(std::string_view text);
  void flush();
  // `text` in `ink`, or as it is where there is no colour.
  std::string in(Ink ink, std::string_view text) const;

  bool is_terminal() const { return is_terminal_; }
  std::size_t width() const { return width_; }
  // Whether everything written so far has arrived.
  bool is_sound() const { return std::ferror(file_) == 0; }

 private:
  std::FILE* file_;    // constant; not owned
  bool is_terminal_;   // constant
  bool has_colour_;    // constant
  std::size_t width_;  // constant: columns, 80 if unknown
};

struct Console {
  Stream out;  // data: what scripts read
  Stream err;  // talk: progress, questions, errors

  // stdout and stderr; no colour with NO_COLOR or TERM=dumb.
  static Console of_process();
};

}  // namespace rushline::app
