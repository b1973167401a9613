// Which pages may call from a browser (the CORS protocol of the Fetch standard): an allow-list.
//
// A page of another origin may use Rushline only when its origin is on the list. It shows its token
// or key itself (Authorization); cookies are never used, so credentials are not allowed.
//
// Immutable after its making; safe to call from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace rushline::http {

class Cors {
 public:
  // Nobody's pages.
  Cors() = default;
  // Origins with commas between them: "https://shop.example, https://m.shop.example:8443".
  // Errc::configuration names what is no origin.
  static Result<Cors> for_origins(std::string_view list);

  // The header lines, each ended by "\r\n", of every answer to a request with this Origin (empty:
  // it has none). They live as long as this. None when the list is empty.
  std::string_view lines_for(std::string_view origin) const;

 private:
  struct Allowed {
    std::string origin;
    std::string lines;
  };

  std::vector<Allowed> allowed_;  // constant
};

// What a browser is told that asks whether it may send a request; `methods` as in Allow. It obeys
// only together with lines_for() of an origin that is allowed.
std::string preflight_lines(std::string_view methods);

}  // namespace rushline::http
