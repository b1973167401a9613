// What happened in a simulated world: one line per happening, which faults were injected, which
// promises broke. Two runs of one seed have the same hash.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace rushline::tests {

struct BrokenPromise {
  std::string promise;
  std::string how;
};

enum class Telling : std::uint8_t {
  hash_only,
  lines,  // kept, to be read
};

// Used by one thread.
class Story {
 public:
  Story(const Clock& clock, Telling telling)
      : clock_(clock), begun_(clock.now()), telling_(telling) {}

  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    line_.clear();
    const std::int64_t passed_us = (clock_.now() - begun_).count();
    fmt::format_to(std::back_inserter(line_), "{:>6}.{:06}  ", passed_us / 1'000'000,
                   passed_us % 1'000'000);
    fmt::format_to(std::back_inserter(line_), format, std::forward<Args>(args)...);
    add_line();
  }
  // A fault, by its kind.
  void injected(std::string_view fault);
  void broken(std::string promise, std::string how);

  std::uint64_t hash() const { return hash_; }
  std::int64_t happenings() const { return happenings_; }
  const std::vector<std::string>& lines() const { return lines_; }
  const std::map<std::string, std::int64_t, std::less<>>& faults() const { return faults_; }
  // In the order in which it was noticed.
  const std::vector<BrokenPromise>& broken() const { return broken_; }

 private:
  void add_line();

  const Clock& clock_;     // constant
  const Timestamp begun_;  // constant
  const Telling telling_;
  std::string line_;  // reused
  std::uint64_t hash_ = 0xcbf29ce484222325;
  std::int64_t happenings_ = 0;
  std::vector<std::string> lines_;
  std::map<std::string, std::int64_t, std::less<>> faults_;
  std::vector<BrokenPromise> broken_;
};

}  // namespace rushline::tests
