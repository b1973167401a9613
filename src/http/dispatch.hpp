// What stands between a whole request and its handler: route, key, kind of body, arguments.
#pragma once

#include <optional>
#include <string>

#include "http/access.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"
#include "http/router.hpp"

namespace rushline::http {

// The key that a connection sent last, so that its next request need not hash it again.
struct CallerMemory {
  std::string authorization;
  const Caller* caller = nullptr;
};

// Completes `request` (caller, arguments) and gives its route, or null and the answer that it gets
// instead: 204 to OPTIONS, 400, 401, 403, 404, 405, 415. `decoded` keeps the arguments that had to
// be decoded, as long as the request.
const Route* dispatch(const Router& router, const Access& access, CallerMemory& memory,
                      Request& request, std::string& decoded, std::optional<Reply>& refusal);

}  // namespace rushline::http
