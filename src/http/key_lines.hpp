// The files that hold keys and secrets: one per line, words between blanks; empty lines and what
// follows a word that begins with '#' are ignored. What stands in a line is never shown.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/result.hpp"

namespace rushline::http {

class KeyLines {
 public:
  // `what` the file holds, as in "Line 3 of the keys file: ...".
  KeyLines(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  // Goes to the next line that holds a word; false at the end.
  bool next() {
    while (!text_.empty()) {
      ++number_;
      line_ = text_.substr(0, text_.find('\n'));
      text_.remove_prefix(std::min(text_.size(), line_.size() + 1));
      if (!peek_word().empty()) return true;
    }
    return false;
  }

  // The next word of the line; empty when there is none left.
  std::string_view take_word() {
    const std::string_view word = peek_word();
    line_.remove_prefix(word.size());
    return word;
  }

  // Errc::configuration with the number of the line.
  Error wrong(std::string_view how) const {
    return fail(Errc::configuration,
                fmt::format("Line {} of the {} file: {}.", number_, what_, how));
  }

 private:
  static constexpr std::string_view blanks = " \t\r";

  std::string_view peek_word() {
    line_.remove_prefix(std::min(line_.find_first_not_of(blanks), line_.size()));
    if (line_.starts_with('#')) line_ = {};
    return line_.substr(0, line_.find_first_of(blanks));
  }

  std::string_view text_;
  std::string_view what_;
  std::string_view line_;
  int number_ = 0;
};

}  // namespace rushline::http
