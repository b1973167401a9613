// What was checked and what was found: one entry per promise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rushline::verify {

inline constexpr std::size_t findings_shown_max = 20;  // of one check; all are counted

// One promise held against the rows that could break it.
struct Check {
  std::string promise;  // "S1" of docs/guarantees.md, or a word of its own: "numbers"
  std::string states;   // the promise as a sentence
  std::int64_t rows = 0;
  std::int64_t findings_count = 0;
  std::vector<std::string> findings = {};  // the first ones; each names its rows

  void find(std::string what) {
    if (findings.size() < findings_shown_max) findings.push_back(std::move(what));
    ++findings_count;
  }
};

struct Verification {
  std::vector<Check> checks;

  bool holds() const {
    for (const Check& check : checks) {
      if (check.findings_count > 0) return false;
    }
    return true;
  }
};

}  // namespace rushline::verify
