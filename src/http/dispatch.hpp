// What stands between a whole request and its handler: route, key, kind of body, arguments.
#pragma once

#include <openssl/crypto.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "http/keyring.hpp"
#include "http/rate_limits.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"
#include "http/router.hpp"

namespace rushline::http {

// The caller that a connection found last, so that its next request need not hash a key again.
struct CallerMemory {
  std::string authorization;
  Caller caller;
  std::uint64_t edition = 0;  // of the keyring; 0: nobody yet
  Monotonic until{};
  // Of the key; null: not asked for yet, or none. Shared, because the key may be removed.
  std::shared_ptr<RateMeter> meter = nullptr;

  bool is_in_force(std::uint64_t now_in_force, Monotonic now) const {
    return edition == now_in_force && now < until;
  }
  // Takes as long whatever of the key is wrong: a proxy may send many callers over one connection.
  bool holds(std::string_view sent, std::uint64_t now_in_force, Monotonic now) const {
    return is_in_force(now_in_force, now) && authorization.size() == sent.size() &&
           CRYPTO_memcmp(authorization.data(), sent.data(), sent.size()) == 0;
  }
};

// Whether the caller in `memory` may still do what `wanted` asks for. Cheap as long as the keys are
// those of then; else the caller is looked for again.
bool is_still_known(const Keyring& keyring, const Clock& clock, CallerMemory& memory, Scope wanted,
                    Monotonic now);

// Completes `request` (caller, arguments) and gives its route, or null and the answer that it gets
// instead: 204 to OPTIONS, 400, 401, 403, 404, 405, 415, 429. `decoded` keeps the arguments that
// had to be decoded, as long as the request.
const Route* dispatch(const Router& router, const Keyring& keyring, const Clock& clock,
                      RateLimits& rates, CallerMemory& memory, Request& request,
                      std::string& decoded, std::optional<Reply>& refusal);

}  // namespace rushline::http
