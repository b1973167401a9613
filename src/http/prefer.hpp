// The Prefer header (RFC 7240), as far as the answer to a coupon request depends on it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace rushline::http {

struct Preference {
  bool respond_async = false;
  std::optional<std::chrono::seconds> wait;  // 0 to limits::verdict_wait_max

  friend bool operator==(const Preference&, const Preference&) = default;
};

// Takes what it understands and ignores everything else, wrong values included, as the RFC demands.
// Of a preference given twice the first counts. Does not allocate.
Preference parse_prefer(std::string_view header);

}  // namespace rushline::http
