// What the doctor finds: what, so what, do this, and a stable code that docs/errors.md explains.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rushline::doctor {

enum class Severity : std::uint8_t {
  note,      // good to know; nothing is degraded
  warning,   // something may be lost or fail that need not
  critical,  // a promise does not hold, or a server does not work
};

constexpr std::string_view to_word(Severity severity) {
  return severity == Severity::note      ? "note"
         : severity == Severity::warning ? "warning"
                                         : "critical";
}

struct Finding {
  Severity severity;
  std::string_view code;  // stable
  std::string what;
  std::string so_what;
  std::string do_this;
};

using Findings = std::vector<Finding>;

}  // namespace rushline::doctor
