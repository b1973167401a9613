// Endpoints as Redis spells them in its replies.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "adapters/redis/address.hpp"

namespace rushline::redis {

// Nothing when `port` is no port. A host may be any name that is not longer than names are.
std::optional<Endpoint> endpoint_in(std::string_view host, std::string_view port);
std::optional<Endpoint> endpoint_in(std::string_view host, std::int64_t port);

}  // namespace rushline::redis
